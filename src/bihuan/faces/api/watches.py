"""Watches for programs: what each looks at, what is open and why, how often it was right, and silences."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import Field

from bihuan.declare.model import Strict
from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.api.schemas import Clean
from bihuan.faces.parts.problems import not_found, problem
from bihuan.watches import silences
from bihuan.watches.catalogue import UnknownWatch, Watch, current_catalogue
from bihuan.watches.showing import watch_shown, watches_shown

router = Router(tags=["watches"], auth=STAFF)
MOST = 1000


class SilenceIn(Strict):
    """Until when a watch is quiet, why, and about which subject; an empty one: about all."""

    until: datetime
    reason: Clean = Field(min_length=1, max_length=400)
    subject: Clean = Field(default="", max_length=420)


@router.get("/watches", summary="Every watch, how right it was and how much work it made")
@needs("read", "count")
def watches(request: HttpRequest) -> HttpResponse:
    """Rule, open incidents, confirmed, false, unknown, cases, acts; silences; problems. Source: docs/topics/watches.md."""
    return _json(watches_shown(here(request).registers.district.code))


@router.get("/watches/{name}", summary="One watch with its incidents and their facts")
@needs("read", "count")
def one(request: HttpRequest, name: str, limit: int = 100) -> HttpResponse:
    """Open incidents first; each fact with its source and as-of. Source: docs/topics/watches.md, "Why"."""
    return _json(watch_shown(here(request).registers.district.code, _watch(name), max(1, min(limit, MOST))))


@router.post("/watches/{name}/silences", response={201: dict[str, Any]}, summary="Keep a watch quiet until an end")
@needs("act", "dispatch")
def silence(request: HttpRequest, name: str, body: SilenceIn) -> Any:
    """For a reason that everybody can read; a year at most. Source: docs/topics/watches.md, "Silences"."""
    world, watch = here(request), _watch(name)
    until = body.until if body.until.tzinfo else body.until.replace(tzinfo=world.zone)
    try:
        row = silences.silence(
            watch, world.registers.district.code, body.subject, until, body.reason, world.actor.id[:80], world.now
        )
    except silences.NotSilenced as fault:
        raise _refused(fault) from None
    told = {"id": str(row.id), "watch": name, "subject": row.subject, "until": row.until.isoformat()}
    return Status(201, told)


@router.post("/watches/silences/{key}/lift", response=dict[str, Any], summary="End a silence before its time")
@needs("act", "dispatch")
def lift(request: HttpRequest, key: UUID) -> Any:
    """What still holds is opened by the next run. Source: docs/topics/watches.md, "Silences"."""
    world = here(request)
    try:
        row = silences.lift(world.registers.district.code, key, world.actor.id[:80], world.now)
    except silences.NotSilenced:
        raise not_found("这条静默", "silence") from None
    return {"id": str(row.id), "watch": row.watch}


def _watch(name: str) -> Watch:
    try:
        return current_catalogue().get(name)
    except UnknownWatch:
        raise not_found("监看规则", "watch") from None


def _refused(fault: silences.NotSilenced) -> Exception:
    zh, _, en = fault.message.partition(" · ")
    return problem(422, "not_silenced", zh, en or zh, remedy=(zh, fault.remedy))


def _json(body: dict[str, Any]) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")
