"""Import: files become reports, in batches, resumable and idempotent.

A report is known for ever by (source, external id); its content by a fingerprint. A row is created, unchanged, merged
(it added to a case that was there: a duplicate joined its parent, or a known row had changed) or rejected. Each batch
is one transaction that also moves the checkpoint of its file.
"""

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import connection, transaction
from msgspec.structs import replace

from bihuan.intake import duplicates, replay, units
from bihuan.intake.faults import Fault
from bihuan.intake.jobs import Counts, Job, Known, refused
from bihuan.intake.mapping import Mapping
from bihuan.intake.models import ImportRun
from bihuan.intake.pipeline import Pipeline
from bihuan.intake.readers import Batch, Limits, Table, open_tables
from bihuan.intake.receive import report_row, seal
from bihuan.intake.records import Converter
from bihuan.intake.rejects import Rejects
from bihuan.intake.reports import Record
from bihuan.loop import scope
from bihuan.loop.kernel.model import Case, Refusal
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import Order, current_facts, numbers
from bihuan.loop.store.bulk import prepare
from bihuan.registers.identity import Sealed
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.ids import new_id


@dataclass
class Summary:
    """What an import did; `seconds` of wall clock."""

    counts: Counts = field(default_factory=Counts)
    damage: list[str] = field(default_factory=list)
    rejects: Path | None = None
    resumed: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """The JSON object of `bihuan import --json`."""
        return {
            **vars(self.counts),
            "resumed": self.resumed,
            "damage": self.damage,
            "rejects": str(self.rejects) if self.rejects else None,
            "seconds": round(self.seconds, 3),
        }


@dataclass
class Progress:
    """Where an import stands, for whoever draws it: rows of all files so far, share of the present table."""

    table: str
    rows: int
    share: float


