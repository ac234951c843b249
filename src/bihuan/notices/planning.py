"""From events to notices: follows the log, a batch at a time, and never plans one twice."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import connection, transaction

from bihuan.loop import stuck
from bihuan.loop.kernel.model import Case, Data
from bihuan.loop.merging import merged_into, told_apart
from bihuan.loop.models import CaseRow, ReportRow
from bihuan.loop.store import current_facts
from bihuan.loop.store.read import case_of
from bihuan.notices.models import Notice, Position, Webhook
from bihuan.notices.rules import NoticeRule, notice_book
from bihuan.registers.models import District, User
from bihuan.registers.pure.ids import new_id
from bihuan.registers.pure.roles import roles_that

BATCH = 500
LOOP = "notices"
APART = {"closed": "closed_apart", "merged": "merged"}
"""What a reporter is told whose report was merged into a restricted case, by the kind others are told."""
NOT_TOLD = {"state": "", "due": "", "clock": "", "event": ""}
EVENTS = """
SELECT l.index, e.id, e.case_id, e.kind, e.occurred_at, e.data
FROM ledger_entry l JOIN loop_event e ON e.id = l.event_id WHERE l.index > %s ORDER BY l.index LIMIT %s
"""
AGAIN = """
SELECT l.index, e.id, e.case_id, e.kind, e.occurred_at, e.data
FROM loop_event e JOIN ledger_entry l ON l.event_id = e.id WHERE e.id = ANY(%s::uuid[]) ORDER BY l.index
"""
LAST = "SELECT max(index) FROM (SELECT index FROM ledger_entry WHERE index > %s ORDER BY index LIMIT %s) AS batch"


class SeenEvent(NamedTuple):
    """One event as planning reads it."""

    leaf: int
    id: UUID
    case: UUID
    kind: str
    at: datetime
    data: Data


class NoticeReceiver(NamedTuple):
    """One receiver of a notice: by which way, in which language, of which kind, and about which number.

    `apart`: their report was merged into a restricted case, so that nothing of its course is said.
    """

    port: str
    recipient: str
    language: str
    kind: str
    number: str
    apart: bool = False


def plan_notices(batch: int = BATCH) -> int:
    """Plan the notices of the next events of the log; returns how many events were looked at.

    The position moves in the same transaction, so a crash repeats the batch and the unique key of a notice
    (event, kind, recipient) keeps it single.

    Source: docs/adr/0055; docs/topics/notices.md ("Planned from the log").
    """
    if not District.objects.exists():
        return 0
    facts = current_facts()
    with transaction.atomic():
        position, _ = Position.objects.select_for_update().get_or_create(id=1)
        events, last = _next(position.index, batch)
        if last is None:
            _plan_again(facts.registers.district.code)
            return 0
        notices = _notices(events, facts.registers.district.code)
        Notice.objects.bulk_create(notices, ignore_conflicts=True)
        looked_at, position.index = last - position.index, last
        position.save()
    return looked_at


def _plan_again(district: str) -> None:
    """What was set aside and whose time has come: planned if it now can be, else it rests longer."""
    again = _set_aside()
    if again:
        Notice.objects.bulk_create(_notices(again, district), ignore_conflicts=True)


def _set_aside() -> list[SeenEvent]:
    """The events that were set aside and may be tried now; they no longer count as stuck unless they fail again."""
    resting, known = stuck.resting(LOOP)
    due = sorted(known - resting)
    if not due:
        return []
    with connection.cursor() as cursor:
        cursor.execute(AGAIN, [due])
        rows = [_seen(row) for row in cursor.fetchall()]
    stuck.mended(LOOP, due)
    return rows


def pass_over() -> int:
    """Move to the end of the log without planning anything: what was played there is past and invented.

    Returns:
        How many leaves were passed over.

    Source: docs/topics/notices.md ("Planned from the log": history is not told to anybody).
    """
    with transaction.atomic():
        position, _ = Position.objects.select_for_update().get_or_create(id=1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(index), %s) FROM ledger_entry", [position.index])
            last: int = cursor.fetchone()[0]
        passed, position.index = last - position.index, last
        position.save()
    return passed


def _next(position: int, batch: int) -> tuple[list[SeenEvent], int | None]:
    with connection.cursor() as cursor:
        cursor.execute(LAST, [position, batch])
        last = cursor.fetchone()[0]
        cursor.execute(EVENTS, [position, batch])
        rows = [_seen(row) for row in cursor.fetchall()]
    return rows, last


def _seen(row: tuple[Any, ...]) -> SeenEvent:
    leaf, event, case, kind, at, data = row
    return SeenEvent(leaf, event, case, kind, at, data if isinstance(data, dict) else msgspec.json.decode(data))


def _notices(events: list[SeenEvent], district: str) -> list[Notice]:
    wanted = [(event, rule) for event in events for rule in notice_book().rules if rule.holds(event.kind, event.data)]
    cases = {row.id: row for row in CaseRow.objects.filter(id__in={e.case for e, _ in wanted}, history__isnull=True)}
    reports = _reports(set(cases))
    heads = _unit_heads()
    hooks = list(Webhook.objects.filter(district_id=district, active=True))
    notices = []
    for event, rule in wanted:
        row = cases.get(event.case)
        if row is None:
            continue
        try:
            about = _facts(row, case_of(row.fold), event)
            told = list(_recipients(rule, row, event, heads, hooks))
            told += _reporters(rule, row, reports.get(row.id, ())) if rule.to == "reporter" else []
        except Exception as error:  # noqa: BLE001 - whatever one event raises, the others are told; it is set aside, shown
            stuck.set_aside(LOOP, str(event.id), row.number, stuck.why(error))
            continue
        notices += [_notice(district, event, row, to, about) for to in told]
    return notices


def _reporters(rule: NoticeRule, row: CaseRow, reports: Sequence[tuple[ReportRow, str]]) -> Iterator[NoticeReceiver]:
    """The reporters a rule tells, each about their own number; of a restricted root merged ones hear only the end."""
    for report, number in reports:
        if report.identity_id is None or f"reporter:{report.id}" in row.fold.get("left", ()):
            continue
        apart = told_apart(row, report.case_id)
        kind = APART.get(rule.kind) if apart else rule.kind
        if kind is not None:
            yield NoticeReceiver("contact", f"report:{report.id}", report.language, kind, number, apart)


def _recipients(
    rule: NoticeRule, row: CaseRow, event: SeenEvent, heads: dict[str, list[User]], hooks: list[Webhook]
) -> Iterator[NoticeReceiver]:
    """Everyone else a rule tells."""
    if rule.to != "reporter":
        unit = event.data.get("lead") if rule.to == "lead" else None
        unit = unit or (row.lead if rule.to == "lead" else row.holder_id if row.holder_kind == "unit" else None)
        if unit:
            yield NoticeReceiver("in_app", f"unit:{unit}", "zh", rule.kind, row.number)
            for head in heads.get(unit, ()):
                yield NoticeReceiver("mail", f"user:{head.pk}", head.language, rule.kind, row.number)
    for hook in hooks:
        if not hook.kinds or rule.kind in hook.kinds:
            yield NoticeReceiver("webhook", f"webhook:{hook.id}", "zh", rule.kind, row.number)


def _reports(cases: set[UUID]) -> dict[UUID, list[tuple[ReportRow, str]]]:
    """Reports of each case and of the cases merged into it, with their own numbers: every reporter gets an answer."""
    roots: dict[UUID, list[UUID]] = {}
    for case, root in merged_into(cases):
        roots.setdefault(case, []).append(root)
    numbers = dict(CaseRow.objects.filter(id__in=list(roots)).values_list("id", "number"))
    found: dict[UUID, list[tuple[ReportRow, str]]] = {}
    for report in ReportRow.objects.filter(case_id__in=list(roots)):
        for case in roots[report.case_id]:
            found.setdefault(case, []).append((report, numbers[report.case_id]))
    return found


def _unit_heads() -> dict[str, list[User]]:
    found: dict[str, list[User]] = {}
    leading = roles_that("lead")  # of the house: the digest tells of every programme's cases
    heads = (
        User.objects.filter(is_active=True, grants__role__in=leading, unit__isnull=False).exclude(email="").distinct()
    )
    for head in heads:
        found.setdefault(str(head.unit_id), []).append(head)
    return found


def _facts(row: CaseRow, case: Case, event: SeenEvent) -> dict[str, Any]:
    """Return what the words may say: nothing personal."""
    op = next((op for op in event.data.get("clocks", ()) if op["op"] in ("warn", "miss")), None)
    clock = case.clocks.get(op["name"]) if op else None
    due = clock.due if clock else row.deadline
    return {
        "number": row.number,
        "state": event.data.get("outcome") or event.data.get("state") or row.state,
        "due": due.astimezone(UTC).isoformat() if due else "",
        "clock": op["name"] if op else "",
        "at": event.at.astimezone(UTC).isoformat(),
        "event": event.kind,
    }


def _notice(district: str, event: SeenEvent, row: CaseRow, to: NoticeReceiver, about: dict[str, Any]) -> Notice:
    facts = {**about, "number": to.number, **(NOT_TOLD if to.apart else {})}
    return Notice(
        id=new_id(), district_id=district, event_id=event.id, case_id=row.id, number=to.number, kind=to.kind,
        port=to.port, recipient=to.recipient, language=to.language, facts=facts,
        next_at=None if to.port == "in_app" else datetime.now(UTC),
    )  # fmt: skip
