"""One batch of an import as a job: everything it will write, written in one transaction.

The transaction holds cases, events, clocks, ledger leaves, reports, identities, merges that wait, updates of known
reports and the checkpoint. After `kill -9` a batch is wholly there or not at all, and the checkpoint says which.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection, transaction
from msgspec.structs import replace

from bihuan.intake.receive import REPORT_COLUMNS
from bihuan.intake.replay import IMPORTER, ending_order
from bihuan.intake.reports import ImportedRecord
from bihuan.loop import scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import CLOCK, Command, Refusal
from bihuan.loop.store import Order, append
from bihuan.loop.store.bulk import Prepared, write_prepared
from bihuan.loop.store.copyrows import copy_rows
from bihuan.loop.store.rows import Row, RowTable
from bihuan.readers.faults import RowFault

REPORT = RowTable("loop_report", REPORT_COLUMNS)
IDENTITY = RowTable("registers_identity", (
    ("id", "uuid"), ("district_id", "text"), ("ciphertext", "bytea"), ("key_id", "text"), ("phone_index", "bytea"),
    ("sealed_at", "timestamptz"), ("retention_until", "date"),
))  # fmt: skip
PENDING = RowTable("intake_pending_merge", (
    ("case_id", "uuid"), ("district_id", "text"), ("source", "text"), ("parent_number", "text"), ("at", "timestamptz"),
    ("result", "text"),
))  # fmt: skip
BESIDE = (REPORT, IDENTITY, PENDING)
"""Tables that an import writes beside the cases."""


@dataclass
class KnownReport:
    """A report that was imported before."""

    report: UUID
    case: UUID
    fingerprint: bytes


@dataclass
class Counts:
    """What became of the records read; read = created + merged + unchanged + rejected."""

    read: int = 0
    created: int = 0
    merged: int = 0
    unchanged: int = 0
    rejected: int = 0
    updated: int = 0  # of merged: known reports whose row had changed
    orphans: int = 0  # duplicates whose parent is not known; they were closed as the file says
    warnings: int = 0

    def add(self, other: "Counts") -> None:
        """Add up. Source: docs/topics/import.md, "Import a file"; docs/adr/0060."""
        for name in vars(self):
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass
class Job:
    """A batch that has been decided, ready to be written.

    Args:
        prepared: New cases.
        texts: Rows for COPY of reports, identities and merges that wait.
        updates: Known reports whose row has changed.
        ids: Every id this job will write.
    """

    prepared: Prepared = field(default_factory=Prepared)
    texts: list[tuple[RowTable, bytes]] = field(default_factory=list)
    updates: list[tuple[ImportedRecord, KnownReport]] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)
    faults: list[RowFault] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def reject(self, fault: RowFault) -> None:
        """Count a row as rejected. Source: docs/topics/import.md, "Import a file"; docs/adr/0060."""
        self.faults.append(fault)
        self.counts.rejected += 1

    @staticmethod
    def rows() -> dict[str, list[Row]]:
        """Empty lists for the rows beside the cases, by table.

        Source: docs/topics/import.md, "Import a file"; docs/adr/0060.
        """
        return {table.name: [] for table in BESIDE}

    def encode(self, rows: dict[str, list[Row]]) -> None:
        """Write rows as COPY reads them. Source: docs/topics/import.md, "Import a file"; docs/adr/0060."""
        self.texts = [(table, copy_rows(rows[table.name], table)) for table in BESIDE if rows[table.name]]

    def write(self, run: int, facts: LoopFacts, on_faults: Callable[[Sequence[RowFault]], int]) -> None:
        """Write all of it in one transaction.

        Args:
            run: The ImportRun whose checkpoint moves.
            facts: A frozen snapshot.
            on_faults: Makes the rejected rows durable before they are counted; returns the file's size then.

        Source: docs/adr/0060 (5): one batch, one transaction.
        """
        with transaction.atomic(), scope.district(facts.registers.district.code):
            for record, known in self.updates:
                self._update(record, known, facts)
            size = on_faults(sorted(self.faults, key=lambda f: f.line))
            if self.prepared.tables or self.texts:
                write_prepared(self.prepared, self.texts)
            self._checkpoint(run, size)

    def _update(self, record: ImportedRecord, known: KnownReport, facts: LoopFacts) -> None:
        """A known report whose row has changed: what is new is recorded on its case."""
        refusal = _apply(record, known, facts)
        if refusal is not None:
            self.reject(refusal_fault(record.line, refusal))
            return
        with connection.cursor() as cursor:
            cursor.execute("UPDATE loop_report SET fingerprint = %s WHERE id = %s", [record.fingerprint, known.report])
        self.counts.merged += 1
        self.counts.updated += 1

    def _checkpoint(self, run: int, rejects_size: int) -> None:
        c = self.counts
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE intake_import SET rows = rows + %s, created = created + %s, merged = merged + %s, "
                "unchanged = unchanged + %s, rejected = rejected + %s, rejects_size = %s, updated_at = %s "
                "WHERE id = %s",
                [c.read, c.created, c.merged, c.unchanged, c.rejected, rejects_size, datetime.now(UTC), run],
            )


def refusal_fault(line: int, refusal: Refusal) -> RowFault:
    """The loop's refusal as a fault of the row. Source: docs/topics/import.md, "Import a file"; docs/adr/0060."""
    remedy = refusal.remedy.en if refusal.remedy else "correct the row"
    params = {"detail": f"{refusal.text.zh} / {refusal.text.en}", "code": refusal.code, "todo": remedy}
    return RowFault("refused", line, refusal.field or "", params=params)


def _apply(record: ImportedRecord, known: KnownReport, facts: LoopFacts) -> Refusal | None:
    """Send the commands that bring a known case up to the record; None when all were possible."""
    reported = record.fingerprint[:8] != known.fingerprint[:8]
    after = record.fingerprint[8:] != known.fingerprint[8:]
    history = record.history
    orders: list[Order] = []
    if reported:
        orders.append(_noted(known.case, facts, {"title": record.report.title, "body": record.report.text}))
    if after and history is not None and history.closed_at is not None:
        due = [at for at in (record.report.due or {}).values() if at < history.closed_at]
        orders += [Order(Command("tick", CLOCK, at), known.case) for at in due if _ticks(known.case, at)]
        orders.append(ending_order(known.case, history))
    elif after and not reported:
        orders.append(_noted(known.case, facts, {}))
    results = append([_grouped(order) for order in orders], facts=facts)
    return next((r.refusal for r in results if r.refusal is not None), None)


def _noted(case: UUID, facts: LoopFacts, words: dict[str, str]) -> Order:
    private = {"text": "来源更新 / updated by the source", **words}
    return Order(Command("note", IMPORTER, facts.now, {}, private), case)


def _grouped(order: Order) -> Order:
    return replace(order, group=1)


def _ticks(case: UUID, at: datetime) -> bool:
    """Return whether the case still has something to say at that instant."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tick_at <= %s FROM loop_case WHERE id = %s", [at, case])
        row = cursor.fetchone()
    return bool(row and row[0])
