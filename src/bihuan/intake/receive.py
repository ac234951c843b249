"""The one door: every new report, from whatever channel, becomes a case here.

One transaction holds case, events, clocks, ledger leaves, report and sealed identity; nothing slow happens in it. The
signed receipt is returned at once. A report with a key (or an external number) that was received before has no second
effect and is answered with the same receipt.
"""

import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction

from bihuan.intake.access import code_of, hash_of
from bihuan.intake.indexing import fields_of
from bihuan.intake.reports import NewReport
from bihuan.intake.sources import NUMBER_REUSED, NUMBER_TAKEN, RESERVED
from bihuan.ledger import keyring
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.receipts import sign_receipt
from bihuan.ledger.store import MERGE_DELAY
from bihuan.loop import scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.clocks import iso
from bihuan.loop.kernel.model import Actor, Case, Command, Data, Refusal, Text
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.loop.store import Order, append, current_facts
from bihuan.loop.store.raw import raw_cursor
from bihuan.registers import identity
from bihuan.registers.pure.categories import load_categories
from bihuan.registers.pure.durations import Duration
from bihuan.registers.pure.ids import new_id
from bihuan.registers.pure.phones import PhoneError
from bihuan.server.log_lines import log_committed

FRESH = 2.0  # seconds for which declarations are taken as unchanged

REPORT_COLUMNS = (
    ("id", "uuid"), ("district_id", "text"), ("case_id", "uuid"), ("channel", "text"), ("received_at", "timestamptz"),
    ("external_source", "text"), ("external_number", "text"), ("fingerprint", "bytea"), ("identity_id", "uuid"),
    ("access_hash", "bytea"), ("language", "text"), ("registrar", "text"), ("digest", "bytea"),
)  # fmt: skip
_NAMES = ", ".join(name for name, _ in REPORT_COLUMNS)
_ARRAYS = ", ".join(f"%s::{kind}[]" for _, kind in REPORT_COLUMNS)
INSERT_REPORTS = f"INSERT INTO loop_report ({_NAMES}) SELECT * FROM unnest({_ARRAYS})"  # noqa: S608 - own names


class ReportReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one report.

    Args:
        report, case: Their ids; None when refused.
        number: The case number a person sees.
        access: With the number it opens the report to its reporter.
        signed: The ledger's signed promise (JSON values of its receipt), None for bulk intake.
        duplicate: The same report was received before; nothing was done.
        refusal: Why it was not received.
        value: The case after it was received.
    """

    report: UUID | None = None
    case: UUID | None = None
    number: str = ""
    access: str = ""
    signed: dict[str, Any] | None = None
    duplicate: bool = False
    refusal: Refusal | None = None
    value: Case | None = None


def receive(
    reports: Sequence[NewReport], *, actor: Actor, facts: LoopFacts | None = None, bulk: bool = False
) -> list[ReportReceipt]:
    """Receive reports; one receipt each, in their order.

    Args:
        reports: From one channel; each with an idempotency key.
        actor: Who registers them: an operator, the reporter, an integrator, the importer.
        facts: A frozen snapshot; default: the registers in force now.
        bulk: COPY and direct ledger append, unsigned receipts (simulator).

    Source: docs/topics/import.md (the one door); docs/adr/0060.
    """
    facts = facts or current_facts()
    try:
        return _receive(reports, actor, facts, bulk)
    except IntegrityError as error:
        if "loop_report_external" not in str(error):
            raise
        # Another connection received the same external number at this moment: now it is known.
        return _receive(reports, actor, facts, bulk)


def _receive(reports: Sequence[NewReport], actor: Actor, facts: LoopFacts, bulk: bool) -> list[ReportReceipt]:
    with transaction.atomic(), scope.district(facts.registers.district.code):
        known = _known_externals(reports, facts)
        first: dict[tuple[str, str], int] = {}
        again = {i: at for i, r in enumerate(reports) if (e := _external(r)) and (at := first.setdefault(e, i)) != i}
        sealed = [None if _external(r) in known else _seal(r, facts) for r in reports]
        fresh = [
            i for i, r in enumerate(reports)
            if i not in again and _external(r) not in known and not isinstance(sealed[i], Refusal)
        ]  # fmt: skip
        results = append([open_order(reports[i], actor) for i in fresh], facts=facts, bulk=bulk)
        receipts: dict[int, ReportReceipt] = {}
        rows, identities = [], []
        for i, result in zip(fresh, results, strict=True):
            if result.refusal is not None or result.case is None:
                receipts[i] = ReportReceipt(refusal=result.refusal)
            elif result.duplicate:
                receipts[i] = ReportReceipt(
                    case=result.case.id, number=result.case.number, duplicate=True, value=result.case
                )
            else:
                report, seal = new_id(), sealed[i]
                identities += [seal] if isinstance(seal, identity.SealedRow) else []
                rows.append(report_row(reports[i], report, result.case.id, seal, facts, registrar=actor.id))
                receipts[i] = _receipt(report, result.case)
        if identities:
            identity.insert_identities(identities)
        insert_reports(rows)
        _attach_media(reports, receipts, facts)
        receipts = _dispatched(reports, receipts, actor, facts, bulk)
        for i, r in enumerate(reports):
            if i not in receipts and i not in again:
                receipts[i] = _refused_or_known(r, sealed[i], known.get(_external(r)), actor)
        receipts = receipts if bulk else _signed(receipts, facts.now)
        _log(reports, receipts, again, bulk)
        return [
            msgspec.structs.replace(receipts[again[i]], duplicate=True) if i in again else receipts[i]
            for i in range(len(reports))
        ]


def open_order(
    report: NewReport, actor: Actor, *, case: UUID | None = None, number: str | None = None, history: str | None = None
) -> Order:
    """Return the `open` order of a report. `history` names the source of a replayed historical file.

    Source: docs/topics/import.md (the one door); docs/adr/0060.
    """
    data: Data = {"kind": report.kind, "channel": report.channel}
    urgency = report.urgency or default_urgency(report.programme, report.kind, report.category)
    for name, value in (
        ("category", report.category), ("area", report.area), ("urgency", urgency), ("subject", report.subject),
        ("number", number), ("history", history), ("restricted", report.restricted),
    ):  # fmt: skip
        if value:
            data[name] = value
    if report.place is not None:
        data["place"] = list(report.place)
    found = _programme(report.programme)
    if report.unit and found and report.kind in found.cases and found.cases[report.kind].shape == "gate":
        data["unit"] = report.unit  # who applies; in other shapes it is whom the case is sent to
    if origin := _origin(report):
        data["origin"] = origin
    if fields := fields_of(report, found):
        data["fields"] = fields  # which of them are words, the kernel knows (`kernel.apart`)
    said = {"title": report.title, "text": report.text, "address": report.address, "media": list(report.media)}
    private = {key: value for key, value in said.items() if value}
    key = None if history else report.key
    command = Command("open", actor, report.at, data, private or None)
    return Order(command, case=case, programme=report.programme, kind=report.kind, key=key, digest=report.digest)


def report_row(
    report: NewReport,
    key: UUID,
    case: UUID,
    seal: identity.SealedRow | Refusal | None,
    facts: LoopFacts,
    fingerprint: bytes | None = None,
    registrar: str | None = None,
) -> tuple[Any, ...]:
    """Return the row of `loop_report`, in the order of `REPORT_COLUMNS`."""
    return (
        key, facts.registers.district.code, case, report.channel, report.at, report.source, report.external_number,
        fingerprint, seal.id if isinstance(seal, identity.SealedRow) else None,
        None if report.source and fingerprint else hash_of(code_of(key)),
        report.reporter.language if report.reporter else "zh", registrar, report.digest,
    )  # fmt: skip


def insert_reports(rows: Sequence[tuple[Any, ...]]) -> None:
    """Store report rows in one statement, inside the caller's transaction."""
    if rows:
        with raw_cursor() as cursor:
            cursor.execute(INSERT_REPORTS, [list(column) for column in zip(*rows, strict=True)], prepare=True)


