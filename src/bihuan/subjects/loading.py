"""Files of subjects: read in batches, checked field by field, compared and applied in one transaction.

Rows that cannot be taken go to the rejects with line, field, rule and remedy; the rest is applied. Loading the same
file again changes nothing. Source: docs/topics/subjects.md, "Loading"; DESIGN §14 (set-based loading by COPY).
"""

from __future__ import annotations

import dataclasses
import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any

from django.utils import timezone

from bihuan.faults import Fault
from bihuan.insight.places.coordinates import SYSTEMS
from bihuan.readers import FileTable, Rejects, open_tables
from bihuan.registers.live import current_registers
from bihuan.registers.pure.snapshot import Registers
from bihuan.server import statistics
from bihuan.subjects.catalogue import subject_types
from bihuan.subjects.made import rows_made
from bihuan.subjects.pure import cells, geofiles, shapes
from bihuan.subjects.pure.cells import CellReader, Columns, Rejected, Row
from bihuan.subjects.pure.types import SubjectType
from bihuan.subjects.writing import Authorship, Whole, Written, write_rows

WGS84 = SYSTEMS[0]
MANY = 10_000
"""So many new versions make the planner's statistics stale."""


class LoadRefused(Fault):
    """A file that cannot be loaded at all."""


@dataclass
class Loaded:
    """What a load did: see `writing.Written`; the first rejects; columns that belong to no field; seconds it took."""

    written: Written
    rows: int = 0
    rejected: int = 0
    rejects: list[Rejected] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """The figures as JSON. Source: docs/topics/subjects.md, "Loading"."""
        counts = {verdict: self.written.counts[verdict] for verdict in ("created", "changed", "ended", "unchanged")}
        return {
            "rows": self.rows, **counts, "rejected": self.rejected,
            "rejects": [each.as_dict() for each in self.rejects], "ignored": self.ignored,
            "versions": self.written.versions, "held": self.written.held,
            "change": str(self.written.change) if self.written.change else None,
            "differences": [
                {"key": d.key, "verdict": d.verdict, "since": d.since.isoformat(), "was": d.was, "now": d.now}
                for d in self.written.differences
            ],
            "seconds": round(self.seconds, 2),
        }  # fmt: skip


def load_file(
    kind: SubjectType,
    path: Path,
    actor: str,
    *,
    source: str = "",
    day: date | None = None,
    complete: bool = False,
    apply: bool = True,
    coordinates: str = WGS84,
    rejects: Path | None = None,
    language: str = "en",
    act: Authorship | None = None,
) -> Loaded:
    """Load a file of subjects or of links.

    Args:
        kind: A type, or a link as one. actor: `user:…` or `system:…`.
        source: The register it comes from; default: the file's name.
        day: From which day a row without `valid_from` holds; default: today in the district.
        complete: Who is known on that day and not in the file has ended.
        apply: False: only look what would happen.
        coordinates: The system in which the file's places are written (`WGS-84`, `GCJ-02`, `BD-09`).
        rejects: Where wrong rows go: `.csv`, or JSON lines. language: Of the rejects, zh or en.
        act: Who writes and why, where a person asked for it; `actor` and `source` are not read then.

    Raises:
        LoadRefused: the file lacks the key, or some sealed field while it has others; no such system of coordinates.
        FileError, GeoFileError: nothing can be read.

    Source: docs/topics/subjects.md, "Loading".
    """
    registers, began = current_registers(), time.monotonic()
    act = act or Authorship(registers.district.code, actor, source or path.name)
    act = dataclasses.replace(act, file_sha256=_digest(path))
    on = day or timezone.now().astimezone(registers.calendar.zone).date()
    loaded = Loaded(Written())
    made = rows_made(kind, path, source or act.source or path.name, subject_types(), registers.district.code, on)
    with Rejects(rejects or path.with_name(f"{path.name}.rejects.jsonl"), language) as out, made as file:
        loading = _Loading(kind, file.path, registers, loaded, out, _system(coordinates))
        loading.unmade(file.rejects)
        whole = Whole(on, loading.spared, loading.unreadable) if complete else None
        loaded.written = write_rows(kind, loading.rows(), act, on, whole=whole, apply=apply)
        loading.repeated()
    if loaded.written.versions >= MANY and apply:
        statistics.refresh()
    loaded.seconds = time.monotonic() - began
    return loaded


