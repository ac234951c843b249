"""Cases: queues with cursor pagination, one case, its events, what may be done, and doing it."""

import base64
import binascii
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from ninja.params import functions as params
from pydantic import Field

from bihuan.declare.types import field_type
from bihuan.declare.types.place import MICRO
from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.api.reports import moment
from bihuan.faces.api.schemas import CasePage, Clean, CommandIn, EventOut, ProblemOut, ResultOut
from bihuan.faces.parts.problems import ApiProblem, not_found, problem
from bihuan.faces.parts.world import World
from bihuan.loop.attached import attached
from bihuan.loop.editions import programme_of
from bihuan.loop.kernel.actions import Action, actions
from bihuan.loop.kernel.apart import quiet
from bihuan.loop.kernel.model import Case, Command, Event, Refusal
from bihuan.loop.kernel.table import by_hand
from bihuan.loop.kernel.why import why
from bihuan.loop.keys import bound, digest_of
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append, history_for, visible_to
from bihuan.loop.store.read import case_of, course

router = Router(tags=["cases"], auth=STAFF)

COLUMNS = ("id", "number", "programme", "kind", "state", "title", "category", "area", "urgency", "channel", "holder_kind",
           "holder_id", "holder_person", "lead", "deadline", "missed", "opened_at", "ended_at", "outcome", "reporters",
           "lon_e6", "lat_e6", "about")  # fmt: skip
INVALID = frozenset(
    {"wrong_value", "field_missing", "not_a_choice", "unreadable", "contradiction"}
)  # and unknown_<field>: 422
STATUS = {"no_such_case": 404, "not_yours": 403, "not_independent": 403, "key_reused": 422}


class Filters(Schema):
    """What to list; every filter narrows."""

    state: Clean | None = None
    open: bool | None = None
    holder: Clean | None = None
    lead: Clean | None = None
    area: Clean | None = None
    category: Clean | None = None
    programme: Clean | None = None
    due_before: Clean | None = None
    cursor: Clean | None = None
    limit: int = Field(50, ge=1, le=200)


@router.get("/cases", response={200: CasePage}, summary="List cases, newest first")
@needs("read", "work", "relay")
def listing(request: HttpRequest, filters: Query[Filters]) -> HttpResponse:
    """Cases this caller may see. `next` of the answer is the `cursor` of the following page.

    Source: docs/topics/api.md ("Pages"); DESIGN §7 (visibility is one query)
    """
    rows = _filtered(visible_to(here(request).actor), filters).order_by("-opened_at", "-id")
    found = list(rows.values_list(*COLUMNS, named=True)[: filters.limit + 1])
    page = found[: filters.limit]
    cursor = _cursor(page[-1]) if len(found) > filters.limit else None
    return _json({"items": [_item(row) for row in page], "next": cursor})


@router.get("/cases/{number}", summary="One case with its clocks and their reasons")
@needs("read", "work", "relay")
def one(request: HttpRequest, number: str) -> HttpResponse:
    """The folded case: state, holder, clocks with rule and citation, verification, parties, exclusions.

    Source: docs/topics/api.md; docs/adr/0055 (the API is thin)
    """
    case = case_seen(here(request), number)
    events = course(case.id, words=False)
    body = quiet(case)
    for hidden in ("id", "handlers", "before_merge"):
        body.pop(hidden)
    body["why"] = {what: msgspec.to_builtins(why(case, events, what)) for what in ("deadline", "holder")}
    return _json(body)


@router.get("/cases/{number}/events", response={200: list[EventOut]}, summary="The timeline")
@needs("read", "work", "relay")
def events(request: HttpRequest, number: str) -> HttpResponse:
    """Events in order; words only for those who work on cases.

    Source: docs/topics/api.md; docs/adr/0055 (the API is thin)
    """
    world = here(request)
    case = case_seen(world, number)
    return _json([_event(e) for e in history_for(world.actor, case.id)])


@router.get("/cases/{number}/actions", summary="What this caller may do now, and why not the rest")
@needs("read", "work", "relay")
def possible(request: HttpRequest, number: str) -> HttpResponse:
    """Every command that leaves the present state, with its fields or the reason against it.

    Source: docs/topics/api.md ("Possible actions")
    """
    world = here(request)
    case = case_seen(world, number)
    listed = actions(programme_of(case), case, world.actor, world.now, world.facts)
    return _json([_described(a) for a in listed if by_hand(a.command)])


def _described(action: Action) -> dict[str, Any]:
    """An action with the JSON Schema of each of its values, as its field type gives it."""
    told: dict[str, Any] = msgspec.to_builtins(action)
    for shown, asked in zip(told["fields"], action.fields, strict=True):
        shown["schema"] = field_type(asked.type).schema(asked)
    return told