def seal_reporter(report: NewReport, facts: LoopFacts) -> identity.SealedRow | None:
    """Return the sealed identity of a report's reporter; None when there is none, or its retention has already ended.

    Raises:
        PhoneError: nobody can be called back under the phone number.

    Source: docs/topics/registers.md, "Identity".
    """
    reporter = report.reporter
    if reporter is None or not reporter.known:
        return None
    until = _retention_end(report.programme, report.at)
    if until < facts.now.date():
        return None
    fields = {"name": reporter.name, "phone": reporter.phone, "email": reporter.email}
    return identity.seal_identity(fields, facts.registers.district, facts.now, until)


def default_urgency(programme: str, kind: str, category: str | None) -> str | None:
    """The class of the clock that a category has by default, or None. Source: docs/topics/kernel.md, "Clocks"."""
    return _urgencies(programme, kind).get(category) if category else None


# -- steps of `receive` --------------------------------------------------------------------------------


def _seal(report: NewReport, facts: LoopFacts) -> identity.SealedRow | Refusal | None:
    try:
        return seal_reporter(report, facts)
    except PhoneError as error:
        return Refusal(
            "bad_phone",
            Text(*error.words),
            Text(
                "请填写手机号或带区号的固定电话，或留空", "Give a mobile number or a landline with area code, or none"
            ),
            "phone",
        )


def _external(report: NewReport) -> tuple[str, str] | None:
    return (report.source, report.external_number) if report.source and report.external_number else None


class _Known(NamedTuple):
    """A report received before under an external number."""

    report: UUID
    case: UUID
    number: str
    registrar: str | None
    digest: bytes | None


def _known_externals(reports: Sequence[NewReport], facts: LoopFacts) -> dict[tuple[str, str] | None, _Known]:
    """(source, number) → those received before."""
    wanted = sorted({e for r in reports if (e := _external(r))})
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.external_source, r.external_number, r.id, c.id, c.number, r.registrar, r.digest "
            "FROM loop_report r JOIN loop_case c ON c.id = r.case_id "
            "JOIN unnest(%s::text[], %s::text[]) AS w(source, number) "
            "ON r.external_source = w.source AND r.external_number = w.number WHERE r.district_id = %s",
            [[s for s, _ in wanted], [n for _, n in wanted], facts.registers.district.code],
        )
        return {
            (row[0], row[1]): _Known(row[2], row[3], row[4], row[5], row[6] and bytes(row[6]))
            for row in cursor.fetchall()
        }


def _refused_or_known(report: NewReport, seal: object, known: _Known | None, actor: Actor) -> ReportReceipt:
    """Only who handed a report in is told of it again; anybody else learns that the number is taken, and no more."""
    if isinstance(seal, Refusal) or known is None:
        return ReportReceipt(refusal=seal if isinstance(seal, Refusal) else None)
    if known.registrar != actor.id and not (known.registrar is None and actor.may("relay")):
        return ReportReceipt(refusal=NUMBER_TAKEN)
    if report.digest is not None and known.digest is not None and report.digest != known.digest:
        return ReportReceipt(refusal=NUMBER_REUSED)
    return ReportReceipt(report=known.report, case=known.case, number=known.number, access=code_of(known.report),
                   duplicate=True)  # fmt: skip


def _receipt(report: UUID, case: Case) -> ReportReceipt:
    return ReportReceipt(report=report, case=case.id, number=case.number, access=code_of(report), value=case)


def _dispatched(
    reports: Sequence[NewReport], receipts: dict[int, ReportReceipt], actor: Actor, facts: LoopFacts, bulk: bool
) -> dict[int, ReportReceipt]:
    """Send the reports that ask for it to their duty-bearers; one that cannot be sent stays at the desk."""
    asked = [i for i, r in receipts.items() if reports[i].dispatch and r.case and not r.duplicate]
    orders = []
    for i in asked:
        data = {"unit": reports[i].unit} if reports[i].unit else {}
        orders.append(Order(Command("dispatch", actor, reports[i].at, data), case=receipts[i].case))
    for i, result in zip(asked, append(orders, facts=facts, bulk=bulk), strict=True):
        receipts[i] = msgspec.structs.replace(receipts[i], value=result.case or receipts[i].value)
    return receipts


