"""Any rule that gives any clock of any shipped programme its time, changed by a dated edition, and every open case.

Random walks of people lead cases anywhere (returns, extensions, suspensions, merges, called-in units); then the change
is migrated. Each clock keeps its deadline to the second or moves to what the same life would have given it under the
new rule, with the new rule's citation and no extension used up. What clocks there are is found, not listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import pytest

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide_and_fold
from bihuan.loop.kernel.model import Actor, Case, Clock, Command, Data, Event, Refusal
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.kernel.why import why
from bihuan.loop.programmes import all_programmes
from bihuan.rules.book import RuleBook
from tests.examples import share
from tests.loop.dated import CITED, LATER, Declared, Fed, fed, followed, joined, redeclared, with_later
from tests.loop.district import book, registers
from tests.loop.walker import LATER as RECORDED
from tests.loop.walker import START, Known, Listed, Move, World

pytestmark = pytest.mark.slow

SPANS = ("30min", "2h", "24h", "1 days", "3 days", "15 days", "3 working days", "9 working days", "60 working days")
OPERATOR = Actor("user:operator", frozenset({"operator"}))
EVERY = fed()
NAMES = [str(each) for each in EVERY]


class Change(NamedTuple):
    """What is changed from which day on, for whom."""

    day: int  # days after the walk began
    applies: str
    luck: int

    def span(self, row: int) -> str:
        return SPANS[(self.luck + row) % len(SPANS)]

    def rows(self, table: Declared) -> None:
        """Other spans in every row of a deadline table."""
        (answer,) = table["outputs"]
        for n, row in enumerate(table["rows"]):
            row[answer["name"]] = self.span(n)


class Rules(NamedTuple):
    """The declaration and the book that cases lived under, and those that take over."""

    before: Programme
    after: Programme
    book: RuleBook


def rules_of(each: Fed, change: Change) -> Rules:
    """The change where the clock's span stands: a further edition of its table, or one of the programme itself."""
    programme = all_programmes()[each.programme]
    begins = (START + timedelta(days=change.day)).date()
    if each.table:
        return Rules(programme, programme, with_later("table", each.table, begins, change.applies, change.rows))
    after = redeclared(programme, each.kind, each.path, change.span(0), edition="2099-01", applies_to=change.applies)
    return Rules(programme, after, book())


def in_a_table(each: Fed, change: Change) -> Rules:
    """The same span, given by a table that a city writes for it and that a further edition then changes."""
    programme = all_programmes()[each.programme]
    span = redeclared(programme, each.kind, each.path, {"table": "own_times"})
    urgencies = programme.cases[each.kind].urgencies
    document: Declared = {
        "table": "own_times", "edition": "first", "name": {"zh": "时限", "en": "Times"}, "source": "s", "citation": "c",
        "verified": False, "jurisdiction": "*", "effective_from": "2000-01-01",
        "inputs": [{"name": "urgency", "kind": "code", "values": urgencies}],
        "outputs": [{"name": "within", "kind": "text"}],
        "rows": [{"urgency": u, "within": SPANS[(change.luck + n) % 4]} for n, u in enumerate(urgencies)],
    }  # fmt: skip
    begins = (START + timedelta(days=change.day)).date()
    return Rules(span, span, joined(followed(document, begins, change.applies, change.rows), "table", "own_times"))


def walked(rules: Rules, kind: str, moves: Sequence[Move]) -> Iterator[World]:
    """A world under the earlier rules, looked at now and then."""
    world = World(rules.before, kind, registers())
    world.facts = Known(registers(), rules.book, RECORDED, "seed", Listed())
    for n, move in enumerate(moves, 1):
        world.move(move)
        if n % 6 == 0 or n == len(moves):
            yield world


def lived(events: Sequence[Event], name: str, span: str, facts: LoopFacts) -> datetime:
    """When a clock would be due had it run for `span` from the start, with all that was granted (from the events)."""
    ops = [(e.occurred_at, op) for e in events for op in e.data.get("clocks", ()) if op["name"] == name]
    begun = max(n for n, (_, op) in enumerate(ops) if op["op"] == "start")
    due, _ = facts.due(ops[begun][0], span)
    stood: datetime | None = None
    for at, op in ops[begun + 1 :]:
        if op["op"] == "pause":
            stood = at
        if op["op"] == "extend":
            due, _ = facts.due(due, op["why"]["within"])
        if op["op"] in ("resume", "restore") and stood is not None:
            due, stood = facts.resume(stood, due, span, at), None
    return due.astimezone(UTC)


def ruled(each: Fed, rules: Rules, change: Change, case: Case, clock: Clock, at: datetime) -> tuple[str, Data]:
    """Which span and which citation the law gives a clock at `at`, read from the book by hand."""
    declared: Any = rules.after if rules.after.applies_to == "open" else rules.before
    (span,) = _spans(declared, case, clock.name)
    if isinstance(span, str):
        return span, {}
    zone = registers().calendar.zone
    reached = change.applies == "open" and at.astimezone(zone).date() >= (START + timedelta(days=change.day)).date()
    table = rules.book.table(span.table, (at if reached else clock.started).astimezone(zone).date(), "110108")
    asked = {"urgency": case.urgency, "category": case.category, "area": case.area}
    found = table.lookup(**{item.name: asked[item.name] or "*" for item in table.inputs})
    return str(found.value), {"table": table.meta.id, "edition": found.edition, "row": found.row.number,
                              "citation": found.citation}  # fmt: skip


