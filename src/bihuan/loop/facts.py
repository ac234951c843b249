"""`LoopFacts`: the kernel's facts, answered by the pure registers and rule books. No Django."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bihuan.extend import FACTS, FactQuestion
from bihuan.loop.kernel.facts import Seen
from bihuan.loop.kernel.model import Actor, Case, Data
from bihuan.loop.programmes import folder_of
from bihuan.methods.parts.rulebook import method_rules
from bihuan.registers.pure.categories import load_categories
from bihuan.registers.pure.durations import Duration
from bihuan.registers.pure.snapshot import Registers
from bihuan.rules.book import Rules
from bihuan.rules.resolved import Resolved


class OtherCases:
    """What a decision may need of other cases; this one knows none. The store answers from its transaction."""

    def admission(self, programme: str, kind: str, subject: str, at: datetime) -> Data | None:
        """See `Facts.admission`."""
        return None

    def used_for(self, evidence: Data, case: Case) -> Seen | None:
        """See `Facts.used_for`."""
        return None

    def trace(self, case: Case, actor: Actor, since: datetime | None, *, answers: bool) -> str:
        """See `Facts.trace`; without a log of looks there is only somebody's word."""
        return "claim"

    def foresee(self, cases: Sequence[UUID]) -> None:
        """Read at once what `trace` will be asked about these cases; what was read before is forgotten.

        Source: docs/adr/0001 (6, a batch is set-based)
        """

    def retired(self, programme: str, district: str) -> date | None:
        """The first day on which a programme takes no new case; None for one that goes on, as every one does here."""
        return None

    def person(self, person: str) -> str | None:
        """See `Facts.person`: nobody is known here, so everybody is believed."""
        return ""


OFFICE = "street"  # kind of unit that answers for a place in the organisation register


