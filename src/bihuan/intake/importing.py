"""Import: files become reports, in batches, resumable and idempotent.

A report is known for ever by (source, external id); its content by a fingerprint. A row is created, unchanged, merged
(it added to a case that was there: a duplicate joined its parent, or a known row had changed) or rejected. Each batch
is one transaction that also moves the checkpoint of its file.
"""

import hashlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from django.db import transaction

from bihuan.intake import duplicates
from bihuan.intake.deciding import Decider
from bihuan.intake.jobs import Counts
from bihuan.intake.locking import one_at_a_time
from bihuan.intake.mapping import Mapping
from bihuan.intake.models import ImportRun
from bihuan.intake.workers import Workers, without_cycles
from bihuan.loop import scope
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import current_facts
from bihuan.readers import Batch, FileTable, Limits, open_tables
from bihuan.readers.faults import FileError, RowFault
from bihuan.readers.rejects import Rejects
from bihuan.server.log_lines import log


@dataclass
class Summary:
    """What an import did; `seconds` of wall clock."""

    counts: Counts = field(default_factory=Counts)
    damage: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    rejects: Path | None = None
    resumed: int = 0
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """Return the JSON object of `bihuan import --json`. Source: docs/topics/import.md, "Import a file"."""
        return {
            **vars(self.counts),
            "resumed": self.resumed,
            "damage": self.damage,
            "remarks": self.remarks,
            "failed": self.failed,
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
        workers: Processes that decide; 0 decides in this one.
        watch: Called after each batch that was written.
        waiting: Called when another import of the same source is running and this one waits for its end.
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
        workers: int = 0,
        watch: Callable[[Progress], None] = lambda progress: None,
        waiting: Callable[[], None] = lambda: None,
    ) -> None:
        self.mapping = mapping
        self.programme, self.kind = programme or mapping.programme or "", kind or mapping.kind or ""
        self.limits, self.watch, self.workers = limits or Limits(), watch, workers
        self.waiting = waiting
        self.rejects, self.language = rejects, language
        self.facts = current_facts()
        self.programmes = all_programmes()
        self.district = self.facts.registers.district.code
        self.summary = Summary()

    def run(self, paths: Sequence[Path]) -> Summary:
        """Import the files in their order.

        A file that cannot be read at all, or whose header does not fit, is named in `failed`; the others are imported.

        Raises:
            FileError: none of the files can be read; or one turned out too big while it was read.

        Source: docs/topics/import.md, "Import a file".
        """
        started = time.monotonic()
        tables = self._open_all(paths)
        with one_at_a_time(self.district, self.mapping.source, self.waiting):
            self._import(tables)
        self.summary.seconds = time.monotonic() - started
        return self.summary

    def _log_end(self, runs: list[int], started: float) -> None:
        counted, seconds = vars(self.summary.counts), round(time.monotonic() - started, 3)
        log("import_finished", runs=runs, seconds=seconds, **counted)

    def _import(self, tables: list[tuple[Path, FileTable, dict[str, str]]]) -> None:
        started = time.monotonic()
        runs = [(self._checkpoint(path, table), table, found) for path, table, found in tables]
        resumed = [run for run, _, _ in runs if run.rows]
        keep = max((run.rejects_size for run in resumed), default=0)
        with Rejects(self.rejects, self.language, keep) as rejects:
            for run, table, found in runs:
                self._table(run, table, found, rejects)
            self._settle([run for run, _, _ in runs])
            if rejects.count or keep:
                self.summary.rejects = self.rejects
        scope.ensure(self.district)
        for run, _, _ in runs:
            run.refresh_from_db()
            for name in ("created", "merged", "unchanged", "rejected"):
                setattr(self.summary.counts, name, getattr(self.summary.counts, name) + getattr(run, name))
            self.summary.counts.read += run.rows
        self._log_end([run.pk for run, _, _ in runs], started)

    # -- files -------------------------------------------------------------------------------------

    def _open_all(self, paths: Sequence[Path]) -> list[tuple[Path, FileTable, dict[str, str]]]:
        tables, errors = [], []
        for path in paths:
            try:
                opened, failed = self._open(path)
                tables += [(path, table, found) for table, found in opened]
                errors += failed
            except FileError as error:
                errors.append(error)
        for each in errors:
            log("import_file_refused", code=each.fault.code, line=each.fault.line)
        if errors and not tables:
            raise errors[0]
        self.summary.failed = [error.fault.sentence(error.file, self.language) for error in errors]
        return tables

    def _open(self, path: Path) -> tuple[list[tuple[FileTable, dict[str, str]]], list[FileError]]:
        """The tables of a file with their columns; those that cannot be used beside others that can are errors."""
        m = self.mapping
        errors: list[FileError] = []
        tables = open_tables(
            path, m.wanted, limits=self.limits, encoding=m.encoding, separator=m.separator, sheet=m.sheet,
            formulas=m.formulas, failed=errors,
        )  # fmt: skip
        matched = []
        for table in tables:
            self._remark(table)
            try:
                found = m.match(table.name, table.columns)
            except FileError as error:
                errors.append(error)
                continue
            matched.append((table, found))
            if absent := m.absent(table.columns, found):
                table.remarks[:] = [RowFault("columns_absent", 0, params={"columns": absent, "mapping": m.id})]
                self._remark(table)
        if not matched:
            raise errors[0]
        return matched, errors

    def _remark(self, table: FileTable) -> None:
        self.summary.remarks += [fault.sentence(table.name, self.language) for fault in table.remarks]

    def _checkpoint(self, path: Path, table: FileTable) -> ImportRun:
        """Return the run of this table of this file: a new one, or one that was interrupted and goes on."""
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

    def _table(self, run: ImportRun, table: FileTable, found: dict[str, str], rejects: Rejects) -> None:
        decider = Decider(self.mapping, found, (self.programme, self.kind), self.facts, self.programmes, run.started_at)
        done, seen, at = run.rows, 0, 0
        programme, kind, digest = self.programme, self.kind, run.sha256
        log("import_started", run=run.pk, programme=programme, kind=kind, rows=done, digest=digest)

        def before_checkpoint(batch: Batch) -> bool:
            nonlocal seen
            seen += batch.read
            return seen <= done

        def durable(faults: Sequence[RowFault]) -> int:
            rejects.write(table.name, faults)
            return rejects.flush()

        with without_cycles(), Workers(decider, self.workers) as workers:
            recent: deque[set[str]] = deque(maxlen=workers.window)
            for batch, job in workers.decided(table.batches(), before_checkpoint):
                if any(not job.ids.isdisjoint(ids) for ids in recent):
                    # An id stands in two batches that were decided at once: decide again, now that the first is known.
                    job = decider.decide(batch)
                job.write(run.pk, self.facts.at(datetime.now(UTC)), durable)
                log("import_batch", run=run.pk, **vars(job.counts))
                recent.append(job.ids)
                at += batch.read
                self.summary.counts.updated += job.counts.updated
                self.summary.counts.warnings += job.counts.warnings
                self.watch(Progress(table.name, at, table.share()))
        if not seen:
            self.summary.remarks.append(RowFault("no_rows", 0).sentence(table.name, self.language))
        self.summary.resumed += min(done, seen)
        self.summary.damage += [fault.sentence(table.name, self.language) for fault in table.damage]

    def _settle(self, runs: Sequence[ImportRun]) -> None:
        """Merge the duplicates into their parents, now that all files have been read."""
        if not runs:
            return
        _, orphans = duplicates.merge_pending(self.mapping.source, self.facts.at(datetime.now(UTC)), runs[-1].pk)
        self.summary.counts.orphans = orphans
        now = datetime.now(UTC)
        with transaction.atomic(), scope.district(self.district):
            ImportRun.objects.filter(pk__in=[run.pk for run in runs]).update(finished_at=now)
