"""Everything that a file declares, for programs: what it is called and where it is found."""

from typing import Any

from django.http import HttpRequest
from ninja import Router

from bihuan.extend.listing import declared_rows
from bihuan.faces.api.access import STAFF, needs

router = Router(tags=["catalogue"], auth=STAFF)


@router.get("/declared", response=dict[str, Any], summary="Everything that a file declares")
@needs("read", "count")
def declared(request: HttpRequest, kind: str = "") -> Any:
    """Types of subjects, series, books, forms, letters, watches, indicators, methods: names, file, page, API, command.

    Source: docs/topics/declarations.md, "One file each".
    """
    return {"declared": [row._asdict() for row in declared_rows(kind)]}