class LoopFacts:
    """Facts at one moment.

    Args:
        registers: areas, organisations, duties, calendar of the district.
        book: the rule tables of each declared programme.
        now: the moment of recording (aware).
        seed: what the published-seed sample is drawn with.
        cases: what other cases say (admissions in effect, evidence in use); none when absent.
    """

    def __init__(
        self, registers: Registers, book: Rules, now: datetime, seed: str = "", cases: "OtherCases | None" = None
    ) -> None:
        self.registers = registers
        self.book = book
        self.now = now
        self.seed = seed
        self.cases = cases or OtherCases()
        self._zone: ZoneInfo = registers.calendar.zone
        self._place = registers.district.code
        self._asked: tuple[datetime, date] | None = None
        self._district = self._fallback()

    def at(self, now: datetime) -> "LoopFacts":
        """The same facts, recorded at another moment."""
        return type(self)(self.registers, self.book, now, self.seed, self.cases)

    def among(self, cases: OtherCases) -> "LoopFacts":
        """The same facts, with another answer about other cases and people."""
        return type(self)(self.registers, self.book, self.now, self.seed, cases)

    def due(self, start: datetime, within: str) -> tuple[datetime, Data]:
        """See `Facts.due`. Source: docs/topics/registers.md, "Time"."""
        due = self.registers.calendar.due(start, _duration(within))
        why: Data = {"within": within, "zone": due.zone.key}
        if due.duration.needs_calendar:
            why["calendar"] = due.edition
        if due.provisional:
            why["provisional"] = True
        return due.at, why

    def resume(self, paused: datetime, due: datetime, within: str | None, at: datetime) -> datetime:
        """See `Facts.resume`. A clock without a declared span (given from outside) shifts by the pause.

        Source: docs/topics/registers.md, "Time".
        """
        if within is None or due <= paused:
            return due + (at - paused)
        calendar = self.registers.calendar
        return calendar.resume(at, calendar.remaining(paused, due, _duration(within)))

    def guesses(self, due: datetime, within: str | None) -> str | None:
        """See `Facts.guesses`. Source: docs/topics/registers.md, "Time"."""
        calendar = self.registers.calendar
        return calendar.edition if within is not None and calendar.guesses(due, _duration(within)) else None

    def month_end(self, at: datetime, cutoff: str) -> datetime:
        """See `Facts.month_end`. Source: docs/topics/indicators.md, "Exclusions"."""
        local = at.astimezone(self._zone)
        first = (local.replace(day=28) + timedelta(days=4)).date().replace(day=1)
        start = datetime.combine(first, time(), self._zone).astimezone(UTC) - timedelta(seconds=1)
        return self.registers.calendar.due(start, _duration(cutoff)).at

    def table(self, programme: str, table: str, at: datetime, inputs: dict[str, Any]) -> tuple[str, Data]:
        """See `Facts.table`.

        Source: docs/topics/rules.md, "A rule table" and "When a rule changes under open cases".
        """
        answer = self._answered(programme, table, at, inputs)
        why = {
            "table": answer.table,
            "edition": str(answer.edition),
            "row": answer.row.number,
            "citation": answer.citation,
            "verified": answer.verified,
        }
        if answer.meta.jurisdiction != "*":
            why["jurisdiction"] = answer.meta.jurisdiction
        return str(answer.value), why

    def _answered(self, programme: str, name: str, at: datetime, inputs: dict[str, Any]) -> Resolved:
        """What a table or decision of the programme, or one that no programme owns, says by the edition of the day."""
        book, day = self.book.of(programme), self._day(at)
        for known in (book, method_rules()):
            if known.has("table", name):
                found = known.table(name, day, self._place)
                # what a case does not say fits no row but "*"
                return found.lookup(**{item.name: inputs[item.name] or "*" for item in found.inputs})
            if known.has("decision", name):
                decision = known.decision(name, day, self._place)
                return decision.decide(**{item.name: inputs[item.name] for item in decision.inputs})
        return book.table(name, day, self._place).lookup(**inputs)  # says that there is none

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, Data] | None:
        """See `Facts.ask`: the room that answers for the kind is found by `extend.FACTS`.

        Raises:
            LookupError: no room answers for that kind.

        Source: DESIGN §14 (`Facts.ask`); docs/adr/0251-facts.md.
        """
        base = kind.partition(".")[0]
        for source in FACTS.all():
            if base in source.kinds():
                known = max(at, self.now)
                found = source.ask(FactQuestion(kind, self.registers.district.code, key, at, known, programme))
                return None if found is None else (found[0], dict(found[1]))
        raise LookupError(f"no room answers for {base!r}")

    def reaches_open(self, programme: str, table: str, at: datetime) -> bool:
        """See `Facts.reaches_open`.

        Source: docs/topics/rules.md, "A rule table" and "When a rule changes under open cases".
        """
        return self.book.of(programme).table(table, self._day(at), self._place).meta.applies_to == "open"

    def duty(self, category: str | None, area: str | None, at: datetime) -> tuple[str | None, tuple[str, ...], Data]:
        """See `Facts.duty`. Source: docs/topics/registers.md, "The duty matrix"."""
        found = self.registers.duty(category, area, self._day(at))
        why = {k: v for k, v in found.why().items() if k not in ("lead", "co")}
        return found.lead, tuple(found.co), why

    def office(self, area: str | None, at: datetime) -> tuple[str | None, Data]:
        """See `Facts.office`. Source: docs/topics/registers.md, "Places, units and who may verify"."""
        graph = self.registers.organisations.at(self._day(at))
        for place in self.registers.areas.chain(area) if area else ():
            if found := graph.for_area(OFFICE, place):
                return found.id, {"office": OFFICE, "place": place}
        return None, {"office": OFFICE, "place": area or ""}

    def unit(self, code: str, at: datetime) -> str | None:
        """See `Facts.unit`."""
        found = self.registers.unit(code, self._day(at))
        return found.id if found else None

    def area(self, code: str) -> bool:
        """See `Facts.area`."""
        return code in self.registers.areas

    def category(self, programme: str, file: str | None, code: str) -> bool:
        """See `Facts.category`."""
        return file is None or code in load_categories(folder_of(programme) / file)

    def person(self, person: str) -> str | None:
        """See `Facts.person`."""
        return self.cases.person(person)

    def heir(self, unit: str, area: str | None, at: datetime) -> str | None:
        """See `Facts.heir`. Source: docs/topics/registers.md, "Reorganisation"."""
        return self.registers.heir(unit, area, self._day(at))

    def inside(self, unit: str, ancestor: str, at: datetime) -> bool:
        """See `Facts.inside`. Source: docs/topics/registers.md, "Places, units and who may verify"."""
        return self.registers.is_inside(unit, ancestor, self._day(at))

    def dependent(self, verifier: Actor, case: Case, relations: list[str], at: datetime) -> str | None:
        """See `Facts.dependent`. Every unit that ever held the case counts, called-in parties too; for units that have
        ended, on either side, their heirs count.

        Source: DESIGN §9 (2); docs/topics/registers.md, "Places, units and who may verify".
        """
        if "handler" in relations and verifier.id in case.handlers:
            return "handler"
        if "finder" in relations and self._found(verifier, case, self._day(at)):
            return "finder"
        others = [r for r in relations if r not in ("handler", "finder")]
        if verifier.unit is None or not others:
            return None
        day = self._day(at)
        handled = dict.fromkeys((*case.units, *case.parties))
        if "unit" in others and verifier.unit in handled:
            return "unit"
        present = (self.registers.heir(unit, case.area, day) for unit in handled)
        own = self.registers.heir(verifier.unit, None, day) or verifier.unit
        return self.registers.dependence(own, [unit for unit in present if unit], day, others)

    def _found(self, verifier: Actor, case: Case, day: date) -> bool:
        """Whether somebody found the case, or belongs to the unit that did, or to what became of that unit."""
        if verifier.id == case.finder:
            return True
        if verifier.unit is None or case.finder_unit is None:
            return False
        own = self.registers.heir(verifier.unit, None, day) or verifier.unit
        return own == (self.registers.heir(case.finder_unit, case.area, day) or case.finder_unit)

    def sampled(self, case: Case, fraction: str) -> bool:
        """See `Facts.sampled`: SHA-256(seed, case, round) read as a fraction of 1.

        Source: docs/topics/ledger.md, "Draws that nobody can steer" (a published seed)
        """
        digest = hashlib.sha256(f"{self.seed}|{case.id}|{case.reopens}".encode()).digest()
        return int.from_bytes(digest[:8]) < Decimal(fraction) * (1 << 64)

    def district(self) -> str:
        """See `Facts.district`."""
        return self._district

    def retired(self, programme: str, at: datetime) -> str | None:
        """See `Facts.retired`. Source: DESIGN §3 (facts are a frozen snapshot)."""
        since = self.cases.retired(programme, self._place)
        return since.isoformat() if since is not None and since <= self._day(at) else None

    def admission(self, programme: str, kind: str, subject: str, at: datetime) -> Data | None:
        """See `Facts.admission`. Source: DESIGN §3 (facts are a frozen snapshot)."""
        return self.cases.admission(programme, kind, subject, at)

    def used_for(self, evidence: Data, case: Case) -> Seen | None:
        """See `Facts.used_for`. Source: DESIGN §3 (facts are a frozen snapshot)."""
        return self.cases.used_for(evidence, case)

    def trace(self, case: Case, actor: Actor, since: datetime | None, *, answers: bool) -> str:
        """See `Facts.trace`. Source: DESIGN §3 (facts are a frozen snapshot)."""
        return self.cases.trace(case, actor, since, answers=answers)

    def _day(self, at: datetime) -> date:
        """The district's day of an instant; one command asks for the same again and again."""
        asked = self._asked
        if asked is None or asked[0] is not at:
            self._asked = asked = (at, at.astimezone(self._zone).date())
        return asked[1]

    def _fallback(self) -> str:
        graph = self.registers.organisations.at(self._day(self.now))
        found = graph.fallback()
        if found is None:
            raise LookupError(
                f"district {self.registers.district.code} has no fallback unit on {self._day(self.now)}; "
                "mark one organisation with district_fallback"
            )
        return found.id


@lru_cache(maxsize=512)
def _duration(text: str) -> Duration:
    return Duration.parse(text)
