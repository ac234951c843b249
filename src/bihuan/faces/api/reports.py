"""Reporting and tracking: the only operations somebody without an account may use."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params import functions as params

from bihuan.declare.types.place import MICRO
from bihuan.faces.api.access import ANYBODY, STAFF, anonymous, here, needs, public
from bihuan.faces.api.schemas import (
    AnonymousReportIn,
    ProblemOut,
    ReceiptOut,
    ReportIn,
    ResidentReportIn,
    StaffReportIn,
)
from bihuan.faces.parts.problems import ApiProblem, not_found, problem
from bihuan.faces.parts.world import NOBODY, World
from bihuan.intake import access
from bihuan.intake.receive import ReportReceipt, receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.intake.sources import bind_source
from bihuan.loop.kernel.model import Actor
from bihuan.loop.keys import bound, digest_of
from bihuan.loop.merging import root_of, told_apart
from bihuan.loop.models import CaseRow
from bihuan.loop.programmes import all_programmes

router = Router(tags=["reports"])
AHEAD = timedelta(minutes=5)
SCHEMAS: dict[str, type[AnonymousReportIn]] = {
    "anonymous": AnonymousReportIn, "person": ResidentReportIn, "staff": StaffReportIn, "relay": ReportIn,
}  # fmt: skip
"""What may be said of a report, by the authority of who says it."""


@router.post("/reports", auth=[*STAFF, anonymous], response={201: ReceiptOut, 200: ReceiptOut, 422: ProblemOut, 409: ProblemOut},
             summary="Report a problem")  # fmt: skip
@needs("report", ANYBODY)
def create(request: HttpRequest, body: ReportIn,
           idempotency_key: str | None = params.Header(None, alias="Idempotency-Key", max_length=128)) -> HttpResponse:  # fmt: skip
    """Receive a report and answer with a signed receipt.

    The same `Idempotency-Key` of the same caller with the same body gives the same receipt again (200) and has no
    second effect; with another body it is refused (422 `key_reused`). Which fields a caller may send depends on who it
    is: anybody, a resident, staff (`at`, `dispatch`), an integrator (`source`, `number`, `due`).

    Raises:
        ApiProblem: 422, the report is refused, with field, rule and remedy.

    Source: docs/topics/api.md ("What a report may say", "Idempotency")
    """
    world = here(request)
    authority = _authority(world.actor)
    _within(body, authority)
    if body.source and (refusal := bind_source(body.source, world.actor.id, world.registers.district.code, world.now)):
        raise ApiProblem(422, refusal)
    receipt = receive([_report(body, world, idempotency_key)], actor=_registrar(world.actor), facts=world.facts)[0]
    if receipt.refusal is not None:
        raise ApiProblem(422, receipt.refusal)
    told = _receipt(receipt)
    if receipt.duplicate and authority == "anonymous":
        told = {"number": None, "report": None, "access": None, "receipt": None, "duplicate": True}
    return _json(told, 200 if receipt.duplicate else 201)


@router.get("/track/{number}", auth=None, summary="Follow one's own report")
@public
def track(request: HttpRequest, number: str, access_code: str = params.Header(alias="X-Access-Code")) -> HttpResponse:
    """State, deadline and public steps of a report, for who holds its number and access code.

    Source: docs/topics/api.md ("Merged"); docs/adr/0220 (access codes)
    """
    anonymous(request)
    report = access.find_report(number, access_code) if "\x00" not in number + access_code else None
    row = CaseRow.objects.filter(id=report.case_id).first() if report else None
    if row is None:
        raise not_found("匹配的编号和查询码", "number with that access code")
    if row.parent_id:
        root = CaseRow.objects.get(id=root_of(row.id))
        row = row if told_apart(root, row.id) else root
    return _json({
        "number": number, "state": row.state, "outcome": row.outcome, "opened_at": row.opened_at,
        "ended_at": row.ended_at, "deadline": row.deadline, "missed": row.missed, "holder": row.holder_kind,
    }, 200)  # fmt: skip


def _authority(actor: Actor) -> str:
    """Under which authority somebody reports; see `SCHEMAS`."""
    if actor.id == NOBODY.id:
        return "anonymous"
    if actor.may("relay"):
        return "relay"
    return "staff" if actor.may("work") else "person"


def _within(body: ReportIn, authority: str) -> None:
    """Refuse fields that are not this caller's to say."""
    for name in sorted(body.model_fields_set - set(SCHEMAS[authority].model_fields)):
        raise problem(
            422, "field_not_yours", f"“{name}”不由您填写", f"{name} is not yours to say as {authority}", field=name,
            remedy=("去掉该字段后重发", "leave it out and send again"),
        )  # fmt: skip


