"""The duty matrix: category × area × date → the one lead unit, with co-units and the reason.

A row covers a category and everything below it in the dotted tree (`housing.heating` covers `housing.heating.cold`),
and an area and everything in it; `*` covers all. The most specific row wins: first by category, then by area. Two rows
of the same category and area that hold on the same day are an error, so there is never more than one lead.

A row's lead is a unit, or a *place rule*: `@street` and `@community` mean the office that answers for the place on
that day, so that one row serves every street and follows a reorganisation by itself.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from bihuan.registers.pure.areas import Areas
from bihuan.registers.pure.errors import NoDuty, RegisterError
from bihuan.registers.pure.organisation import END, START
from bihuan.registers.pure.organisations import Organisations

ANY = "*"
PLACE_RULES = {"@street": "street", "@community": "community"}
CACHE_LIMIT = 200_000


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One row of the matrix.

    Args:
        id: Stable identity, carried by events.
        category: Dotted category code or `*`.
        area: Area code or `*`.
        lead: Organisation id, or a place rule.
        co: Organisation ids or place rules that are asked to help.
        valid_from, valid_to: Half-open validity; None leaves it open.
        citation: The list or decision that assigns this duty; `verified` says whether somebody compared it.
    """

    id: str
    category: str
    area: str
    lead: str
    co: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    citation: str = ""
    verified: bool = False

    def on(self, day: date) -> bool:
        """Return whether this row holds on `day`. Source: docs/adr/0030 (3): half-open validity."""
        return (self.valid_from or START) <= day < (self.valid_to or END)


@dataclass(frozen=True, slots=True)
class Duty:
    """The answer: who leads, who helps, and why.

    Args:
        lead: Organisation id.
        co: Organisation ids, without the lead.
        row: The row that won, or None when the district's fallback answers.
        fallback: True when no row named a unit that exists on that day.
    """

    lead: str
    co: tuple[str, ...]
    row: DutyRow | None
    fallback: bool
    reason: str

    def why(self) -> dict[str, Any]:
        """Return the explanation as a JSON object without floats.

        Source: docs/topics/registers.md, "The duty matrix".
        """
        answer: dict[str, Any] = {
            "lead": self.lead,
            "co": list(self.co),
            "fallback": self.fallback,
            "reason": self.reason,
        }
        if self.row:
            answer["row"] = self.row.id
            answer["rule"] = {"category": self.row.category, "area": self.row.area, "lead": self.row.lead}
            answer["citation"] = self.row.citation
            answer["verified"] = self.row.verified
        return answer


@dataclass(frozen=True, slots=True)
class DutyGap:
    """A hole: from `since` until `until` (half-open, None for ever) nobody leads a category in an area."""

    category: str
    area: str
    since: date
    until: date | None
    what: str

    def as_dict(self) -> dict[str, str]:
        """Return a JSON object; an empty date means ever.

        Source: DESIGN §9 (7, every category × area × date has exactly one lead)
        """
        return {
            "category": self.category,
            "area": self.area,
            "since": "" if self.since == START else self.since.isoformat(),
            "until": self.until.isoformat() if self.until else "",
            "what": self.what,
        }


