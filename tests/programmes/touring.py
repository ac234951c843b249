"""Tours through a declaration: everybody tries everything, and all that is answered is written down.

Two declarations that differ in one key must give two different records; what no record shows, nobody observes.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from bihuan.loop.facts import LoopFacts, OtherCases
from bihuan.loop.kernel.actions import actions
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import evolve
from bihuan.loop.kernel.facts import Seen
from bihuan.loop.kernel.model import CLOCK, Actor, Case, Command, Data, Refusal
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programme_checks import findings
from bihuan.loop.programmes import folder_of
from tests.loop.district import START, book, community, facts, registers
from tests.loop.invariants import typed

HERE, FAR = [116_300_000, 39_950_000], [116_400_000, 39_950_000]
CATEGORY = {"hotline": "housing.property.service", "street-scene": "cleanliness.litter"}
EVERYBODY = ("resident", "reporter", "operator", "callback_agent", "inspector", "arbiter", "auditor", "leader")


class Others(OtherCases):
    """Another case used the files that begin with e; the item `survey` is admitted."""

    def used_for(self, evidence: Data, case: Case) -> Seen | None:
        """See `Facts.used_for`."""
        return Seen("case", "2605060000001") if str(evidence["sha256"]).startswith("e") else None

    def admission(self, programme: str, kind: str, subject: str, at: Any) -> Data | None:
        """See `Facts.admission`."""
        return {"number": "7", "until": "2027-01-01T00:00:00Z"} if (kind, subject) == ("item", "survey") else None


class Registered(LoopFacts):
    """Facts that know one enterprise and one vehicle, of which they say something else."""

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, Data] | None:
        """See `Facts.ask`."""
        base, _, name = kind.partition(".")
        places = [a.code for a in self.registers.areas.at_level("community")]
        known = {"name": base, "street": places[3], "industry": places[4], "position": FAR, "spot": HERE,
                 "authority": departments()[1], "website": departments()[2], "address": "x"}  # fmt: skip
        if key != "E1":
            return None
        return (known[name] if name else known), {"subject": f"{base}/{key}", "source": "a list"}


def departments() -> list[str]:
    """Units that a street may call in."""
    return [o.id for o in registers().organisations if o.kind == "department"]


class Tour:
    """One case under one declaration; a step may be refused, and that is written down too."""

    def __init__(self, declared: Programme, kind: str) -> None:
        self.programme, self.kind = declared, kind
        self.case = Case(id=UUID(int=7))
        base = facts()
        self.facts = Registered(base.registers, book(), base.now, "seed", Others())
        self.record: list[str] = []

    def step(self, command: str, who: Actor | str, hours: float, /, **data: Any) -> Tour:
        """Try one command `hours` after the start."""
        actor = self.somebody(who)
        at = START + timedelta(hours=hours)
        decided = decide(self.programme, self.case, Command(command, actor, at, data, {"text": "x"}), self.facts)
        if isinstance(decided, Refusal):
            self.record.append(f"{command} {who} refused {msgspec.json.encode(decided).decode()}")
            return self
        for event in decided:
            self.case = evolve(self.case, event)
            typed([event])
            self.record.append(f"{event.kind} {msgspec.json.encode(event.data).decode()}")
        self.record.append(f"{self.case.state} {self.case.outcome} {self.case.deadline} {self.case.holder}")
        return self

    def look(self, who: Actor | str, hours: float) -> Tour:
        """Write down which forms somebody sees."""
        if not self.case.kind:
            return self
        seen = actions(self.programme, self.case, self.somebody(who), START + timedelta(hours=hours), self.facts)
        self.record += [msgspec.json.encode(action).decode() for action in seen]
        return self

    def somebody(self, who: Actor | str) -> Actor:
        """A role by its name; `holder` is whoever holds the case, `own:ROLE` one of the unit that leads it."""
        if isinstance(who, Actor):
            return who
        if who == "holder":
            unit = self.case.holder.id if self.case.holder else self.case.lead
            return Actor("user:handler", frozenset({"handler"}), unit)
        if who.startswith("own:"):
            return Actor(f"user:{who}", frozenset({who[4:]}), self.case.lead)
        case = str(self.case.id) if who == "reporter" else None
        return Actor(f"user:{who}", frozenset({who}), case=case)

    def opened(self, by: str = "operator", **data: Any) -> Tour:
        """A report about a place."""
        given = {"kind": self.kind, "number": "1", "channel": "phone", "area": community(), "place": HERE,
                 "category": CATEGORY.get(self.programme.id), "urgency": "general", **data}  # fmt: skip
        return self.step("open", by, 0, **{k: v for k, v in given.items() if v is not None})

    def dispatched(self, **data: Any) -> Tour:
        """At the unit that the duty matrix or the place gives."""
        self.opened(desk_of(self.programme, self.kind), **data)
        return self.step("dispatch", desk_of(self.programme, self.kind), 1)

    def proved(self, hours: float) -> Tour:
        """Two photographs from the spot, then the claim that it is done."""
        for letter in "ab":
            taken = (START + timedelta(hours=hours - 0.5)).isoformat()
            self.step("add_evidence", "holder", hours, sha256=letter * 64, type="photo", place=HERE, taken_at=taken)
        return self.step("submit", "holder", hours)

    def claimed(self, **data: Any) -> Tour:
        """Accepted and claimed done."""
        return self.dispatched(**data).step("accept", "holder", 2).proved(6)


def desk_of(declared: Programme, kind: str) -> str:
    """Somebody who may both open and send on, in any of the declarations toured."""
    return {"street-scene": "inspector"}.get(declared.id, "operator")


def at_the_desk(tour: Tour) -> None:
    """Who may open, what is asked, what the desk may do at once."""
    for role in EVERYBODY:
        Tour.opened(tour, role)
        tour.look("operator", 1).look("inspector", 1).step("tick", CLOCK, 0.7).step("tick", CLOCK, 1.5)
        tour.step("tick", CLOCK, 40)
        tour.case = Case(id=UUID(int=7))
    for urgency in ("emergency", "urgent", "general", "complex"):
        tour.opened(desk_of(tour.programme, tour.kind), urgency=urgency)
        tour.step("dispatch", desk_of(tour.programme, tour.kind), 1)
        tour.case = Case(id=UUID(int=7))
    for more in ({}, {"more": "x"}, {"more": "3"}, {"more": "2026-12-01"}):
        tour.opened(desk_of(tour.programme, tour.kind), fields=more)
        tour.case = Case(id=UUID(int=7))
    tour.opened(category="no.such.thing")
    desk = desk_of(tour.programme, tour.kind)
    tour.opened(desk, category="nothing", area=None, history="old").step("dispatch", desk, 1)
    for command, data in (
        ("answer", {}),
        ("refuse", {"reason": "x", "way": "x"}),
        ("invalidate", {"reason": "nuisance"}),
        ("transfer_out", {"reason": "x", "to": "110"}),
    ):
        tour.case = Case(id=UUID(int=7))
        tour.opened(desk_of(tour.programme, tour.kind)).step(command, desk_of(tour.programme, tour.kind), 1, **data)


def sent_back(tour: Tour) -> None:
    """Returns until somebody rules."""
    tour.dispatched().look("holder", 1)
    for hours in (2, 5, 8, 11):
        for reason in ("not_our_area", "other_reason"):
            tour.step("return", "holder", hours, reason=reason)
        tour.step("dispatch", desk_of(tour.programme, tour.kind), hours + 1)
    for role in ("leader", "arbiter"):
        tour.step("arbitrate", role, 13, unit=departments()[0], reason="x")


def handled(tour: Tour) -> None:
    """Deadlines, more time, a suspension, units called in."""
    tour.dispatched().step("tick", CLOCK, 20).step("accept", "holder", 21).look("holder", 22)
    clock = next((c.name for c in tour.programme.cases[tour.kind].clocks if c.name in ("feedback", "remedy")), "")
    for hours in (22, 24):
        tour.step("request_extension", "holder", hours, clock=clock, reason="x")
        tour.step("approve_extension", "leader", hours + 1, clock=clock).step(
            "approve_extension", "arbiter", hours + 1, clock=clock
        )
    for hours, days in ((30, 200), (31, 20)):
        until = (START + timedelta(hours=hours, days=days)).isoformat()
        for reason in ("season", "other_reason"):
            tour.step("request_suspension", "holder", hours, until=until, reason=reason)
    tour.step("approve_suspension", "leader", 32).step("approve_suspension", "arbiter", 32).step(
        "resume", "holder", 100
    )
    for n, kind in enumerate(("emergency", "hard", "other_kind")):
        tour.step("call_in", "holder", 101, kind=kind, units=departments()[n : n + 1], task="x")
    for n in (0, 1, 2):
        party = Actor(f"user:party{n}", frozenset({"handler"}), departments()[n])
        tour.step("arrive", party, 102, place=FAR, signature="b" * 64).step("arrive", party, 102, place=HERE)
        tour.step("arrive", party, 102, place=HERE, signature="b" * 64).step("finish_task", party, 103)
    tour.proved(104)


def proof(tour: Tour) -> None:
    """Each kind of proof alone, good and faulty, and a claim after each."""
    spot = {"place": HERE, "taken_at": (START + timedelta(hours=3)).isoformat()}
    before = {"place": HERE, "taken_at": (START + timedelta(hours=0.5)).isoformat()}
    tour.dispatched().step("accept", "holder", 2)
    tour.step("submit", "holder", 4)
    pieces = [("e", "photo", spot), ("1", "measurement", spot), ("2", "photo", {**spot, "place": FAR})]
    pieces += [("3", "photo", before), ("4", "photo", spot), ("5", "photo", spot), ("6", "photo", spot)]
    for letter, type_, where in pieces:
        tour.step("add_evidence", "holder", 4, sha256=letter * 64, type=type_, **where).step("submit", "holder", 5)


def verified(tour: Tour) -> None:
    """Who may verify, how often one tries, which answers there are."""
    tour.claimed().look("callback_agent", 7).look("inspector", 7).step("tick", CLOCK, 24 * 20)
    for hours in (20, 22, 25, 30, 35):
        tour.step("attempt", "callback_agent", 24 * 20 + hours)
    tour.case = Case(id=UUID(int=7))
    tour.claimed()
    lead = tour.case.lead
    superior = next(
        (
            o.id
            for o in registers().organisations
            if lead not in (None, o.id) and tour.facts.inside(str(lead), o.id, START)
        ),
        None,
    )
    for who in (Actor("user:handler", frozenset({"callback_agent", "inspector"})),
                Actor("user:colleague", frozenset({"callback_agent", "inspector"}), lead),
                Actor("user:above", frozenset({"callback_agent", "inspector"}), superior)):  # fmt: skip
        tour.step("verify", who, 8, result="nonsense")
    for role in ("leader", "callback_agent", "inspector"):
        for result in ("unsolved", "failed"):
            tour.step("verify", role, 9, result=result)
    for n, result in enumerate(("refused", "passed", "solved")):
        tour.step("accept", "holder", 20 + n).proved(24 + n).step("verify", "inspector", 30 + n, result=result)
        tour.step("verify", "callback_agent", 30 + n, result=result)


def closed(tour: Tour) -> None:
    """Second handling: by whom, how late, how often."""
    for role in ("reporter", "leader", "operator", "inspector"):
        tour.case = Case(id=UUID(int=7))
        tour.claimed()
        for days in (0, 20, 40, 100):
            tour.step("reopen", role, days * 24, reason="x")
            tour.step("accept", "holder", days * 24 + 6).proved(days * 24 + 7)
            tour.step("verify", "inspector", days * 24 + 8, result="passed")
            tour.step("verify", "callback_agent", days * 24 + 8, result="solved")


def excluded(tour: Tour) -> None:
    """Exclusions asked for in time and late, answered by this one and that one."""
    tour.claimed().look("holder", 7)
    lead = Actor("user:lead", frozenset({"handler"}), tour.case.lead)
    for days in (60, 30, 28, 2):
        for reason in ("force_majeure", "other_reason"):
            tour.step("request_exclusion", lead, days * 24, indicator="return_rate", reason=reason)
    for role in ("leader", "arbiter"):
        tour.step("approve_exclusion", role, 24 * 61, indicator="return_rate")


def applied(tour: Tour) -> None:
    """An application, its review and its end."""
    applicant = Actor("user:applicant", frozenset({"handler"}), departments()[0])
    fields = {"item": "x", "starts_on": "2026-07-01", "minutes_per_month": "60", "funding": "x"}
    soon, late = {**fields, "starts_on": "2026-06-05"}, {**fields, "starts_on": "2026-07-01"}
    for given in ({}, {"item": "x"}, soon, late):
        tour.step("open", applicant, 0, kind=tour.kind, number="1", channel="web", subject="survey", fields=given)
    tour.look("arbiter", 1).look("leader", 1)
    for days in (500, 300, 100):
        for role in ("leader", "arbiter"):
            tour.step("approve", role, 10, until=(START + timedelta(days=days)).isoformat())


def pushed(tour: Tour) -> None:
    """Work pushed into a community, on the list and not."""
    sender = Actor("user:sender", frozenset({"handler"}), departments()[0])
    for subject in ("survey", "other"):
        tour.case = Case(id=UUID(int=7))
        tour.step(
            "open", sender, 0, kind=tour.kind, number="1", channel="web", subject=subject, area=community(), place=HERE
        )
        tour.look("operator", 1)


def about(tour: Tour) -> None:
    """A report about something known, about something unknown, about nothing; sent to whom it is due."""
    for subject in ("E1", "E2", None):
        for place in ({}, {"area": None, "place": None}):
            tour.case = Case(id=UUID(int=7))
            tour.opened(desk_of(tour.programme, tour.kind), subject=subject, **place)
            tour.step("dispatch", desk_of(tour.programme, tour.kind), 1)


TOURS = {
    "about": (about,),
    "handled": (at_the_desk, sent_back, handled, proof, verified, closed, excluded),
    "gate": (applied,),
    "pushed": (pushed, sent_back),
}


def recorded(declared: Programme, kind: str, tours: str = "handled") -> list[str]:
    """Everything anybody was answered on all tours, and what the checks of the files say of the declaration."""
    record = [str(finding) for finding in findings(declared, folder_of(declared.id))]
    for route in TOURS[tours]:
        tour = Tour(declared, kind)
        route(tour)
        record += tour.record
    return record