class Importer:
    """Imports files under one mapping.

    Args:
        mapping: What the columns mean.
        rejects: File for rejected rows; made only when there are any.
        programme, kind: Where the reports go; default: the mapping's own.
        language: Of the rejects file.
        limits: Bounds of the readers.
        watch: Called after each batch that was written.
    """

    def __init__(
        self,
        mapping: Mapping,
        rejects: Path,
        *,
        programme: str | None = None,
        kind: str | None = None,
        language: str = "en",
        limits: Limits | None = None,
        watch: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self.mapping = mapping
        self.programme, self.kind = programme or mapping.programme or "", kind or mapping.kind or ""
        self.limits, self.watch = limits or Limits(), watch
        self.rejects, self.language = rejects, language
        self.facts = current_facts()
        self.programmes = all_programmes()
        self.district = self.facts.registers.district.code
        self.summary = Summary()

    def run(self, paths: Sequence[Path]) -> Summary:
        """Import the files in their order.

        Raises:
            FileError: a file cannot be read at all, or its header does not fit; files before it stand.
        """
        started = time.monotonic()
        tables = [(path, table, found) for path in paths for table, found in self._open(path)]
        runs = [(self._checkpoint(path, table), table, found) for path, table, found in tables]
        resumed = [run for run, _, _ in runs if run.rows]
        keep = max((run.rejects_size for run in resumed), default=0)
        with Rejects(self.rejects, self.language, keep) as rejects:
            for run, table, found in runs:
                self._table(run, table, found, rejects)
            self._settle([run for run, _, _ in runs])
            if rejects.count or keep:
                self.summary.rejects = self.rejects
        for run, _, _ in runs:
            run.refresh_from_db()
            for name in ("created", "merged", "unchanged", "rejected"):
                setattr(self.summary.counts, name, getattr(self.summary.counts, name) + getattr(run, name))
            self.summary.counts.read += run.rows
        self.summary.seconds = time.monotonic() - started
        return self.summary

    # -- files -------------------------------------------------------------------------------------

    def _open(self, path: Path) -> list[tuple[Table, dict[str, str]]]:
        m = self.mapping
        tables = open_tables(
            path, m.wanted, limits=self.limits, encoding=m.encoding, separator=m.separator, sheet=m.sheet,
            formulas=m.formulas,
        )  # fmt: skip
        return [(table, m.match(table.name, table.columns)) for table in tables]

    def _checkpoint(self, path: Path, table: Table) -> ImportRun:
        """The run of this table of this file: a new one, or one that was interrupted and goes on."""
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        what = f"{self.programme}/{self.kind}/{self.mapping.model_dump_json()}"
        now = datetime.now(UTC)
        with transaction.atomic(), scope.district(self.district):
            run, _ = ImportRun.objects.get_or_create(
                district_id=self.district,
                sha256=digest,
                table=table.name[-300:],
                source=self.mapping.source,
                mapping=hashlib.sha256(what.encode()).hexdigest(),
                defaults={"started_at": now, "updated_at": now},
            )
            if run.finished_at is not None:
                # Read again: every row is compared anew, so that the answer is about today's database.
                for name in ("rows", "created", "merged", "unchanged", "rejected", "rejects_size"):
                    setattr(run, name, 0)
                run.started_at, run.finished_at = now, None
                run.save()
        return run

    def _table(self, run: ImportRun, table: Table, found: dict[str, str], rejects: Rejects) -> None:
        work = _Table(self, run, table, found, rejects)
        scope.ensure(self.district)
        try:
            for batch in table.batches():
                work.take(batch)
        finally:
            work.pipeline.close()
        self.summary.resumed += work.skipped
        self.summary.damage += [fault.sentence(table.name, self.language) for fault in table.damage]

    def _settle(self, runs: Sequence[ImportRun]) -> None:
        """Merge the duplicates into their parents, now that all files have been read."""
        if not runs:
            return
        _, orphans = duplicates.settle(self.mapping.source, self.facts.at(datetime.now(UTC)), runs[-1].pk)
        self.summary.counts.orphans = orphans
        now = datetime.now(UTC)
        with transaction.atomic(), scope.district(self.district):
            ImportRun.objects.filter(pk__in=[run.pk for run in runs]).update(finished_at=now)


class _Table:
    """The import of one table: decides batches, hands them to the writer."""

    def __init__(
        self, importer: Importer, run: ImportRun, table: Table, found: dict[str, str], rejects: Rejects
    ) -> None:
        self.importer, self.run, self.table, self.rejects = importer, run, table, rejects
        now = datetime.now(UTC)
        self.converter = Converter(importer.mapping, found, importer.programme, importer.kind, now)
        self.pipeline = Pipeline()
        self.done, self.skipped = run.rows, 0
        self.seen = 0
        self.flying: list[dict[str, tuple[int, bytes]]] = []

    def take(self, batch: Batch) -> None:
        """Decide one batch and hand it to the writer; a batch before the checkpoint is passed over."""
        self.seen += batch.read
        if self.seen <= self.done:
            self.skipped += batch.read
            return
        records, faults = self.converter.records(batch)
        counts = Counts(read=batch.read, rejected=len(faults), warnings=sum(len(r.warnings) for r in records))
        fresh, updates = self._sort(records, faults, counts)
        self._register_units(fresh)
        job = self._decide(fresh, updates, counts, faults)
        job.encode()
        flight = {r.id: (r.line, r.fingerprint) for r in [*fresh, *(r for r, _ in updates)]}
        self.flying.append(flight)
        self.pipeline.put(lambda: self._write(job, flight))

    def _write(self, job: Job, flight: dict[str, tuple[int, bytes]]) -> None:
        def durable(faults: Sequence[Fault]) -> int:
            self.rejects.write(self.table.name, faults)
            return self.rejects.flush()

        job.write(durable)
        self.flying.remove(flight)
        self.importer.summary.counts.updated += job.counts.updated
        self.importer.summary.counts.warnings += job.counts.warnings
        self.importer.watch(Progress(self.table.name, self.seen, self.table.share()))

    # -- what each row is ----------------------------------------------------------------------------

    def _sort(
        self, records: list[Record], faults: list[Fault], counts: Counts
    ) -> tuple[list[Record], list[tuple[Record, Known]]]:
        """New records and changed ones; unchanged and repeated ones are counted here."""
        known = self._known([r.id for r in records])
        flying = {key: value for flight in list(self.flying) for key, value in flight.items()}
        fresh: dict[str, Record] = {}
        updates: dict[str, tuple[Record, Known]] = {}
        for record in records:
            earlier = flying.get(record.id) or self._line(fresh.get(record.id) or updates.get(record.id, (None,))[0])
            old = known.get(record.id)
            if earlier is not None or (old is not None and self._of_this_run(old)):
                fingerprint = earlier[1] if earlier else old.fingerprint if old else b""
                if fingerprint == record.fingerprint:
                    counts.unchanged += 1
                elif self.importer.mapping.repeated == "update" and old is not None and earlier is None:
                    updates[record.id] = (record, old)
                else:
                    faults.append(self._repeated(record, earlier[0] if earlier else 0))
                    counts.rejected += 1
            elif old is None:
                fresh[record.id] = record
            elif old.fingerprint == record.fingerprint:
                counts.unchanged += 1
            else:
                updates[record.id] = (record, old)
        return list(fresh.values()), list(updates.values())

    def _line(self, record: Record | None) -> tuple[int, bytes] | None:
        return (record.line, record.fingerprint) if record else None

    def _repeated(self, record: Record, first: int) -> Fault:
        field = self.converter.found.get("id", "")
        return Fault("repeated", record.line, field, record.id, {"first": first or "?"})

    def _known(self, ids: list[str]) -> dict[str, Known]:
        with connection.cursor() as wrapper:
            cursor = wrapper.cursor
            cursor.execute(
                "SELECT external_number, id, case_id, fingerprint FROM loop_report "
                "WHERE district_id = %s AND external_source = %s AND external_number = ANY(%s)",
                [self.importer.district, self.importer.mapping.source, ids],
                prepare=True,
            )
            return {row[0]: Known(row[1], row[2], bytes(row[3] or b"")) for row in cursor.fetchall()}

    def _of_this_run(self, known: Known) -> bool:
        """Whether the report was made since this file's import began: UUIDv7 carries its time of making."""
        made = datetime.fromtimestamp((known.report.int >> 80) / 1000, UTC)
        return made >= self.run.started_at - timedelta(milliseconds=1)

    # -- deciding ------------------------------------------------------------------------------------

    def _register_units(self, records: list[Record]) -> None:
        mapping = self.importer.mapping
        if mapping.register_units and (codes := units.unknown(records, self.importer.facts)):
            self.importer.facts = units.register(codes, mapping, self.importer.facts)
            scope.ensure(self.importer.district)

    def _decide(
        self, records: list[Record], updates: list[tuple[Record, Known]], counts: Counts, faults: list[Fault]
    ) -> Job:
        importer = self.importer
        now = datetime.now(UTC)
        facts = importer.facts.at(now)
        job = Job(self.run.pk, prepare([], facts, {})[1], [], [], [], updates, counts, faults, facts)
        sealed = [(record, self._sealed(record, job)) for record in records]
        kept = [(record, identity) for record, identity in sealed if not isinstance(identity, Fault)]
        serials = numbers.take(len(kept)) if kept else []
        zone = facts.registers.calendar.zone
        groups: list[list[Order]] = []
        for (record, _), serial in zip(kept, serials, strict=True):
            number = numbers.number(serial, record.report.at, zone)
            groups.append(replay.orders(record, new_id(), number, now))
        outcomes, job.prepared = prepare(groups, facts, importer.programmes)
        for (record, identity), outcome in zip(kept, outcomes, strict=True):
            self._outcome(record, identity, outcome, job)
        return job

    def _sealed(self, record: Record, job: Job) -> Sealed | Fault | None:
        try:
            return seal(record.report, job.facts)
        except RegisterError as error:
            field = self.converter.found.get("phone", "")
            fault = Fault("phone", record.line, field, params={"detail": error.what})
            job.faults.append(fault)
            job.counts.rejected += 1
            return fault

    def _outcome(self, record: Record, identity: Sealed | None, outcome: Case | Refusal, job: Job) -> None:
        if isinstance(outcome, Refusal):
            job.faults.append(refused(record.line, outcome))
            job.counts.rejected += 1
            return
        job.counts.created += 1
        report = replace(record.report, source=self.importer.mapping.source, external_number=record.id)
        job.reports.append(report_row(report, new_id(), outcome.id, identity, job.facts, record.fingerprint))
        if identity is not None:
            job.identities.append(tuple(identity))
        history = record.history
        if history is not None and history.duplicate_of is not None and history.closed_at is not None:
            job.pending.append(
                (
                    outcome.id,
                    self.importer.district,
                    history.source,
                    history.duplicate_of,
                    history.closed_at,
                    history.result,
                )
            )
