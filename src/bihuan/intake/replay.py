"""A historical record becomes the commands that replay its own timeline through the same kernel. Pure.

opened → dispatched (to the unit the file names) → deadline missed, if it was → ended as the file says. A deadline the
file gives is the only clock of a case that has ended; a case that is still open and has no deadline is dispatched now,
by today's tables. Nobody is notified of history.
"""

from datetime import datetime
from uuid import UUID

from msgspec.structs import replace

from bihuan.intake.receive import open_order
from bihuan.intake.reports import History, ImportedRecord
from bihuan.loop.kernel.model import CLOCK, Command, acting_as
from bihuan.loop.store import Order

IMPORTER = acting_as("history")


def replay_orders(record: ImportedRecord, case: UUID, number: str, now: datetime) -> list[Order]:
    """Return the orders that make the record's case.

    Args:
        record: From a file.
        case, number: The new case's id and number.
        now: The moment of the import.

    Source: docs/topics/import.md, "History replays its own timeline"; docs/adr/0060 (7).
    """
    report, history = record.report, record.history
    if history is None:
        out = [open_order(report, IMPORTER, case=case, number=number)]
        if report.dispatch:
            out.append(_then(case, "dispatch", report.at, {"unit": report.unit} if report.unit else {}))
        return out
    ended = history.closed_at is not None and history.duplicate_of is None
    if report.due is None and history.closed_at is not None:
        report = replace(report, due={})
    out = [open_order(report, IMPORTER, case=case, number=number, history=history.source)]
    if history.unit:
        sent = (history.dispatched_at or report.at) if report.due is not None else now
        out.append(_then(case, "dispatch", max(sent, report.at), {"unit": history.unit}))
    out += _missed(case, report.due, history.closed_at or now)
    if ended:
        out.append(ending_order(case, history))
    return out


def ending_order(case: UUID, history: History) -> Order:
    """Return the order that records how the case ended, as the file says.

    Source: docs/topics/import.md, "History replays its own timeline" (the file's word).
    """
    assert history.closed_at is not None, "only an ended history has an ending"
    private = {"text": history.result} if history.result else None
    return Order(Command("record_history", IMPORTER, history.closed_at, {"outcome": history.outcome}, private), case)


def _missed(case: UUID, due: dict[str, datetime] | None, until: datetime) -> list[Order]:
    """One tick at each given deadline that passed before the case ended."""
    passed = sorted({at for at in (due or {}).values() if at < until})
    return [Order(Command("tick", CLOCK, at), case) for at in passed]


def _then(case: UUID, kind: str, at: datetime, data: dict[str, str]) -> Order:
    return Order(Command(kind, IMPORTER, at, data), case)
