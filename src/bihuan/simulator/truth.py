"""The truth beside the data: what was really wrong, who really solved it, which reports were of one event.

Filled while the district is played, never read by the kernel, exported as JSON or Parquet for evaluation.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bihuan.simulator.arrivals import ReportStream
from bihuan.simulator.causes import Cause
from bihuan.simulator.geography import E6, Map
from bihuan.simulator.parameters import ComplaintKind
from bihuan.simulator.units import Temperament
from bihuan.simulator.visits import Visits


@dataclass(frozen=True)
class Claim:
    """One claim of completion and whether it was true."""

    key: str
    round: int
    at: int
    unit: str
    solved: bool
    false: bool  # claimed knowing that nothing had been solved


@dataclass
class ReportFate:
    """What became of one report."""

    key: str
    case: str = ""
    number: str = ""
    place_name: str = ""
    solved_at: int | None = None
    answer: str | None = None


@dataclass
class Truth:
    """Everything that is known about the played district. `happened` has one entry per report that really came."""

    seed: int
    start: datetime
    end: datetime
    map: Map
    kinds: tuple[ComplaintKind, ...]
    causes: list[Cause]
    stream: ReportStream
    happened: dict[int, ReportFate] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    units: dict[str, Temperament] = field(default_factory=dict)
    visits: Visits | None = None

    @property
    def false_closers(self) -> list[str]:
        """Units planted as dishonest. Source: docs/topics/simulator.md, "The truth" (who was planted as dishonest)."""
        return sorted(u.unit for u in self.units.values() if u.false_closer)

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """`reports`, `causes`, `claims`, `units`, `communities` as rows.

        Source: docs/topics/simulator.md, "The truth".
        """
        return {
            "reports": [self._report(i, h) for i, h in sorted(self.happened.items())],
            "causes": [self._cause(c) for c in self.causes],
            "claims": [{**vars(c), "at": _iso(c.at)} for c in self.claims],
            "units": [vars(u) for _, u in sorted(self.units.items())],
            "communities": self._communities(),
        }

    def write(self, target: Path) -> list[Path]:
        """Writes one JSON document (`*.json`) or a folder of Parquet files; returns what was written.

        Source: docs/topics/simulator.md (`--truth`).
        """
        head = {
            "seed": self.seed,
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "false_closers": self.false_closers,
            "prevention": None if self.visits is None else self.visits.truth(),
            "synthetic": True,
        }
        if target.suffix == ".json":
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps({**head, **self.tables()}, ensure_ascii=False), encoding="utf-8")
            return [target]
        return self._write_parquet(target, head)

    def _write_parquet(self, folder: Path, head: dict[str, Any]) -> list[Path]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        folder.mkdir(parents=True, exist_ok=True)
        written = [folder / "truth.json"]
        written[0].write_text(json.dumps(head, ensure_ascii=False), encoding="utf-8")
        for name, rows in self.tables().items():
            written.append(folder / f"{name}.parquet")
            pq.write_table(pa.Table.from_pylist(rows), written[-1])
        return written

    def _report(self, i: int, h: ReportFate) -> dict[str, Any]:
        s = self.stream
        area = self.map.areas[int(s.community[i])]
        return {
            "key": h.key,
            "case": h.case,
            "number": h.number,
            "at": _iso(int(s.at[i])),
            "kind": self.kinds[int(s.kind[i])].id,
            "category": self.kinds[int(s.kind[i])].category,
            "community": area.code,
            "street": area.street,
            "event": int(s.event[i]),
            "cause": int(s.cause[i]),
            "repeats": self._key(int(s.after[i])),
            "employee": bool(s.resident[i] < 0),
            "resident": int(s.resident[i]),
            "from_city": bool(s.city[i]),
            "lon": s.lon_e6[i] / E6,
            "lat": s.lat_e6[i] / E6,
            "default_coordinates": bool(s.place[i] == 2),
            "place_name": h.place_name,
            "solved": h.solved_at is not None,
            "solved_at": None if h.solved_at is None else _iso(h.solved_at),
            "answer": h.answer,
        }

    def _key(self, i: int) -> str | None:
        found = self.happened.get(i)
        return found.key if found else None

    def _cause(self, c: Cause) -> dict[str, Any]:
        kind = self.kinds[c.kind]
        brought = sum(1 for i in self.happened if self.stream.cause[i] == c.id)
        return {
            "id": c.id,
            "kind": kind.id,
            "category": kind.category,
            "communities": [self.map.areas[i].code for i in c.communities],
            "places": [self.map.place_name(i, kind.place, c.pick) for i in c.communities],
            "start": _iso(c.start),
            "end": _iso(c.end),
            "growing": c.growing,
            "fixable": c.fixable,
            "fixed_at": None if c.fixed_at is None else _iso(c.fixed_at),
            "expected": round(c.expected, 3),
            "reports": brought,
            "events": c.events,
        }

    def _communities(self) -> list[dict[str, Any]]:
        m = self.map
        return [
            {
                "code": a.code,
                "street": a.street,
                "lon": int(m.lon_e6[i]) / E6,
                "lat": int(m.lat_e6[i]) / E6,
                "population": int(m.population[i]),
                "reporting": float(m.reporting[i]),
            }
            for i, a in enumerate(m.areas)
        ]


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