def _attach_media(reports: Sequence[NewReport], receipts: dict[int, ReportReceipt], facts: LoopFacts) -> None:
    pairs = [(h, receipts[i].case) for i, r in enumerate(reports) if i in receipts for h in r.media]
    if pairs:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE loop_media m SET case_id = w.case_id FROM unnest(%s::text[], %s::uuid[]) AS w(sha256, case_id) "
                "WHERE m.sha256 = w.sha256 AND m.case_id IS NULL AND m.district_id = %s AND w.case_id IS NOT NULL",
                [[h for h, _ in pairs], [c for _, c in pairs], facts.registers.district.code],
            )


def _signed(receipts: dict[int, ReportReceipt], now: datetime) -> dict[int, ReportReceipt]:
    """Fill in the signed promises, and for duplicates the receipt that was given the first time."""
    cases = [r.case for r in receipts.values() if r.case]
    if not cases:
        return receipts
    with raw_cursor() as cursor:
        cursor.execute(
            "SELECT e.case_id, e.hash, e.recorded_at, "
            "(SELECT r.id FROM loop_report r WHERE r.case_id = e.case_id ORDER BY r.id LIMIT 1) "
            "FROM loop_event e WHERE e.case_id = ANY(%s) AND e.version = 1",
            [cases],
            prepare=True,
        )
        first = {row[0]: row[1:] for row in cursor.fetchall()}
    key, out = keyring.signing_key(), dict(receipts)
    for i, receipt in receipts.items():
        if receipt.case in first:
            digest, recorded, report = first[receipt.case]
            signed = sign_receipt(
                key, case=receipt.number, report=str(report), leaf=leaf_hash(bytes(digest)), at=recorded,
                max_merge_delay=MERGE_DELAY,
            )  # fmt: skip
            out[i] = msgspec.structs.replace(receipt, report=report, access=code_of(report), signed=signed.as_json())
    return out


def _log(reports: Sequence[NewReport], receipts: dict[int, ReportReceipt], again: dict[int, int], bulk: bool) -> None:
    """One line for each report, or one for all of a bulk, once they are committed."""
    if bulk:
        refused = sum(1 for each in receipts.values() if each.refusal)
        known = len(again) + sum(1 for each in receipts.values() if each.duplicate)
        received = len(reports) - refused - known
        log_committed("reports_received", received=received, known=known, refused=refused)
        return
    for i, report in enumerate(reports):
        receipt = receipts[again.get(i, i)]
        if receipt.refusal is not None:
            code, programme, channel = receipt.refusal.code, report.programme, report.channel
            log_committed("report_refused", code=code, programme=programme, channel=channel)
        elif receipt.duplicate or i in again:
            log_committed("report_known", case=receipt.case, channel=report.channel)
        else:
            programme, kind = report.programme, report.kind
            log_committed("report_received", case=receipt.case, programme=programme, kind=kind, channel=report.channel)


# -- parts of the order --------------------------------------------------------------------------------


def _origin(report: NewReport) -> Data:
    origin: Data = {}
    if report.source in RESERVED:
        return origin  # a mail's id leads to its sender and is no number of an authority: it stays out of the event
    if report.external_number:
        origin["number"] = report.external_number
    if report.source:
        origin["source"] = report.source
    if report.due is not None:
        origin["due"] = {name: iso(at) for name, at in report.due.items()}
    return origin


def _programme(programme: str) -> Programme | None:
    """Return the declaration, looked up at most every `FRESH` seconds: the catalogue looks at its files each time."""
    return _catalogue(int(time.monotonic() / FRESH)).get(programme)


@lru_cache(maxsize=1)
def _catalogue(_period: int) -> dict[str, Programme]:
    return all_programmes()


@lru_cache(maxsize=64)
def _urgencies(programme: str, kind: str) -> dict[str | None, str]:
    found = _programme(programme)
    rules = found.cases.get(kind) if found else None
    if rules is None or rules.categories is None:
        return {}
    tree = load_categories(folder_of(programme) / rules.categories)
    return {node.code: node.urgency for node in tree if node.urgency in rules.urgencies}


def _retention_end(programme: str, at: datetime) -> date:
    found = _programme(programme)
    days = _days(found.retention) if found else 0
    return (at + timedelta(days=days)).date()


@lru_cache(maxsize=64)
def _days(within: str) -> int:
    """Retention is counted in natural days."""
    return Duration.parse(within).amount
