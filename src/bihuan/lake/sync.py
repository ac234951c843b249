"""One sync: the leaves since the last one become new files, months whose cases changed are written anew."""

from __future__ import annotations

import fcntl
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from bihuan.extend import LAKE_TABLES, LakeCut, LakeTable
from bihuan.lake import extract, manifest
from bihuan.lake.manifest import LakeError, LakeManifest, LakePart
from bihuan.lake.tables import write_part
from bihuan.loop import scope
from bihuan.loop.indicator_files import definitions
from bihuan.loop.programmes import all_programmes
from bihuan.numbers.counting import cut_at
from bihuan.numbers.periods import Month
from bihuan.registers.live import current_registers
from bihuan.registers.pure.snapshot import Registers

STEP = 500_000  # leaves per file of events: memory stays bounded, and a killed sync loses at most this
MOST_ROWS = 4_000_000  # of one file: a leaf of observations stands for many rows
ASKED = ("response_rate", "resolution_rate", "satisfaction_rate")


class Synced(NamedTuple):
    """What one sync did: leaves before and after, rows and files written, files of a killed sync removed."""

    since: int
    until: int
    events: int
    cases: int
    files: int
    swept: int


def sync_lake(
    folder: Path, progress: Callable[[float], None] = lambda share: None, registers: Registers | None = None
) -> Synced:
    """Bring the lake up to the present end of the log.

    Args:
        folder: The lake; made when absent.
        progress: Told the share done, 0 to 1.
        registers: The district's registers; default: those in force.

    Raises:
        LakeError: another sync runs, the lake belongs to another district, or its manifest is damaged.

    Source: docs/topics/lake.md ("Incremental and whole"); docs/adr/0107 (the cut is a number of leaves).
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        registers = registers or current_registers()
        district, zone = registers.district.code, str(registers.calendar.zone)
        before = manifest.read_manifest(folder)
        swept = manifest.sweep_unnamed(folder, before)
        state = before or LakeManifest("platform", district, zone)
        if (state.source, state.district, state.zone) != ("platform", district, zone):
            raise LakeError(f"{folder} is the lake of {state.source} {state.district}; name another folder with --lake")
        first = state.size
        end = _end(district)
        if end < first:
            raise LakeError(f"the log holds {end} leaves, the lake {first}: another database; remove {folder}")
        written = [0, 0, 0]
        for since, until in _steps(first, end):
            state = _step(folder, state, since, until, written)
            progress((until - first) / max(end - first, 1))
    return Synced(first, end, written[0], written[1], written[2], swept)


def _step(folder: Path, state: LakeManifest, since: int, until: int, written: list[int]) -> LakeManifest:
    """Leaves since ≤ index < until into the lake, as one new manifest."""
    tmp = folder / "tmp"
    tmp.mkdir(exist_ok=True)
    new: list[LakePart] = []
    gone: set[tuple[str, str]] = set()
    with _snapshot(), scope.district(state.district):
        head = cut_at(until)
        for table in LAKE_TABLES.all():
            cut = LakeCut(state.district, state.zone, since, until)
            cut = replace(cut, months=extract.changed_months(table, cut))
            if table.changed is None or cut.months:
                name = f"{since:012d}-{until:012d}" if table.changed is None else f"at-{until:012d}"
                new += _write(folder, table, name, extract.copy_rows(tmp, table, cut))
            gone |= {(table.name, month) for month in cut.months}
    kept = tuple(part for part in state.parts if (part.table, part.month) not in gone)
    parts = (*kept, *new)
    told = {month: _definitions(month) for month in sorted({part.month for part in new} | state.definitions.keys())}
    after = replace(state, parts=parts, definitions=told, size=until, root=head.root, at=head.at)
    manifest.write_manifest(folder, after)
    manifest.sweep_unnamed(folder, after)
    written[0] += sum(p.rows for p in new if p.table == "events")
    written[1] += sum(p.rows for p in new if p.table == "cases")
    written[2] += len(new)
    return after


def _write(folder: Path, table: LakeTable, name: str, blocks: Iterable[pa.Table]) -> list[LakePart]:
    """One file per month of a stream of blocks; more when a month has more rows than fit."""
    parts: dict[str, list[pa.Table]] = defaultdict(list)
    written: list[LakePart] = []

    def flush(month: str) -> None:
        place = sum(part.month == month for part in written)
        label = f"{name}-{place}" if place else name
        written.append(write_part(folder, table.name, month, label, pa.concat_tables(parts.pop(month))))

    for block in blocks:
        for month in pc.unique(block[extract.MONTH]).to_pylist():
            parts[month].append(block.filter(pc.equal(block[extract.MONTH], month)).drop_columns([extract.MONTH]))
            if sum(len(each) for each in parts[month]) >= MOST_ROWS:
                flush(month)
    for month in sorted(parts):
        flush(month)
    return written


def _definitions(month: str) -> dict[str, Any]:
    """Return what the three rates of a month need of the declarations."""
    known = definitions(Month.parse(month).first)
    programmes = all_programmes().values()
    return {
        i: {
            "programmes": sorted(p.id for p in programmes if i in p.indicator_ids),
            "appealable": known[i].exclusions == "appeal",
            "clock": known[i].parameters.get("clock"),
            "edition": known[i].edition,
        }
        for i in ASKED
        if i in known
    }


def _steps(first: int, end: int) -> Iterator[tuple[int, int]]:
    for since in range(first, end, STEP):
        yield since, min(since + STEP, end)


def _end(district: str) -> int:
    scope.ensure(district)
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(index) + 1, 0) FROM ledger_entry")
        return int(cursor.fetchone()[0])


@contextmanager
def _snapshot() -> Iterator[None]:
    """One consistent view of all tables: events, clocks and cases of a step belong together."""
    if connection.in_atomic_block:  # the caller's transaction decides what is seen
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One sync of a lake at a time; the lock ends with the process."""
    with (folder / ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LakeError(f"another sync writes {folder}; wait for it to end") from error
        yield
