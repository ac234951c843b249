"""Erasure on request for programs: ask, list, decide. Two people, as on the page."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.parts.problems import problem
from bihuan.loop import erasing
from bihuan.loop.erasing import ErasureRefused
from bihuan.loop.models import ErasureRow

router = Router(tags=["erasure"], auth=STAFF)
STATUS = {"no_case": 404, "no_request": 404, "role_missing": 403, "waits": 409, "decided": 409}


class ErasureAsked(Schema):
    """Why the personal content of a case is to be erased."""

    ground: Literal["request", "order", "misplaced"]
    reason: str = Field(min_length=1, max_length=500)


class Decision(Schema):
    """What the second person decides."""

    approve: bool


@router.post("/cases/{number}/erasure", response={201: dict[str, Any]}, summary="Ask for erasure")
@needs("act", "ask_erasure")
def ask(request: HttpRequest, number: str, body: ErasureAsked) -> Any:
    """Ask for the personal content of an ended case to be erased; another person decides.

    Source: docs/topics/operations.md, "Erasure on request".
    """
    try:
        row = erasing.ask_erasure(number, body.ground, body.reason, here(request).actor, datetime.now(UTC))
    except ErasureRefused as error:
        raise _problem(error) from None
    return Status(201, _told(row, number))


@router.get("/erasures", response=list[dict[str, Any]], summary="Requests for erasure")
@needs("read", "ask_erasure", "decide_erasure")
def listed(request: HttpRequest) -> Any:
    """Requests of this district, those that wait first. Source: docs/topics/operations.md, "Erasure on request"."""
    return [_told(each["row"], each["number"]) for each in erasing.requests(here(request).registers.district.code)]


@router.post("/erasures/{key}", response=dict[str, Any], summary="Decide a request for erasure")
@needs("act", "decide_erasure")
def decide(request: HttpRequest, key: UUID, body: Decision) -> Any:
    """Approve or refuse; approved, the content is gone when this answers.

    Source: docs/topics/operations.md, "Erasure on request".
    """
    world = here(request)
    try:
        row = erasing.decide(key, world.actor, world.registers.district, datetime.now(UTC), approve=body.approve)
    except ErasureRefused as error:
        raise _problem(error) from None
    return _told(row, "")


def _told(row: ErasureRow, number: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": str(row.id),
        "case": number,
        "ground": row.ground,
        "reason": row.reason,
        "asked_by": row.asked_by,
    }
    told |= {"asked_at": row.asked_at, "decided_by": row.decided_by, "decided_at": row.decided_at}
    return told | {"outcome": row.outcome, "erased": row.erased}


def _problem(error: ErasureRefused) -> Exception:
    remedy = (error.what_to_do.zh, error.what_to_do.en)
    return problem(STATUS.get(error.code, 422), error.code, error.text.zh, error.text.en, remedy=remedy)
