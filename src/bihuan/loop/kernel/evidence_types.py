"""The kinds of evidence there are: what rooms and extensions add (`bihuan.extend.EVIDENCE`), as programmes name them."""

from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticKnownError, core_schema

from bihuan.extend import EVIDENCE
from bihuan.loop.kernel.model import Text


def evidence_types() -> dict[str, Text]:
    """Return every kind of evidence with what it is called, in the order in which they are offered.

    Source: docs/adr/0236 (kinds of evidence come through the one door)
    """
    return {kind.name: Text(kind.zh, kind.en) for kind in EVIDENCE.all()}


def _known(name: str) -> str:
    known = [kind.name for kind in EVIDENCE.all()]
    if name not in known:
        raise PydanticKnownError("literal_error", {"expected": " or ".join(map(repr, known))})
    return name


class _OneOfThem:
    """Checked when a declaration is read: which kinds there are is known only then."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(_known, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "string", "enum": [kind.name for kind in EVIDENCE.all()]}


EvidenceTypeName = Annotated[str, _OneOfThem()]
