"""Reorganisation: units end, others take over from a day on, and every duty and member follows without an orphan.

A merge ends several units for one heir, a split ends one for several, a renaming ends one for one, an abolition ends
one into a unit that exists already. Nothing before the day of the reform changes, so old cases keep their holder's
name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from bihuan.registers.pure.areas import Areas
from bihuan.registers.pure.duties import ANY, Duties, DutyRow
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.organisation import END, START, Organisation
from bihuan.registers.pure.organisations import Organisations

Stretch = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Reform:
    """One decision.

    Args:
        day: The first day of the new order.
        ending: Ids or codes of the units that end.
        founded: Units that begin; their `valid_from` is set to `day`.
        heirs: Ids or codes that take over, founded or existing; the first one takes what `places` does not place.
            Empty means the founded units in order.
        places: Area code to the id or code of the heir that takes the duties and members there.
        citation: The decision, written on every duty row that it makes.
    """

    day: date
    ending: tuple[str, ...]
    founded: tuple[Organisation, ...] = ()
    heirs: tuple[str, ...] = ()
    places: tuple[tuple[str, str], ...] = ()
    citation: str = ""


def reorganise(duties: Duties, reform: Reform) -> tuple[Organisations, Duties]:
    """Return the organisations and the duty matrix with the reform entered.

    Raises RegisterError when a unit to end does not exist on that day, an heir is unknown or ends itself, or nobody
    takes over.

    Source: docs/topics/registers.md, "Reorganisation"; docs/adr/0030 (3).
    """
    plan = _Plan(duties, reform)
    organisations = Organisations(plan.organisations())
    return organisations, Duties(plan.duties(), duties.areas, organisations)


def heir_of(unit: str, area: str | None, day: date, organisations: Organisations, areas: Areas) -> str | None:
    """Return who stands for a unit on a date: itself, or the successor that answers for the area, or the first heir.

    Source: docs/topics/registers.md, "Reorganisation" (by the place of the case, else the first heir).
    """
    heirs = organisations.successors(unit, day)
    graph = organisations.at(day)
    for place in areas.chain(area) if area else ():
        for heir in heirs:
            span = graph.get(heir)
            if span and place in span.areas:
                return heir
    return heirs[0] if heirs else None


class _Plan:
    """The new rows of one reform, worked out against the registers before it."""

    def __init__(self, duties: Duties, reform: Reform) -> None:
        self.before, self.reform, self.day = duties, reform, reform.day
        self.areas = duties.areas
        self.founded = tuple(replace(unit, valid_from=reform.day) for unit in reform.founded)
        self.known = {unit.code: unit.id for unit in self.founded} | {unit.id: unit.id for unit in self.founded}
        self.ending = frozenset(self._ending(key) for key in reform.ending)
        self.heirs = tuple(self._heir(key) for key in reform.heirs or [unit.id for unit in self.founded])
        if not self.heirs:
            raise RegisterError(
                "nobody takes over", where=f"reform of {self.day}", rule="a unit ends into an heir", remedy="name heirs"
            )
        self.places = {area: self._heir(key) for area, key in reform.places}
        unknown = [area for area in self.places if area not in self.areas]
        if unknown:
            raise RegisterError(
                f"area {unknown[0]!r} is unknown", where=f"reform of {self.day}", remedy="correct places"
            )

    def organisations(self) -> Iterable[Organisation]:
        """Yield every span: ended, re-parented, unchanged, founded."""
        for span in self.before.organisations:
            if span.id in self.ending:
                yield from self._end(span)
            elif self.ending.intersection((span.parent, *span.clients)) and (span.valid_to or END) > self.day:
                yield from self._adopt(span)
            else:
                yield span
        yield from self.founded

    def duties(self) -> Iterable[DutyRow]:
        """Yield every row: ended with its unit, handed on, unchanged."""
        kept: list[DutyRow] = []
        orphans: list[DutyRow] = []
        for row in self.before:
            if not self.ending.intersection(self._ids(row)) or (row.valid_to or END) <= self.day:
                kept.append(row)
                continue
            orphans.append(row)
            if (row.valid_from or START) < self.day:
                kept.append(replace(row, valid_to=self.day))
        taken: dict[tuple[str, str], list[Stretch]] = {}
        for row in kept:
            taken.setdefault((row.category, row.area), []).append((row.valid_from or START, row.valid_to or END))
        inherited = [self._inherit(row, row.area) for row in orphans]
        for row in inherited:
            taken.setdefault((row.category, row.area), []).append((row.valid_from or START, row.valid_to or END))
        placed = [new for row in orphans for new in self._place(row, taken)]
        return [*kept, *inherited, *placed]

    def _end(self, span: Organisation) -> Iterable[Organisation]:
        if (span.valid_from or START) >= self.day:
            raise RegisterError(
                f"organisation {span.code} begins a span on or after {self.day}",
                rule="a unit that ends has no later life",
                remedy="remove its later span first",
            )
        if not span.on(self.day):
            yield span
            return
        yield replace(span, valid_to=self.day, successors=self.heirs)

    def _adopt(self, span: Organisation) -> Iterable[Organisation]:
        heir = self._heir_at(*span.areas) if span.areas else self.heirs[0]
        clients = tuple(dict.fromkeys(heir if client in self.ending else client for client in span.clients))
        parent = heir if span.parent in self.ending else span.parent
        if (span.valid_from or START) < self.day:
            yield replace(span, valid_to=self.day, successors=())
        start = max(span.valid_from or START, self.day)
        yield replace(span, valid_from=start, parent=parent, clients=clients)

    def _inherit(self, row: DutyRow, area: str) -> DutyRow:
        heir = self.heirs[0] if area == ANY else self._heir_at(area)
        lead, *helpers = (heir if unit in self.ending else unit for unit in self._ids(row))
        co = tuple(dict.fromkeys(unit for unit in helpers if unit != lead))
        return replace(
            row,
            id=f"{row.id}/{self.day}" + ("" if area == row.area else f"/{area}"),
            area=area,
            lead=lead,
            co=co,
            valid_from=max(row.valid_from or START, self.day),
            citation=self.reform.citation or row.citation,
            verified=False,
        )

    def _place(self, row: DutyRow, taken: dict[tuple[str, str], list[Stretch]]) -> Iterable[DutyRow]:
        for place in self.places:
            if place == row.area or not (row.area == ANY or self.areas.is_within(place, row.area)):
                continue
            new = self._inherit(row, place)
            cell = taken.setdefault((new.category, new.area), [])
            wanted = (new.valid_from or START, new.valid_to or END)
            masked = [span for area in self._between(place, row.area) for span in taken.get((row.category, area), [])]
            for number, (since, until) in enumerate(_free(wanted, cell + masked)):
                cell.append((since, until))
                suffix = f"/{number}" if number else ""
                yield replace(new, id=new.id + suffix, valid_from=since, valid_to=None if until == END else until)

    def _between(self, place: str, area: str) -> tuple[str, ...]:
        # Where a row of the same category stands between the two, it led there before and still does.
        above = self.areas.ancestors(place)
        return above if area == ANY else above[: above.index(area)]

    def _heir_at(self, *places: str) -> str:
        for place in places:
            for above in self.areas.chain(place):
                if above in self.places:
                    return self.places[above]
                for unit in self.founded:
                    if unit.id in self.heirs and above in unit.areas:
                        return unit.id
        return self.heirs[0]

    def _ids(self, row: DutyRow) -> tuple[str, ...]:
        return tuple(self.before.organisations.id_of(unit) or unit for unit in (row.lead, *row.co))

    def _ending(self, key: str) -> str:
        span = self.before.organisations.at(self.day).get(key)
        if span is None:
            raise RegisterError(
                f"organisation {key!r} does not exist on {self.day}",
                where=f"reform of {self.day}",
                rule="only a unit that exists can end",
                remedy="correct the code or the day",
            )
        return span.id

    def _heir(self, key: str) -> str:
        existing = self.before.organisations.at(self.day).get(key)
        found = self.known.get(key) or (existing.id if existing else None)
        if found is None or found in self.ending:
            raise RegisterError(
                f"{key!r} cannot take over on {self.day}",
                where=f"reform of {self.day}",
                rule="an heir is founded by the reform or exists and does not end",
                remedy="name another heir",
            )
        return found


def _free(wanted: Stretch, taken: list[Stretch]) -> list[Stretch]:
    since, until = wanted
    free: list[Stretch] = []
    for start, end in sorted(taken):
        if end <= since or start >= until:
            continue
        if start > since:
            free.append((since, start))
        since = max(since, end)
    if since < until:
        free.append((since, until))
    return free
