"""Known places: their names, other names, kind, area and point; found in texts by Aho–Corasick.

Comes from CSV or GeoJSON and grows from confirmed corrections, which are kept as JSON lines and only ever appended.
Bad rows are told with line and field and leave the rest standing; two entries that claim one name are reported.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from bihuan.insight.places.coordinates import SYSTEMS, to_wgs84
from bihuan.insight.places.normalise import fold_text
from bihuan.readers import CsvWriter, FileError, RowFault, open_tables, replace_file
from bihuan.readers.writing import restore_cell

COLUMNS = ("id", "name", "aliases", "kind", "area", "lon", "lat", "crs")
SEPARATORS = re.compile(r"[;；|、]")
SHORTEST = 2  # characters of a name; one character would be found everywhere


@dataclass(frozen=True)
class KnownPlace:
    """One known place.

    Args:
        id: Unique in the gazetteer.
        name: Its usual name.
        aliases: Other names.
        kind: estate, road, village, school, facility, company or another word of the district's own.
        area: Code of the area it lies in; ''.
        lon: Degrees, WGS-84; None where unknown.
        lat: Degrees, WGS-84; None where unknown.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: str = "other"
    area: str = ""
    lon: float | None = None
    lat: float | None = None


class NameHit(NamedTuple):
    """A name found: offsets in the text searched, and the entry's id."""

    start: int
    end: int
    entry: str


