"""Deciding a batch: which of its rows are new, changed, unchanged, repeated or wrong, and what the new ones become.

Reads the database (which reports are known) and writes nothing but units a historical file names; the outcome is a
`Job` that another process may write.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import connection
from msgspec.structs import replace

from bihuan.intake import replay, units
from bihuan.intake.jobs import Counts, Job, KnownReport, refusal_fault
from bihuan.intake.mapping import Mapping
from bihuan.intake.receive import default_urgency, report_row, seal_reporter
from bihuan.intake.records import Converter
from bihuan.intake.reports import ImportedRecord
from bihuan.loop import scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Case, Refusal
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.store import Order, numbers
from bihuan.loop.store.bulk import prepare
from bihuan.readers import Batch
from bihuan.readers.faults import RowFault
from bihuan.registers.identity import SealedRow
from bihuan.registers.pure.ids import new_id
from bihuan.registers.pure.phones import PhoneError

Rows = dict[str, list[tuple[object, ...]]]


@dataclass
class Decider:
    """Decides the batches of one table.

    Args:
        mapping: What the columns mean; found: where they are in this table.
        target: Programme and case type.
        facts, programmes: The rules in force.
        started: When this table's import began (also across interruptions).
    """

    mapping: Mapping
    found: dict[str, str]
    target: tuple[str, str]
    facts: LoopFacts
    programmes: dict[str, Programme]
    started: datetime
    converter: Converter = field(init=False)

    def __post_init__(self) -> None:
        self.converter = Converter(self.mapping, self.found, *self.target, datetime.now(UTC))
        default_urgency(*self.target, "any")  # read the categories once, not once in each forked worker

    def decide(self, batch: Batch) -> Job:
        """The job of one batch.

        Source: docs/topics/import.md, "Import a file" (created, merged, unchanged, rejected); docs/adr/0060 (6).
        """
        scope.ensure(self.facts.registers.district.code)
        records, faults = self.converter.records(batch)
        job = Job(faults=faults)
        job.counts = Counts(read=batch.read, rejected=len(faults), warnings=sum(len(r.warnings) for r in records))
        fresh = self._sort(records, job)
        self._register_units(fresh)
        self._prepare(fresh, job)
        job.ids = {r.id for r in fresh} | {record.id for record, _ in job.updates}
        return job

    # -- what each row is --------------------------------------------------------------------------

    def _sort(self, records: list[ImportedRecord], job: Job) -> list[ImportedRecord]:
        """The new records; changed ones become updates, unchanged and repeated ones are counted."""
        known = self._known([r.id for r in records])
        here: dict[str, ImportedRecord] = {}
        fresh: list[ImportedRecord] = []
        for record in records:
            old, first = known.get(record.id), here.get(record.id)
            if first is not None or (old is not None and self._of_this_import(old)):
                self._again(record, old, first, job)
                continue
            here[record.id] = record
            if old is None:
                fresh.append(record)
            elif old.fingerprint == record.fingerprint:
                job.counts.unchanged += 1
            else:
                job.updates.append((record, old))
        return fresh

    def _again(self, record: ImportedRecord, old: KnownReport | None, first: ImportedRecord | None, job: Job) -> None:
        """An id that this file has used before: the same content is nothing new, other content is a fault."""
        fingerprint = first.fingerprint if first else old.fingerprint if old else b""
        if fingerprint == record.fingerprint:
            job.counts.unchanged += 1
        elif self.mapping.repeated == "update" and first is None and old is not None:
            job.updates.append((record, old))
        else:
            column = self.found.get("id", "")
            job.reject(RowFault("repeated", record.line, column, record.id, {"first": first.line if first else "?"}))

    def _known(self, ids: list[str]) -> dict[str, KnownReport]:
        with connection.cursor() as wrapper:
            cursor = wrapper.cursor
            cursor.execute(
                "SELECT external_number, id, case_id, fingerprint FROM loop_report "
                "WHERE district_id = %s AND external_source = %s AND external_number = ANY(%s)",
                [self.facts.registers.district.code, self.mapping.source, ids],
                prepare=True,
            )
            return {row[0]: KnownReport(row[1], row[2], bytes(row[3] or b"")) for row in cursor.fetchall()}

    def _of_this_import(self, known: KnownReport) -> bool:
        """Whether the report was made since this table's import began: a UUIDv7 carries its time of making."""
        made = datetime.fromtimestamp((known.report.int >> 80) / 1000, UTC)
        return made >= self.started - timedelta(milliseconds=1)

    # -- what the new ones become ------------------------------------------------------------------

    def _register_units(self, records: list[ImportedRecord]) -> None:
        if self.mapping.register_units and (codes := units.unknown_units(records, self.facts)):
            self.facts = units.enter_units(codes, self.mapping, self.facts)

    def _prepare(self, records: list[ImportedRecord], job: Job) -> None:
        now = datetime.now(UTC)
        facts = self.facts.at(now)
        sealed = [(record, self._sealed(record, facts)) for record in records]
        kept = [(record, identity) for record, identity in sealed if not isinstance(identity, RowFault)]
        for _, fault in sealed:
            if isinstance(fault, RowFault):
                job.reject(fault)
        serials = numbers.take_serials(len(kept)) if kept else []
        zone = facts.registers.calendar.zone
        groups: list[list[Order]] = []
        for (record, _), serial in zip(kept, serials, strict=True):
            number = numbers.number(serial, record.report.at, zone)
            groups.append(replay.replay_orders(record, new_id(), number, now))
        outcomes, job.prepared = prepare(groups, facts, self.programmes)
        rows = job.rows()
        for (record, identity), outcome in zip(kept, outcomes, strict=True):
            if isinstance(outcome, Refusal):
                job.reject(refusal_fault(record.line, outcome))
                continue
            job.counts.created += 1
            self._keep(record, identity, outcome, facts, rows)
        job.encode(rows)

    def _sealed(self, record: ImportedRecord, facts: LoopFacts) -> SealedRow | RowFault | None:
        try:
            return seal_reporter(record.report, facts)
        except PhoneError as error:
            zh, en = error.words
            return RowFault("phone", record.line, self.found.get("phone", ""), params={"zh": zh, "en": en})

    def _keep(
        self,
        record: ImportedRecord,
        identity: SealedRow | None,
        case: Case,
        facts: LoopFacts,
        rows: Rows,
    ) -> None:
        report = replace(record.report, source=self.mapping.source, external_number=record.id)
        rows["loop_report"].append(report_row(report, new_id(), case.id, identity, facts, record.fingerprint))
        if identity is not None:
            rows["registers_identity"].append(tuple(identity))
        history = record.history
        if history is not None and history.duplicate_of is not None and history.closed_at is not None:
            district = facts.registers.district.code
            pending = (case.id, district, history.source, history.duplicate_of, history.closed_at, history.result)
            rows["intake_pending_merge"].append(pending)