class _Loading:
    """One file on its way."""

    def __init__(
        self, kind: SubjectType, path: Path, registers: Registers, loaded: Loaded, rejects: Rejects, system: str
    ) -> None:
        self.kind, self.path, self.registers, self.loaded, self.rejects = kind, path, registers, loaded, rejects
        self.system = system
        self.spared: list[str] = []
        self.unreadable: list[int] = []

    def rows(self) -> Iterator[Row]:
        """Every row that can be taken, table by table."""
        for table in self._tables():
            columns = self._columns(table)
            reader = CellReader(self.kind, columns, Here(self.registers))
            for batch in table.batches():
                self.loaded.rows += batch.read
                self.rejects.write(table.name, batch.faults)
                self.loaded.rejected += len(batch.faults)
                self.unreadable += [fault.line for fault in batch.faults]
                taken, rejected = reader.read(batch.lines, batch.columns)
                self._reject(table.name, rejected)
                self._spare(columns, batch.lines, batch.columns, rejected)
                yield from taken if self.system == WGS84 else map(self._moved, taken)
            self.rejects.write(table.name, table.damage)
            self.unreadable += [fault.line for fault in table.damage]
            self.loaded.rejected += len(table.damage)

    def _moved(self, row: Row) -> Row:
        """A row with its places in WGS-84."""
        placed = {name for name, rule in self.kind.fields.items() if rule.type in ("place", "geometry")}
        moved = {
            name: shapes.to_wgs84(value, self.system) if name in placed and value is not None else value
            for name, value in row.values.items()
        }
        return row._replace(values=moved)

    def repeated(self) -> None:
        """Reject lines that say the same key and day a second time."""
        found = [
            Rejected(line, self.kind.key or "from", key, cells.twice(first), cells.ONCE, cells.TWICE_REMEDY)
            for line, key, first in self.loaded.written.repeated
        ]
        self._reject(self.path.name, found)

    def unmade(self, rejected: Sequence[Rejected]) -> None:
        """Reject what a method could not make rows of."""
        self._reject(self.path.name, rejected)

    def _tables(self) -> list[FileTable]:
        if geofiles.is_geofile(self.path):
            return [geofiles.open_geofile(self.path, self.kind.geometry or "")]
        return open_tables(self.path)

    def _columns(self, table: FileTable) -> Columns:
        columns = cells.match_columns(self.kind, table.columns)
        if columns.missing:
            raise LoadRefused(
                f"{table.name}：缺少列 {'、'.join(columns.missing)} · {table.name} lacks {', '.join(columns.missing)}",
                f"表头须含这些列 · name them in the header; found: {', '.join(table.columns)}",
            )
        self.loaded.ignored += columns.ignored
        return columns

    def _reject(self, name: str, rejected: Sequence[Rejected]) -> None:
        self.loaded.rejected += len({each.line for each in rejected})
        self.loaded.rejects += rejected[: 100 - len(self.loaded.rejects)]
        self.rejects.write(name, [each.as_problem(name, self.rejects.language) for each in rejected])

    def _spare(self, columns: Columns, lines: Sequence[int], found: Any, rejected: Sequence[Rejected]) -> None:
        """Remember which subjects stand in rejected rows: a complete list does not end them."""
        if not rejected:
            return
        bad = {each.line for each in rejected}
        asked = self.kind.asked.get(self.kind.key) if self.kind.key else None
        for place, line in enumerate(lines):
            if line not in bad:
                continue
            key = cells.readable_key(self.kind, asked, columns, found, place, Here(self.registers))
            if key:
                self.spared.append(key)
            else:
                self.unreadable.append(line)


class Here:
    """What field types may ask of the registers: `declare.fieldtype.Names` of a load."""

    signer = "system:load"

    def __init__(self, registers: Registers) -> None:
        self.registers = registers
        self.now: datetime = timezone.now()
        self._day = self.now.astimezone(registers.calendar.zone).date()

    @property
    def zone(self) -> tzinfo:
        """The district's."""
        return self.registers.calendar.zone

    def unit(self, text: str) -> str | None:
        """The code of a unit, by code or either name."""
        for unit in self.registers.organisations.at(self._day).units():
            if text in (unit.code, unit.name_zh, unit.name_en):
                return unit.code
        return None

    def area(self, text: str) -> str | None:
        """The code of an area, by code or either name."""
        for area in self.registers.areas:
            if text in (area.code, area.name_zh, area.name_en):
                return area.code
        return None

    def case(self, text: str) -> str | None:
        """No case is looked for."""
        return None


def _system(name: str) -> str:
    """A system of coordinates by its name; case and hyphens do not matter."""
    plain = {"".join(ch for ch in each if ch.isalnum()): each for each in SYSTEMS}
    found = plain.get("".join(ch for ch in name.upper() if ch.isalnum()))
    if found is None:
        raise LoadRefused(f"没有坐标系 {name!r} · there is no system {name!r}", f"one of: {', '.join(SYSTEMS)}")
    return found


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise LoadRefused(f"{path}：{error.strerror} · cannot be read", "name a file that exists") from error