class GazetteerFault(NamedTuple):
    """What is wrong with one row, and what to do."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, {self.field}: {self.message}"


@dataclass
class Gazetteer:
    """A set of known places.

    Args:
        entries: The places; of two with one id the later counts.
    """

    entries: dict[str, KnownPlace] = field(default_factory=dict)
    faults: list[GazetteerFault] = field(default_factory=list)

    def __init__(self, entries: Iterable[KnownPlace] = ()) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self.faults = []
        self._automaton: Any = None
        self._owners: list[str] = []

    def __len__(self) -> int:
        return len(self.entries)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def names(self) -> Iterator[tuple[str, str]]:
        """Every folded name with the id of its entry, usual names first."""
        for entry in self.entries.values():
            yield fold_text(entry.name)[0], entry.id
        for entry in self.entries.values():
            for alias in entry.aliases:
                yield fold_text(alias)[0], entry.id

    def conflicts(self) -> dict[str, list[str]]:
        """Names that more than one entry claims → their ids. A text that says such a name gets the first.

        Source: docs/topics/places.md, "Known places" (a name that two places claim is told).
        """
        claims: dict[str, list[str]] = {}
        for name, entry in self.names():
            if entry not in claims.setdefault(name, []):
                claims[name].append(entry)
        return {name: ids for name, ids in claims.items() if len(ids) > 1}

    def matches(self, folded: str) -> list[NameHit]:
        """Names in a folded text, leftmost and longest, in order and without overlap.

        Source: Aho & Corasick (1975), Communications of the ACM 18:333.
        """
        if self._automaton is None:
            self._build()
        if not self._owners:
            return []
        return [NameHit(a, b, self._owners[n]) for n, a, b in self._automaton.find_matches_as_indexes(folded)]

    def _build(self) -> None:
        from ahocorasick_rs import AhoCorasick, MatchKind

        owners: dict[str, str] = {}
        for name, entry in self.names():
            if len(name) >= SHORTEST:
                owners.setdefault(name, entry)
        self._owners = list(owners.values())
        self._automaton = AhoCorasick(list(owners), matchkind=MatchKind.LeftmostLongest) if owners else ()

    def add(self, entry: KnownPlace) -> None:
        """Add or replace an entry."""
        self.entries[entry.id] = entry
        self._automaton = None

    def learn(self, name: str, entry: str, journal: Path | None = None, **proof: str) -> bool:
        """A person confirmed that `name` means the place `entry`: keep it as another name.

        Args:
            name: As it was written.
            entry: Id of the place.
            journal: JSON-lines file to append the correction to.
            proof: Who, when, which case: kept with it.

        Returns:
            False when the name was known already, or belongs to another place (then see `conflicts`).

        Raises:
            KeyError: there is no such entry.

        Source: docs/topics/places.md, "Known places" (a confirmed correction becomes an alias).
        """
        if entry not in self.entries:
            raise KeyError(f"no place {entry!r} in the gazetteer; add it before teaching it a name")
        folded = fold_text(name.strip())[0]
        if len(folded) < SHORTEST or any(folded == known for known, _ in self.names()):
            return False
        self.add(replace(self.entries[entry], aliases=(*self.entries[entry].aliases, name.strip())))
        if journal is not None:
            with journal.open("a", encoding="utf-8") as handle:
                handle.write(json.dumps({"name": name.strip(), "entry": entry, **proof}, ensure_ascii=False) + "\n")
        return True

    def replay(self, journal: Path | bytes) -> int:
        """Learn again what a journal of corrections holds; returns how many were new. Bad lines become faults.

        Args:
            journal: The file, or its content.

        Source: docs/topics/places.md, "Known places"; one JSON value (RFC 8259) a line.
        """
        count = 0
        name = journal.name if isinstance(journal, Path) else "journal"
        content = journal.read_bytes() if isinstance(journal, Path) else journal
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), start=1):
            try:
                told = json.loads(line)
                count += self.learn(str(told["name"]), str(told["entry"]))
            except (ValueError, KeyError, TypeError) as error:
                self.faults.append(GazetteerFault(name, number, "line", f"left out: {error}"))
        return count

    @classmethod
    def read(cls, file: Path) -> Gazetteer:
        """From a CSV (.csv) or GeoJSON (.geojson, .json) file.

        CSV has a header with `name` and any of id, aliases (separated by ; or |), kind, area, lon, lat, crs. GeoJSON
        features carry the same as properties; a polygon is known by a point inside it.

        Raises:
            ValueError: the file is not of the form its name says, or has no names; with the remedy.

        Source: RFC 7946 (GeoJSON), RFC 4180 (CSV); docs/topics/places.md, "Known places".
        """
        geo = file.suffix.lower() in {".geojson", ".json"}
        made = cls()
        for line, row in _features(file) if geo else _rows(file, made.faults):
            entry = made._entry(file.name, line, row)
            if entry is None:
                continue
            if entry.id in made.entries:
                made.faults.append(GazetteerFault(file.name, line, "id", f"{entry.id!r} is there already; left out"))
                continue
            made.add(entry)
        return made

    def write(self, file: Path) -> None:
        """As CSV, to be read by `read`. Source: RFC 4180, with bare line feeds."""
        with replace_file(file) as stream:
            writer = CsvWriter(stream, COLUMNS)
            for entry in self.entries.values():
                row = asdict(entry) | {"aliases": ";".join(entry.aliases), "crs": "WGS-84"}
                writer.write(row[column] for column in COLUMNS)

    def _entry(self, file: str, line: int, row: dict[str, Any]) -> KnownPlace | None:
        name = str(row.get("name") or "").strip()
        if len(name) < SHORTEST:
            self.faults.append(GazetteerFault(file, line, "name", f"{name!r} is too short for a name; left out"))
            return None
        crs = str(row.get("crs") or "WGS-84").strip()
        point: tuple[float | None, float | None] = (None, None)
        try:
            if str(row.get("lon") or "").strip():
                point = to_wgs84(float(row["lon"]), float(row["lat"]), crs)
        except (ValueError, TypeError, KeyError) as error:
            known = ", ".join(SYSTEMS)
            told = f"{error}; kept without a point. Give degrees and one of {known}"
            self.faults.append(GazetteerFault(file, line, "lon, lat, crs", told))
        aliases = tuple(a.strip() for a in SEPARATORS.split(str(row.get("aliases") or "")) if a.strip())
        own = str(row.get("id") or "").strip() or f"{file}:{line}"
        kind, area = str(row.get("kind") or "other").strip(), str(row.get("area") or "").strip()
        return KnownPlace(own, name, aliases, kind, area, point[0], point[1])


def _rows(file: Path, faults: list[GazetteerFault]) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        (table,) = open_tables(file, ("name",), pad=True)
    except FileError as error:
        raise ValueError(str(error)) from error
    if "name" not in table.columns:
        raise ValueError(f"{file}: line 1 has no column `name`; the columns known are {', '.join(COLUMNS)}")
    for batch in table.batches():
        faults += (_fault_of(file, fault) for fault in batch.faults)
        for index, line in enumerate(batch.lines):
            yield line, {name: restore_cell(cells[index] or "") for name, cells in batch.columns.items()}
    faults += (_fault_of(file, fault) for fault in table.damage)


def _fault_of(file: Path, fault: RowFault) -> GazetteerFault:
    what, _, remedy = fault.words()
    return GazetteerFault(file.name, fault.line, fault.field or "line", f"{what}; left out; {remedy}")


def _features(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    from shapely.errors import GEOSException
    from shapely.geometry import shape

    try:
        loaded = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{file} is not JSON: {error}; export it as GeoJSON (RFC 7946)") from error
    if not isinstance(loaded, dict) or not isinstance(loaded.get("features"), list):
        raise ValueError(f"{file} has no list `features`; export it as a GeoJSON FeatureCollection")
    for number, feature in enumerate(loaded["features"], start=1):
        row = dict(feature.get("properties") or {})
        row.setdefault("id", feature.get("id"))
        try:
            if feature.get("geometry"):
                point = shape(feature["geometry"]).representative_point()
                row["lon"], row["lat"] = point.x, point.y
        except (GEOSException, ValueError, TypeError, KeyError, AttributeError):
            row["lon"], row["lat"] = "geometry", "unreadable"
        yield number, row