def _spans(declared: Programme, case: Case, name: str) -> list[Any]:
    rules, (part, _, unit) = declared.cases[case.kind], name.partition("@")
    if not unit:
        return [clock.within for clock in rules.clocks if clock.name == name]
    assert rules.parties is not None
    kinds = rules.parties.arrive
    return [kinds.get(case.parties[unit].call, rules.parties.finish) if part == "arrive" else rules.parties.finish]


def judged(each: Fed, rules: Rules, change: Change, moves: Sequence[Move]) -> Counter[str]:
    """Migrate every open case and judge every clock; counts what became of those that the change is about."""
    seen: Counter[str] = Counter()
    for world in walked(rules, each.kind, moves):
        for key, case in world.cases.items():
            if case.ended_at is None:
                for later in (timedelta(minutes=1), timedelta(days=120)):
                    seen += _judge(each, rules, change, world, case, world.events[key], world.now + later)
    return seen


def _judge(
    each: Fed, rules: Rules, change: Change, world: World, case: Case, events: list[Event], at: datetime
) -> Counter[str]:
    seen: Counter[str] = Counter()
    followed_now = rules.after if rules.after.applies_to == "open" else rules.before
    command = Command("migrate", OPERATOR, at, {"edition": rules.after.edition})
    answer = decide_and_fold(followed_now, case, command, world.facts)
    after, made = (case, []) if isinstance(answer, Refusal) else (answer[1], answer[0])
    assert not isinstance(answer, Refusal) or answer.code == "same_edition", answer
    for name, clock in case.clocks.items():
        moved = after.clocks[name]
        # A clock to a day of a register ("promised") follows the register, not the rules.
        if clock.stopped is not None or {"given", "promised"} & clock.why.keys() or name == "validity":
            assert moved == clock
            continue
        span, cited = ruled(each, rules, change, case, clock, at)
        keeps = (
            all(clock.why.get(k) == cited[k] for k in ("table", "edition")) if cited else clock.why["within"] == span
        )
        if keeps:
            assert moved == clock, f"{name} moved although its rule did not change"
        else:
            assert moved.due == lived(events, name, span, world.facts), f"{name}: granted time did not survive"
            assert {k: moved.why.get(k) for k in ("within", *cited)} == {"within": span, **cited}
            assert "table" in cited or "table" not in moved.why
            assert moved.missed == (moved.paused is None and moved.due <= at)
        unchanged = ("started", "extended", "granted", "paused", "stopped")
        assert [getattr(moved, k) for k in unchanged] == [getattr(clock, k) for k in unchanged]
        if each.names(name, case):
            seen["kept" if keeps else "moved"] += 1
            seen["extended"] += not keeps and clock.extended > 0
            seen["stood"] += not keeps and any("paused" in granted for granted in clock.granted)
            assert keeps or not cited or (moved.why["edition"], moved.why["citation"]) == (LATER, CITED)
    running = [c for c in after.clocks.values() if c.running]
    if running and made:
        assert why(after, [*events, *made]).rule == min(running, key=lambda c: c.due).why
    again = decide_and_fold(followed_now, after, command, world.facts)
    assert isinstance(again, Refusal), "a second migration moved something again"
    return seen


WAYS: list[tuple[Fed, Callable[[Fed, Change], Rules]]] = [(each, rules_of) for each in EVERY]
WAYS += [(each, in_a_table) for each in EVERY if each.path[0] == "parties"]
IDS = [f"{each}-{way.__name__}" for each, way in WAYS]
SHARE = share(1000, len(WAYS), 3)
"""Walks of each clock; more where they have not met a case that moves and one that keeps."""
MOST = 200


@pytest.mark.parametrize(("each", "way"), WAYS, ids=IDS)
def test_every_open_case_keeps_or_moves_whatever_happened_to_it(each: Fed, way: Callable[..., Rules]) -> None:
    """Seeded walks, and never an empty proof: some clock of the kind has moved, and some has kept its deadline."""
    seen: Counter[str] = Counter()
    for seed in range(MOST):
        if seed >= SHARE and seen["moved"] and seen["kept"]:
            return
        luck = Random(seed)
        change = Change(luck.randrange(120), "open" if seed % 3 else "new", luck.randrange(9))
        moves = [Move(*(luck.randrange(200) for _ in range(4)), luck.randrange(10_000), True) for _ in range(30)]
        if seed < SHARE and seed % 2:  # nobody looks at the clocks in time
            moves = [move._replace(ticking=luck.random() < 0.5) for move in moves]
        seen += judged(each, way(each, change), change, moves)
    raise AssertionError(f"walks never met {each}: {seen}")