@router.post("/cases/{number}/commands/{command}", response={200: ResultOut, 403: ProblemOut, 404: ProblemOut, 409: ProblemOut, 422: ProblemOut},
             summary="Do something to a case")  # fmt: skip
@needs("act", "act")
def act(request: HttpRequest, number: str, command: str, body: CommandIn,
        idempotency_key: str | None = params.Header(None, alias="Idempotency-Key", max_length=128)) -> HttpResponse:  # fmt: skip
    """Send one command; a refusal is answered as 409 (403 when it is not the caller's to do) with its reason.

    Raises:
        ApiProblem: 404, 422, or as the refusal says 409 or 403.

    Source: docs/topics/api.md ("Errors", "Idempotency")
    """
    world = here(request)
    case = case_seen(world, number)
    if not by_hand(command):
        raise not_found(f"操作{command}", f"command {command}")
    private = {"text": body.text} if body.text else None
    data = attached(command, body.data, case.id)
    if isinstance(data, Refusal):
        raise ApiProblem(422, data)
    order = Order(
        Command(command, world.actor, world.now, data, private),
        case.id,
        key=bound("api", world.actor.id, idempotency_key) if idempotency_key else None,
        digest=digest_of("commands", number, command, body.model_dump(mode="json")),
    )
    result = append([order], facts=world.facts)[0]
    if result.refusal is not None:
        raise _refused(result.refusal)
    after = result.case or case
    return _json({
        "number": after.number, "state": after.state, "version": after.version, "deadline": after.deadline,
        "events": [_event(e) for e in result.events], "duplicate": result.duplicate,
    })  # fmt: skip


def case_seen(world: World, number: str) -> Case:
    """The case of a number, if the caller may see it; else a 404.

    Source: DESIGN §7 (visibility); docs/topics/faces.md (what is not visible does not exist)
    """
    row = None if "\x00" in number else visible_to(world.actor).filter(number=number).values("fold").first()
    if row is None:
        raise not_found("案件", "case")
    return case_of(row["fold"])


def _filtered(rows: QuerySet[CaseRow], wanted: Filters) -> QuerySet[CaseRow]:
    for name, field in (("state", "state"), ("holder", "holder_id"), ("lead", "lead"), ("programme", "programme")):
        value = getattr(wanted, name)
        if value is not None:
            rows = rows.filter(**{field: value})
    for prefixed in ("area", "category"):
        if getattr(wanted, prefixed):
            rows = rows.filter(**{f"{prefixed}__startswith": getattr(wanted, prefixed)})
    if wanted.open is not None:
        rows = rows.filter(ended_at__isnull=wanted.open)
    if wanted.due_before:
        rows = rows.filter(deadline__lt=moment(wanted.due_before, "due_before"))
    if wanted.cursor:
        opened, last = _read_cursor(wanted.cursor)
        rows = rows.filter(Q(opened_at__lt=opened) | Q(opened_at=opened, id__lt=last))
    return rows


def _cursor(row: Any) -> str:
    return base64.urlsafe_b64encode(f"{row.opened_at.isoformat()}|{row.id}".encode()).decode()


def _read_cursor(text: str) -> tuple[Any, UUID]:
    try:
        opened, last = base64.urlsafe_b64decode(text.encode()).decode().split("|")
        return moment(opened, "cursor"), UUID(last)
    except (ValueError, binascii.Error):
        raise problem(422, "bad_cursor", "游标无效", "that cursor is not one of ours", field="cursor",
                      remedy=("从第一页重新列出", "list again from the first page")) from None  # fmt: skip


def _item(row: Any) -> dict[str, Any]:
    holder = {"kind": row.holder_kind, "id": row.holder_id, "person": row.holder_person} if row.holder_kind else None
    return {
        "number": row.number, "programme": row.programme, "kind": row.kind, "state": row.state, "title": row.title,
        "category": row.category, "area": row.area, "urgency": row.urgency, "channel": row.channel, "holder": holder,
        "lead": row.lead, "deadline": row.deadline, "missed": row.missed, "opened_at": row.opened_at,
        "ended_at": row.ended_at, "outcome": row.outcome, "reporters": row.reporters,
        "lon": None if row.lon_e6 is None else row.lon_e6 / MICRO,
        "lat": None if row.lat_e6 is None else row.lat_e6 / MICRO, "about": row.about,
    }  # fmt: skip


def _event(event: Event) -> dict[str, Any]:
    return {
        "version": event.version, "kind": event.kind, "occurred_at": event.occurred_at, "recorded_at": event.recorded_at,
        "actor": event.actor, "data": event.data, "words": event.private,
    }  # fmt: skip


def _refused(refusal: Refusal) -> ApiProblem:
    invalid = refusal.code in INVALID or (refusal.code.startswith("unknown_") and refusal.field is not None)
    return ApiProblem(STATUS.get(refusal.code, 422 if invalid else 409), refusal)


def _json(body: object) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")