class Duties:
    """The duty matrix of one district through time. Immutable; answers are cached.

    Args:
        rows: All rows; raises RegisterError when two of one category and area overlap in time, or a lead is unknown.
        areas, organisations: The registers that rows refer to.
    """

    def __init__(self, rows: Iterable[DutyRow], areas: Areas, organisations: Organisations) -> None:
        self.rows = tuple(rows)
        self.areas, self.organisations = areas, organisations
        self._cells: dict[tuple[str, str], list[DutyRow]] = {}
        for row in self.rows:
            self._check(row)
            self._cells.setdefault((row.category, row.area), []).append(row)
        for cell in self._cells.values():
            _check_overlap(cell)
        own = {day for row in self.rows for day in (row.valid_from, row.valid_to) if day}
        self.changes = tuple(sorted({*organisations.changes, *own}))
        self._cache: dict[tuple[str | None, str | None, int], Duty] = {}

    def __iter__(self) -> Iterator[DutyRow]:
        """All rows in file order."""
        return iter(self.rows)

    def resolve(self, category: str | None, area: str | None, day: date) -> Duty:
        """Return who leads a category in an area on a date.

        Unknown or missing category and area fall to rows for all, then to the district's fallback unit; raises NoDuty
        when there is none.

        Source: docs/topics/registers.md, "The duty matrix" (the most specific row, category first; 兜底).
        """
        key = (category, area, bisect_right(self.changes, day))
        duty = self._cache.get(key)
        if duty is None:
            duty = self._resolve(category, area, day)
            if len(self._cache) >= CACHE_LIMIT:
                self._cache.clear()
            self._cache[key] = duty
        return duty

    def find(self, category: str | None, area: str | None, day: date) -> DutyRow | None:
        """Return the most specific row, whether or not its lead can be resolved.

        Source: docs/adr/0030 (4): most specific first by category, then by area.
        """
        areas = (*self.areas.chain(area), ANY) if area else (ANY,)
        for prefix in _category_chain(category):
            for place in areas:
                for row in self._cells.get((prefix, place), ()):
                    if row.on(day):
                        return row
        return None

    def coverage_check(
        self, categories: Iterable[str], areas: Iterable[str], since: date | None = None
    ) -> list[DutyGap]:
        """Return the holes of the matrix over every category leaf × area × date from `since` on.

        The matrix changes only on the days in `changes`, so each stretch between two of them is checked once; adjoining
        stretches with the same hole are one gap. An empty list proves exactly one lead everywhere.

        Source: docs/topics/registers.md, "The duty matrix" (exactly one lead); docs/adr/0030 (4).
        """
        leaves, places = list(categories), list(areas)
        days = sorted({since or START, *(day for day in self.changes if since is None or day > since)})
        open_gaps: dict[tuple[str, str, str], date] = {}
        gaps: list[DutyGap] = []
        for day in days:
            holes = {hole for leaf in leaves for place in places if (hole := self._hole(leaf, place, day))}
            for hole in [known for known in open_gaps if known not in holes]:
                gaps.append(DutyGap(hole[0], hole[1], open_gaps.pop(hole), day, hole[2]))
            for hole in holes:
                open_gaps.setdefault(hole, day)
        gaps += [DutyGap(hole[0], hole[1], since_day, None, hole[2]) for hole, since_day in open_gaps.items()]
        return sorted(gaps, key=lambda gap: (gap.category, gap.area, gap.since))

    def _hole(self, category: str, area: str, day: date) -> tuple[str, str, str] | None:
        row = self.find(category, area, day)
        if row is None:
            return (category, area, "no row covers it")
        if self._unit(row.lead, area, day) is None:
            return (category, area, f"row {row.id}: lead {row.lead} does not exist here on that day")
        return None

    def _resolve(self, category: str | None, area: str | None, day: date) -> Duty:
        row = self.find(category, area, day)
        lead = self._unit(row.lead, area, day) if row else None
        if row and lead:
            helpers = (self._unit(unit, area, day) for unit in row.co)
            co = tuple(dict.fromkeys(unit for unit in helpers if unit and unit != lead))
            return Duty(lead, co, row, False, f"duty row {row.category} × {row.area}")
        fallback = self.organisations.at(day).fallback()
        missing = f"lead {row.lead} of row {row.id} does not exist" if row else "no duty row covers this"
        if fallback is None:
            raise NoDuty(
                f"nobody answers for {category} in {area} on {day}: {missing}",
                rule="every category, area and date has exactly one lead",
                remedy="add a duty row, or mark one organisation district_fallback",
            )
        return Duty(fallback.id, (), None, True, f"{missing}: the district answers")

    def _unit(self, lead: str, area: str | None, day: date) -> str | None:
        graph = self.organisations.at(day)
        kind = PLACE_RULES.get(lead)
        if kind is None:
            unit = graph.get(lead)
        else:
            chain = self.areas.chain(area) if area else ()
            unit = next((found for place in chain if (found := graph.for_area(kind, place))), None)
        return unit.id if unit else None

    def _check(self, row: DutyRow) -> None:
        if (row.valid_to or END) <= (row.valid_from or START):
            raise _fault(row, "ends before it begins", "valid_from < valid_to", "correct the dates", "valid_to")
        if row.area != ANY and row.area not in self.areas:
            what = f"names unknown area {row.area!r}"
            raise _fault(row, what, "an area code or *", "load areas first or correct it", "area")
        for field, units in (("lead", (row.lead,)), ("co", row.co)):
            for unit in units:
                if unit not in PLACE_RULES and unit not in self.organisations:
                    rule = f"an organisation code or {', '.join(PLACE_RULES)}"
                    raise _fault(row, f"names unknown unit {unit!r}", rule, "load it first or correct it", field)


def _category_chain(category: str | None) -> Iterator[str]:
    while category:
        yield category
        category = category.rpartition(".")[0]
    yield ANY


def _check_overlap(cell: list[DutyRow]) -> None:
    cell.sort(key=lambda row: row.valid_from or START)
    for before, after in itertools.pairwise(cell):
        if (before.valid_to or END) > (after.valid_from or START):
            raise _fault(
                after,
                f"gives a second lead for {before.category} × {before.area} on the same day",
                "exactly one row per category, area and day",
                "end the earlier row on the day on which the later one begins",
                "valid_from",
                before.id,
            )


def _fault(row: DutyRow, what: str, rule: str, remedy: str, field: str, *also: str) -> RegisterError:
    where = f"duty {row.category} × {row.area}" + (f" from {row.valid_from}" if row.valid_from else "")
    subjects = (row.id, *also)
    return RegisterError(f"the row {what}", where=where, rule=rule, remedy=remedy, subjects=subjects, field=field)