def _report(body: ReportIn, world: World, key: str | None) -> NewReport:
    now = world.now
    at = body.at or now
    if at.tzinfo is None or not now - timedelta(days=366) < at <= now + AHEAD:
        raise problem(422, "bad_time", "时间须带时区，且在过去一年内", "the time needs a zone and must lie within the past year",
                      field="at")  # fmt: skip
    if (body.lon is None) != (body.lat is None):
        raise problem(422, "half_a_place", "经度和纬度须同时给出", "give both lon and lat", field="lat")
    if key is None and not (body.source and body.number):
        raise problem(422, "key_missing", "需要 Idempotency-Key，或来源系统及其编号",
                      "an Idempotency-Key is needed, or source and number", field="Idempotency-Key",
                      remedy=("每份来件生成一个随机键，重发时不变", "make one random key per report and keep it when resending"))  # fmt: skip
    if body.due and any(due.tzinfo is None for due in body.due.values()):
        raise problem(422, "bad_time", "时限须带时区", "a deadline needs a zone", field="due")
    return NewReport(
        key=bound("api", world.actor.id, key or f"{body.source}\x1f{body.number}"),
        digest=digest_of("reports", body.model_dump(mode="json", exclude_unset=True)),
        programme=body.programme, kind=body.kind or _first_kind(body.programme), channel="web" if world.actor.id == "anonymous" else "api",
        at=at.astimezone(UTC), title=body.title, text=body.text, category=body.category, area=body.area, urgency=body.urgency,
        subject=body.subject,
        place=None if body.lon is None or body.lat is None else (round(body.lon * MICRO), round(body.lat * MICRO)),
        address=body.address, source=body.source if body.number else None, external_number=body.number if body.source else None,
        reporter=Reporter(**body.reporter.model_dump()) if body.reporter else None,
        due={name: due.astimezone(UTC) for name, due in body.due.items()} if body.due else None,
        dispatch=body.dispatch and world.actor.may("forward"),
    )  # fmt: skip


def _first_kind(programme: str) -> str:
    found = all_programmes().get(programme)
    if found is None:
        raise problem(422, "unknown_programme", f"没有事项{programme}", f"there is no programme {programme!r}", field="programme",
                      remedy=("见 GET /programmes", "see GET /programmes"))  # fmt: skip
    return next(iter(found.cases))


def _registrar(actor: Actor) -> Actor:
    """Whoever has no registering role reports as a visitor does."""
    return actor if actor.may("receive") else msgspec.structs.replace(actor, roles=actor.roles | NOBODY.roles)


def _receipt(receipt: ReportReceipt) -> dict[str, Any]:
    return {
        "number": receipt.number,
        "report": str(receipt.report),
        "access": receipt.access,
        "receipt": receipt.signed,
        "duplicate": receipt.duplicate,
    }


def _json(body: object, status: int) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), status=status, content_type="application/json")


def moment(text: str, field: str) -> datetime:
    """An instant from a query value; a problem when it has no zone or cannot be read.

    Source: RFC 3339 §5.6 (with an offset)
    """
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))  # a plus sign in a query arrives as a blank
        if at.tzinfo is None:
            raise ValueError(text)
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise problem(
            422, "bad_time", "时间须为带时区的 ISO 8601", "write the time as ISO 8601 with a zone", field=field
        ) from None
