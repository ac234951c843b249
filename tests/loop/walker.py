"""Random walks: everybody tries what `actions` offers them, at random times; every refusal must say why.

A walk is a list of `Move`s (numbers that are taken modulo what is possible), so that Hypothesis can shrink it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, uuid5

from bihuan.declare.types import field_type
from bihuan.loop.facts import LoopFacts, OtherCases
from bihuan.loop.kernel.actions import Action, actions
from bihuan.loop.kernel.clocks import iso, next_tick
from bihuan.loop.kernel.decide import command_of_time, decide, decide_and_fold, possible
from bihuan.loop.kernel.fields import Field
from bihuan.loop.kernel.model import CLOCK, Actor, Case, Command, Event, Refusal
from bihuan.loop.kernel.permission import permitted
from bihuan.loop.kernel.programme import CaseType, Programme
from bihuan.loop.kernel.requests import unasked
from bihuan.loop.kernel.table import table
from bihuan.loop.programmes import folder_of
from bihuan.registers.pure.categories import load_categories
from bihuan.registers.pure.snapshot import Registers
from tests.loop import invariants
from tests.loop.district import book

START = datetime(2026, 1, 20, 1, 30, tzinfo=UTC)  # before the Spring Festival, with make-up days ahead
WAITS = (0, 1, 2, 9, 30, 65, 125, 300, 600, 1500, 4321, 20_000)  # minutes
LATER = START + timedelta(days=4000)
# How readily people do things (default 1): without this, most walks would end at the desk.
READY = {
    "dispatch": 14,
    "accept": 12,
    "submit": 14,
    "add_evidence": 6,
    "verify": 10,
    "attempt": 5,
    "arbitrate": 10,
    "return": 4,
    "contact": 3,
    "delegate": 3,
    "hand_back": 3,
    "request_extension": 3,
    "request_suspension": 3,
    "call_in": 3,
    "arrive": 8,
    "finish_task": 8,
    "score_party": 8,
    "score_lead": 3,
    "release": 2,
    "reopen": 6,
    "sample": 4,
    "unmerge": 4,
    "resume": 3,
    "recall": 2,
    "request_exclusion": 6,
    "approve": 12,
    "approve_extension": 6,
    "approve_suspension": 8,
    "approve_exclusion": 8,
    "refuse_extension": 3,
    "refuse_suspension": 3,
    "refuse_exclusion": 3,
    "merge": 2,
}


class Listed(OtherCases):
    """Every site but one has an admission in effect."""

    def admission(self, programme: str, kind: str, subject: str, at: datetime) -> dict[str, Any] | None:
        """See `Facts.admission`."""
        return None if subject == "site-8" else {"number": f"A-{subject}"}


class Known(LoopFacts):
    """Every subject is known, and nothing of it."""

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        return None if "." in kind else ({}, {"subject": f"{kind}/{key}"})


def facts_of(registers: Registers) -> LoopFacts:
    """The facts of a walk, recorded later than anything that happens in it."""
    return Known(registers, book(), LATER, "seed", Listed())


class Move(NamedTuple):
    """One attempt: which case, who, what, after how long, with which luck; and whether the clock is on time."""

    case: int
    actor: int
    action: int
    wait: int
    luck: int
    ticking: bool


@dataclass
class World:
    """Cases of one kind that people act upon; keeps every accepted command so that it can be replayed."""

    programme: Programme
    kind: str
    registers: Registers
    now: datetime = START
    cases: dict[str, Case] = field(default_factory=dict)
    events: dict[str, list[Event]] = field(default_factory=dict)
    commands: list[tuple[str, Command]] = field(default_factory=list)
    actors: dict[str, Actor] = field(default_factory=dict)
    refused: list[tuple[Command, Refusal]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # A walk goes wherever the steps lead; what facts are demanded before them is tested in test_demands.
        free = {name: case.model_copy(update={"demands": []}) for name, case in self.programme.cases.items()}
        self.programme = self.programme.model_copy(update={"cases": free})
        self.facts = facts_of(self.registers)
        self.areas = [a.code for a in self.registers.areas.at_level("community")]
        graph = self.registers.organisations.at(START.date())
        self.units = [
            u.id for u in graph.units("street")[:4] + graph.units("department")[:6] + graph.units("contractor")
        ]
        known = sorted({row.category for row in self.registers.duties.rows if row.category != "*"})
        file = self.rules.categories
        tree = [c.code for c in load_categories(folder_of(self.programme.id) / file).leaves] if file else []
        self.categories = tree or known

    @property
    def rules(self) -> CaseType:
        """What is declared for this kind of case."""
        return self.programme.cases[self.kind]

    # -- moving ----------------------------------------------------------------------------------

    def move(self, move: Move) -> None:
        """Take one step: wait, let the clock speak, let somebody try something."""
        self.now += timedelta(minutes=WAITS[move.wait % len(WAITS)])
        if move.ticking:
            self.tick()
        if not self.cases or (len(self.cases) < 3 and move.case % 7 == 0):
            self.open(move.luck)
            return
        key = sorted(self.cases)[move.case % len(self.cases)]
        cast = self.cast(self.cases[key])
        if move.actor % 6 == 0:
            self.try_in_vain(key, cast[move.luck % len(cast)], move.luck)
            return
        able = self._able(self.cases[key], cast)
        if able:
            weighted = [c for c in able for _ in range(self._ready(self.cases[key], c))]
            command = weighted[move.action % len(weighted)]
            actor = able[command][move.actor % len(able[command])]
            offered = actions(self.programme, self.cases[key], actor, self.now, self.facts)
            (action,) = (a for a in offered if a.possible and a.command == command)
            self.do(key, self.command(action, key, actor, move.luck))

    def _able(self, case: Case, cast: Sequence[Actor]) -> dict[str, list[Actor]]:
        """Which commands are possible for whom: what `actions` says of each, asked once of all."""
        rules = self.rules
        leaving = [step for step in table().leaving(case.state, case.shape) if "" not in step.sources]
        open_now = [s for s in leaving if not (possible(rules, case, s, self.now) or unasked(case, s.answers))]
        able: dict[str, list[Actor]] = {}
        for actor in cast:
            for step in open_now:
                if permitted(step, rules, case, actor, self.facts, self.now) is None:
                    able.setdefault(step.command, []).append(actor)
        return able

    def _ready(self, case: Case, command: str) -> int:
        """How readily people try a command; what cannot succeed now they try seldom, but they do."""
        evidence = len(case.evidence) < self.rules.evidence.min
        unfinished = any(p.done_at is None or p.score is None for p in case.parties.values())
        request = {"extension": "extension:", "suspension": "suspension", "exclusion": "exclusion:"}
        asked = next((p for word, p in request.items() if command in (f"approve_{word}", f"refuse_{word}")), None)
        vain = (
            (asked is not None and not any(k.startswith(asked) for k in case.pending))
            or (command == "submit" and (evidence or unfinished))
            or (command == "score_party" and not any(p.done_at and p.score is None for p in case.parties.values()))
            or (command in ("release", "score_lead") and not case.parties)
        )
        return 1 if vain else READY.get(command, 1)

    def try_in_vain(self, key: str, actor: Actor, luck: int) -> None:
        """What `actions` greys out, `decide` refuses, with the same reason."""
        offered = actions(self.programme, self.cases[key], actor, self.now, self.facts, everything=True)
        action = [a for a in offered if not a.possible][luck % 3]
        assert action.refusal is not None
        answer = decide(self.programme, self.cases[key], self.command(action, key, actor, luck), self.facts)
        assert isinstance(answer, Refusal), f"{action.command} was greyed out and yet accepted"
        assert answer.code == action.refusal.code

    def open(self, luck: int) -> None:
        """A new case, at a random place and in a random category."""
        key = f"case-{len(self.cases)}"
        rules = self.rules
        role = rules.opened_by[luck % len(rules.opened_by)]
        alive = [unit for unit in self.units if self.facts.unit(unit, self.now)]
        unit = alive[luck % len(alive)]
        actor = self.known(Actor(f"user:opener-{role}", frozenset({role}), unit if rules.shape == "gate" else None))
        data: dict[str, Any] = {
            "kind": self.kind,
            "channel": "phone",
            "number": key,
            "urgency": rules.urgencies[luck % len(rules.urgencies)],
            "category": self.categories[luck % len(self.categories)],
            "area": self.areas[luck % len(self.areas)],
            "place": [116_300_000 + luck % 50, 39_950_000],
            "unit": unit if rules.shape == "gate" else None,
            "fields": self._form(luck),
            "subject": f"site-{luck % 9}",
        }
        if luck % 5 == 0 and rules.clocks:
            data["origin"] = {
                "number": "C1",
                "due": {rules.clocks[-1].name: iso(self.now + timedelta(hours=luck % 400))},
            }
        given = {k: v for k, v in data.items() if v is not None}
        self.do(key, Command("open", actor, self.now, given, {"title": "标题", "text": "内容"}))
        assert key in self.cases, f"could not be opened: {self.refused[-1][1]}"

    def _form(self, luck: int) -> dict[str, str]:
        """What the form asks for; days lie far enough ahead for any notice."""
        rules, day = self.rules, (self.now + timedelta(days=120)).date().isoformat()
        filled = {}
        for name, rule in rules.fields.items():
            choices = sorted(rule.choices)
            other = day if rule.type == "date" else field_type(rule.field_type).example or "1"
            filled[name] = choices[luck % len(choices)] if choices else other
        if rules.gate is not None:
            filled |= dict.fromkeys(rules.gate.requires, "given")
            filled |= {rules.gate.notice.field: day} if rules.gate.notice else {}
        return filled

    def tick(self) -> None:
        """Everything that has fallen due until now, each at its own instant."""
        for key in sorted(self.cases):
            for _ in range(200):
                due = next_tick(self.cases[key])
                if due is None or due > self.now:
                    break
                kind = command_of_time(self.cases[key], due)
                before = len(self.refused)
                self.do(key, Command(kind, CLOCK, due))
                assert len(self.refused) == before, f"the clock was refused: {self.refused[-1]}"

    def do(self, key: str, command: Command) -> None:
        """Decide, remember, check."""
        self.known(command.actor)
        case = self.cases.get(key) or Case(id=uuid5(NAMESPACE_URL, key))
        settled = decide_and_fold(self.programme, case, command, self.facts)
        if isinstance(settled, Refusal):
            assert settled.code
            assert settled.text.zh
            assert settled.text.en
            self.refused.append((command, settled))
            return
        events, after = settled
        assert events, f"{command.kind} was accepted and nothing happened"
        invariants.typed(events)
        self.cases[key] = after
        self.events.setdefault(key, []).extend(events)
        self.commands.append((key, command))
        invariants.alive(self.rules, after)

    def known(self, actor: Actor) -> Actor:
        """Remember who acted, so that the checks know their unit."""
        self.actors[actor.id] = actor
        return actor

    # -- people ----------------------------------------------------------------------------------

    def cast(self, case: Case) -> list[Actor]:
        """Everybody who could try something on the case, and some who should not be able to."""
        rules, verify = self.rules, self.rules.verify
        desks = {rules.desk, rules.returns.arbiter, "operator", "importer", "auditor", *rules.reopen.by}
        desks |= {c.extend.approver for c in rules.clocks if c.extend} | {verify.by if verify else "auditor"}
        desks |= {r.approver for r in (rules.suspend,) if r} | {r.reviewer for r in (rules.exclusions, rules.gate) if r}
        cast = [Actor(f"user:{role}", frozenset({role})) for role in sorted(desks)]
        held = [u for u in (case.lead, case.holder.id if case.holder and case.holder.kind == "unit" else None) if u]
        for unit in dict.fromkeys([*held, *case.units[-2:], *case.parties]):
            both = frozenset({"handler", *([verify.by] if verify else [])})
            cast += [
                Actor(f"user:head-{unit}", frozenset({"unit_head", "handler"}), unit),
                Actor(f"user:member-{unit}", frozenset({"handler"}), unit),
                Actor(f"user:partial-{unit}", both, unit),
                Actor(f"user:arbiter-{unit}", frozenset({rules.returns.arbiter}), unit),
            ]
        if case.holder and case.holder.person:
            cast.append(Actor(case.holder.person, frozenset({"handler"}), case.holder.id))
        if verify is not None:
            cast += [Actor(f"user:verifier-{unit}", frozenset({verify.by}), unit) for unit in self.units]
            cast += [Actor(h, frozenset({verify.by})) for h in case.handlers[:2]]
        cast.append(Actor("reporter:1", frozenset({"reporter"}), case=str(case.id)))
        cast.append(Actor("reporter:2", frozenset({"reporter"}), case="another"))
        return cast

    # -- what they say ---------------------------------------------------------------------------

    def command(self, action: Action, key: str, actor: Actor, luck: int) -> Command:
        """The action with its form filled in."""
        data: dict[str, Any] = {}
        private: dict[str, Any] | None = None
        for i, each in enumerate(action.fields):
            value = self._value(action.command, key, each, luck + i)
            if value is None or (not each.required and luck % 3 == 0):
                continue
            if each.private:
                private = {**(private or {}), each.name: value}
            else:
                data[each.name] = value
        extra = self._extra(action.command, key, luck)
        return Command(action.command, actor, self.now, {**data, **extra}, private)

    def _value(self, command: str, key: str, each: Field, luck: int) -> Any:
        if each.choices:
            return each.choices[luck % len(each.choices)][0]
        others = [str(c.id) for k, c in sorted(self.cases.items()) if k != key and c.ended_at is None]
        makers: dict[str, Any] = {
            "unit": self.units[luck % len(self.units)],
            "units": [self.units[luck % len(self.units)]],
            "person": f"user:person-{luck % 3}",
            "category": self.categories[luck % len(self.categories)],
            "area": self.areas[luck % len(self.areas)],
            "place": [116_300_000, 39_950_000],
            "instant": iso(self.now + timedelta(days=1 + luck % 60)),
            "number": luck % 120,
            "party": None,
            "signature": sha256(str(luck).encode()).hexdigest(),
            "case": others[luck % len(others)] if others else None,
            "yes_no": luck % 2 == 0,
            "indicator": self._indicator(luck),
            "file": None,
        }
        return makers.get(each.type, "说明")

    def _indicator(self, luck: int) -> str | None:
        known = list(self.programme.indicator_ids)
        return known[luck % len(known)] if known else None

    def _extra(self, command: str, key: str, luck: int) -> dict[str, Any]:
        case, rules = self.cases[key], self.rules
        if command == "add_evidence":
            return {
                "sha256": sha256(f"{key}{luck}".encode()).hexdigest(),
                "type": rules.evidence.types[luck % len(rules.evidence.types)],
                "taken_at": iso(self.now),
                "place": list(case.place or (116_300_000, 39_950_000)),
                "size": luck,
            }
        if command == "delegate":
            below = self.registers.organisations.at(self.now.date()).members(case.holder.id if case.holder else "")
            return {"unit": below[luck % len(below)]} if below and luck % 2 else {"person": f"user:person-{luck % 3}"}
        if command == "join":
            return {"report": f"report-{luck}"}
        if command == "submit":
            return {"solvable": luck % 4 != 0}
        if command == "arrive":
            return {"place": list(case.place or (116_300_000, 39_950_000))}
        if command in ("score_party", "release") and case.parties:
            return {"unit": sorted(case.parties)[luck % len(case.parties)]}
        return {}

    # -- checks over the whole walk --------------------------------------------------------------

    def check(self) -> None:
        """Every invariant over everything that happened."""
        for key, case in self.cases.items():
            events = self.events[key]
            invariants.folded(case, events)
            invariants.verified_by_others(self.rules, events, self.actors, self.registers)
            invariants.deadlines_right(events, self.registers)
            invariants.accounted(self.rules, events)
            invariants.punctual([c for k, c in self.commands if k == key], events)
        counted = invariants.conserved(self.rules, self.cases.values(), joined=False)
        assert sum(counted.values()) == len(self.cases)

    def replay(self, facts: LoopFacts, order: Sequence[int]) -> dict[str, list[Event]]:
        """The accepted commands again, case by case or interleaved as `order` says, against fresh facts."""
        cases: dict[str, Case] = {}
        events: dict[str, list[Event]] = {}
        for i in order:
            key, command = self.commands[i]
            case = cases.get(key) or Case(id=uuid5(NAMESPACE_URL, key))
            settled = decide_and_fold(self.programme, case, command, facts)
            assert not isinstance(settled, Refusal), f"refused when replayed: {command.kind}: {settled}"
            events.setdefault(key, []).extend(settled[0])
            cases[key] = settled[1]
        assert cases == self.cases
        return events
