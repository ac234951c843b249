"""What the author of a sample is given: a district, luck, time, doors for rows, people who act, and the ground truth.

A programme's `sample.py` declares `play_sample(play)`; it draws everything from `play.luck`, writes down who does what
when, lets time run with `play.to`, asks the engine what it found, and tells what it had planted.
Source: docs/topics/play.md; DESIGN §14 (`bihuan programme play`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.boxes.opening import open_due
from bihuan.documents.certificates.following import follow_events as follow_certificates
from bihuan.documents.evidence import EvidenceAsked, evidence_of
from bihuan.documents.letters.addressing import LetterTo
from bihuan.documents.letters.catalogue import letter_named, letters_of
from bihuan.documents.letters.following import follow_events
from bihuan.documents.letters.gathering import LetterOccasion, gather_facts
from bihuan.documents.letters.incidents import follow_alarms
from bihuan.documents.letters.models import LetterRow
from bihuan.documents.letters.sending import write_letter
from bihuan.intake.reports import NewReport, Reporter
from bihuan.loop.kernel.model import Actor, Data
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.models import CaseRow
from bihuan.loop.store import current_facts
from bihuan.loop.store.read import case_of
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.graph import Graph
from bihuan.registers.pure.snapshot import Registers
from bihuan.registers.roles import all_roles
from bihuan.simulator import cast
from bihuan.simulator.luck import Luck
from bihuan.simulator.model_district import ModelDistrict, Spot
from bihuan.simulator.plays.clock import PlayedTime
from bihuan.simulator.plays.following import (
    follow_orders,
    follow_series,
    keep_numbers,
    let_sensors_verify,
    let_watches_look,
    look_at_closed,
    number_events,
    post_handovers,
    write_effects,
)
from bihuan.simulator.plays.people import acting_people, name_people
from bihuan.simulator.plays.planted import GroundTruth
from bihuan.simulator.plays.rooms import Rooms
from bihuan.simulator.plays.script import Call, Deed, Matter, Script
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker
from bihuan.watches.catalogue import current_catalogue
from bihuan.watches.lettering import follow_incidents
from bihuan.watches.models import IncidentRow

FIRST_YEAR, YEARS = 2023, 2
"""Plays begin in a month of these years: their calendars are published, whatever day is today."""


def drawn_start(seed: int, zone: ZoneInfo) -> datetime:
    """Return when a play begins: midnight of a drawn Monday. Source: docs/topics/play.md, "Time"."""
    luck = Luck(seed, "start")
    first = date(FIRST_YEAR, 1, 2) + timedelta(days=luck.whole(0, 365 * YEARS))
    return datetime.combine(first - timedelta(days=first.weekday()), time(), zone).astimezone(UTC)


class Play(Rooms):
    """One play of a programme. Everything a sample may do.

    Args:
        programme: As declared. seed: Any whole number.
        registers: The district. clock: The played time.
        keys: What comes before the keys of reports, where several samples share a database.
        beside: Ids of the programmes that are played together with it.
    """

    def __init__(
        self, programme: Programme, seed: int, registers: Registers, clock: PlayedTime, keys: str = "",
        beside: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.programme = programme
        self.together = (programme.id, *beside)
        self.seed = seed
        self.registers = registers
        self.luck = Luck(seed)
        self.district = ModelDistrict(registers.areas)
        self.ground = GroundTruth()
        self.script = Script(clock, self.ground, f"play-{seed}")
        self.proofs: dict[str, Any] = {}
        self.start = self.looked = clock.now
        self.keys = keys
        if keys:  # in a demonstration nobody else writes letters meanwhile, and samples get in each other's way
            self.script.strict = False
            self.script.evening = lambda: self._write_letters(self.script.actors)

    # -- time ---------------------------------------------------------------------------------------------

    @property
    def now(self) -> datetime:
        """The played instant, UTC."""
        return self.script.clock.now

    @property
    def zone(self) -> ZoneInfo:
        """The district's zone."""
        return self.registers.calendar.zone

    def day(self, number: int, hours: float = 0) -> datetime:
        """Return an instant: so many days and hours of local time after the play began."""
        local = self.start.astimezone(self.zone)
        whole = datetime.combine(local.date() + timedelta(days=number), time(), self.zone)
        return (whole + timedelta(seconds=int(hours * 3600))).astimezone(UTC)

    def on(self, number: int) -> date:
        """Return the local day so many days after the play began."""
        return self.day(number).astimezone(self.zone).date()

    def local(self, at: datetime) -> date:
        """Return the local day of an instant."""
        return at.astimezone(self.zone).date()

    def to(self, at: datetime) -> None:
        """Let everything happen that was written down up to an instant, with every clock that falls due.

        Raises:
            SampleFault: somebody's act is refused, and the sample does not expect that.

        Source: docs/topics/play.md, "Time".
        """
        self.script.run(at)

    def meanwhile(self) -> None:
        """Do what the worker would have done by now: effects, handovers, boxes, watches, sensors that verify.

        Source: docs/topics/play.md, "Meanwhile".
        """
        write_effects(self.now)
        for each in self.together:
            post_handovers(each, self.now)
            self.script.received += follow_orders(each, self.script.facts_at(self.now))
            open_due(self.now, each)
        follow_series(self.now)
        if look_at_closed(self.script.facts_at(self.now), self.looked):
            write_effects(self.now)
        self.looked = self.now
        self.script.received += sum(
            let_watches_look(each, self.now, self.script.facts_at(self.now)) for each in self.together
        )
        let_sensors_verify(self.script.facts_at(self.now))

    def count(self) -> None:
        """Keep the numbers as the worker does, for pages and watches that read them.

        Source: docs/topics/play.md, "Meanwhile".
        """
        keep_numbers(self.now)

    # -- people -------------------------------------------------------------------------------------------

    @property
    def graph(self) -> Graph:
        """The organisations of the played day."""
        return self.registers.organisations.at(self.local(self.now))

    def unit(self, code: str) -> str:
        """Return the id of a unit by its code.

        Raises:
            LookupError: no such unit works on the played day.
        """
        found = self.registers.unit(code, self.local(self.now))
        if found is None:
            raise LookupError(f"no unit {code!r}")
        return found.id

    def office(self, area: str) -> str:
        """Return the id of the sub-district office that answers for a place."""
        found, _ = current_facts(self.now).office(area, self.now)
        if found is None:
            raise LookupError(f"no office answers for {area!r}")
        return found

    def person(self, role: str, unit: str | None = None, number: int = 0) -> Actor:
        """Return the n-th person of a role: at a desk of the district, or in a unit (by id).

        Source: docs/adr/0234 (roles by their ids).
        """
        name = f"{unit or ''}:{number}"
        known = all_roles()
        local = {role: known[role]} if known[role].programme else {}
        made = cast.officer(role, unit, number)
        return Actor(f"{made.id}:{name}"[:64] if unit else made.id, made.roles, unit, made.units, None, {}, local)

    # -- reports and acts ---------------------------------------------------------------------------------

    def report(
        self, kind: str, at: datetime, by: Actor, *, key: str, title: str, text: str = "", channel: str = "inspector",
        programme: str | None = None,
        category: str | None = None, spot: Spot | None = None, urgency: str | None = None, subject: str | None = None,
        fields: dict[str, Any] | None = None, reporter: Reporter | None = None, unit: str | None = None,
        dispatch: bool = True, may_be_refused: bool = False, **more: Any,
    ) -> Matter:  # fmt: skip
        """Write down a report: at its instant it goes through intake, and with `dispatch` on to its unit.

        Args:
            kind: Of case. programme: Another one's, whose events reach this one.
            by: Who registers it. key: The sample's own name of it, unique.
            spot: Where; gives area and place. unit: Send it to this one (id). may_be_refused: Then counted as such.
            more: Further fields of `NewReport`.

        Source: docs/topics/play.md, "Acts"; `intake.receive` (the one door).
        """
        made = NewReport(
            key=self.keys + key, programme=programme or self.programme.id, kind=kind, channel=channel, at=at,
            title=title, text=text, category=category, area=spot.community if spot else None, urgency=urgency,
            place=spot.place if spot else None, reporter=reporter, fields=fields or {}, subject=subject,
            dispatch=dispatch, unit=unit, **more,
        )  # fmt: skip
        matter = Matter(key)
        self.script.put(Call(at, matter, made, by, may_be_refused))
        return matter

    def act(
        self, matter: Matter, command: str, at: datetime, by: Actor, words: Data | None = None, **data: Any
    ) -> Deed:
        """Write down an act on a case: at its instant it goes through `append`, as from a page.

        Args:
            command: Of the kernel's table. words: What is written freely and sealed. data: The rest.

        Source: docs/topics/play.md, "Acts".
        """
        deed = Deed(at, matter, by, command, data, words)
        self.script.put(deed)
        return deed

    def attempt(
        self, rule: str, key: str, matter: Matter, command: str, at: datetime, by: Actor, words: Data | None = None,
        *, photo: tuple[str, Spot] | None = None, **data: Any,
    ) -> Deed:  # fmt: skip
        """Write down an act that the engine ought to refuse; when it does, `rule` has found `key`.

        Source: docs/topics/play.md, "Planting".
        """
        taken = (photo[0], at, photo[1].place) if photo else None
        deed = Deed(at, matter, by, command, data, words, taken, expects=(rule, key))
        self.script.put(deed)
        return deed

    def photo(
        self, matter: Matter, at: datetime, by: Actor, spot: Spot, *, picture: str, taken: datetime | None = None
    ) -> Deed:
        """Write down that a photograph is uploaded as evidence; the same `picture` looks the same again.

        Args:
            spot: Where it was taken. taken: When; default: at the upload.

        Source: docs/adr/0220 (evidence names an upload); docs/topics/play.md, "Acts".
        """
        deed = Deed(at, matter, by, "add_evidence", {"type": "photo"}, None, (picture, taken or at, spot.place))
        self.script.put(deed)
        return deed

    # -- asking -------------------------------------------------------------------------------------------

    def letters(self) -> list[LetterRow]:
        """Write the letters that events ask for, as the worker does; return all of the programme's, by number.

        Source: docs/topics/letters.md, "Sending".
        """
        with in_district(self.registers.district.code):
            self._write_letters(acting_people())
            named = [letter for each in self.together for letter in letters_of(each)]
            return list(LetterRow.objects.filter(letter__in=named).order_by("letter", "year", "count"))

    def write(self, letter: str, key: str, to: str, *, by: Actor | None = None, **given: Any) -> None:
        """Let an officer write a letter by hand, now; the same key again writes nothing.

        Args:
            letter: Of the programme. key: The sample's own name of it. to: Addressee. by: Who writes it. given: What is
                said by hand.

        Raises:
            LetterRefused: it has a gap.

        Source: docs/topics/letters.md, "Sending".
        """
        declared, world = letter_named(letter), self.script.facts_at(self.now)
        occasion = LetterOccasion(f"hand:{self.keys}{key}", self.now, self.programme.id, actor=by.id if by else "")
        with in_district(self.registers.district.code):
            facts = gather_facts(declared.letter, occasion, given, world)
            write_letter(declared, facts, LetterTo((to,)), occasion, world)

    def _write_letters(self, actors: Collection[str]) -> None:
        number_events()
        with in_district(self.registers.district.code):
            name_people(self.registers.district.code, self.district, self.seed, actors)
            while follow_events(self.script.facts_at(self.now)):
                pass
            while follow_alarms(self.script.facts_at(self.now)):
                pass
            while follow_incidents(self.script.facts_at(self.now)):
                pass
            while follow_certificates(self.script.facts_at(self.now)):
                pass

    def cases(self, **asked: Any) -> Sequence[CaseRow]:
        """Return the rows of the programmes' cases, by columns of `CaseRow`, in the order of their numbers."""
        return list(CaseRow.objects.filter(**{"programme__in": self.together} | asked).order_by("number"))

    def incidents(self) -> list[IncidentRow]:
        """Return what the programme's watches have found so far, in the order of watch and subject.

        Source: docs/topics/play.md, "Meanwhile".
        """
        names = [name for name, watch in current_catalogue().watches.items() if watch.programme in self.together]
        with in_district(self.registers.district.code):
            return list(IncidentRow.objects.filter(watch__in=names).order_by("watch", "subject", "part", "incident"))

    def evidence(self, row: CaseRow, by: Actor) -> str:
        """Return the SHA-256 of the package of evidence of a case, as the page of the case gives it to somebody.

        Source: docs/adr/0364-evidence-package.md (2).
        """
        asked = EvidenceAsked(by, self.registers, self.now)
        with in_district(self.registers.district.code):
            return hashlib.sha256(evidence_of(asked, case_of(row.fold))).hexdigest()

    def matter(self, row: CaseRow) -> Matter:
        """Return a case that nobody of the sample reported, such as one that a watch opened, for acts on it.

        Source: docs/topics/play.md, "Meanwhile".
        """
        return Matter(row.number, row.id, row.number)

    def subjects(self, kind: str, on: date | None = None) -> list[tuple[str, dict[str, Any]]]:
        """Return key and open values of every subject of a type, as of a day: by default the played one.

        Source: docs/topics/subjects.md, "For a day, as known on a day".
        """
        looker = Looker("system:play", frozenset(), frozenset({self.programme.id}), "a play")
        asked = asking.Viewpoint(on or self.local(self.now))
        found = asking.stream(self.registers.district.code, subject_type(kind), asked, looker)
        return [(held.key, dict(held.values)) for held in found]

    # -- truth --------------------------------------------------------------------------------------------

    def plant(self, rule: str, key: str, how: str) -> None:
        """Tell the ground truth: `rule` must find `key`. Source: docs/topics/play.md, "Planting"."""
        self.ground.plant(rule, key, how)

    def look_alike(self, rule: str, key: str, how: str) -> None:
        """Tell the ground truth: `rule` must leave `key` alone. Source: docs/topics/play.md, "Planting"."""
        self.ground.plant(rule, key, how, false_friend=True)

    def find(self, rule: str, key: str, how: str) -> None:
        """Tell what the engine said: `rule` found `key`. Source: docs/topics/play.md, "Planting"."""
        self.ground.find(rule, key, how)

    def prove(self, name: str, value: Any) -> None:
        """Add a key to the answer that the programme proves with it. Source: docs/topics/play.md, "The answer"."""
        self.proofs[name] = value
