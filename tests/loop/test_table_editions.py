"""A dated edition of a deadline table and the open cases: each keeps or moves, with the right citation and its
extension unspent. Any table, any edition, any case with any time granted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import CLOCK, Case, Clock
from bihuan.loop.kernel.why import why
from bihuan.rules.book import RuleBook, read_editions
from tests.examples import examples
from tests.loop.dated import redeclared
from tests.loop.district import ARBITER, OPERATOR, START, Walk, book, facts, registers
from tests.loop.test_succession import dissolve

SPANS = (
    "2h",
    "24h",
    "48h",
    "1 days",
    "5 days",
    "7 days",
    "15 days",
    "3 working days",
    "9 working days",
    "20 working days",
)
HEAD = """
table: hotline_clocks
edition: "{edition}"
name: {{zh: 办理, en: Handling}}
source: a city's notice
citation: "notice {edition}, article {article}"
verified: true
jurisdiction: "*"
effective_from: {start}
{end}applies_to: {applies}
inputs:
  - {{name: urgency, kind: code, values: [emergency, urgent, general, complex]}}
  - {{name: category, kind: prefix}}
outputs:
  - {{name: within, kind: text}}
rows:
"""


class Dated(NamedTuple):
    """The table from the second edition's day on."""

    day: int  # days after the case opened
    applies: str
    within: str


class Life(NamedTuple):
    """What happened to the case before: more time, and a standstill of so many days, in this order or the other."""

    extended: bool
    stood: int
    first: str


def edition(name: str, start: str, end: str, applies: str, within: str) -> str:
    head = HEAD.format(
        edition=name, article=3, start=start, end=f"effective_to: {end}\n" if end else "", applies=applies
    )
    rows = [
        f'  - {{urgency: {u}, category: "*", within: {within}}}' for u in ("emergency", "urgent", "general", "complex")
    ]
    return head + "\n".join(rows)


def world(old: str, new: Dated | None) -> LoopFacts:
    """The house's rules with this table in place of the shipped one."""
    texts = [edition("old", "2000-01-01", "", "new", old)]
    if new is not None:
        begins = (START + timedelta(days=new.day)).date()
        last = begins - timedelta(days=1)
        texts = [edition("old", "2000-01-01", str(last), "new", old)]
        texts.append(edition("new", str(begins), "", new.applies, new.within))
    own = [e for text in texts for e in read_editions("hotline_clocks.yaml", text)]
    rest = [e for e in book() if (e.meta.kind, e.meta.id) != ("table", "hotline_clocks")]
    return LoopFacts(registers(), RuleBook([*rest, *own]), facts().now, "seed")


def lived(old: str, new: Dated | None, life: Life) -> Walk:
    """A case with the unit, which was given its time under `old`."""
    walk = Walk()
    walk.facts = world(old, new)
    walk.accepted()
    steps = [life.first, "extend" if life.first == "stand" else "stand"]
    hours = 0.3
    for step in steps:
        if step == "extend" and life.extended:
            walk.do("request_extension", walk.holder, hours, clock="feedback", reason="材料")
            walk.do("approve_extension", ARBITER, hours + 0.1, clock="feedback")
            hours += 0.2
        if step == "stand" and life.stood:
            until = (START + timedelta(days=life.stood + 2)).isoformat()
            walk.do("request_suspension", walk.holder, hours, until=until, reason="works")
            walk.do("approve_suspension", ARBITER, hours + 0.1)
            walk.do("resume", walk.holder, 24 * life.stood + hours + 0.2)
            hours = 24 * life.stood + hours + 0.3
    return walk


def feedback(case: Case) -> Clock:
    return case.clocks["feedback"]


dated = st.builds(Dated, st.integers(1, 40), st.sampled_from(["new", "open"]), st.sampled_from(SPANS))
life = st.builds(Life, st.booleans(), st.integers(0, 6), st.sampled_from(["extend", "stand"]))


@settings(max_examples=examples(80), deadline=None)
@given(st.sampled_from(SPANS), dated, life, st.integers(7, 60))
def test_every_open_case_keeps_or_moves_with_the_right_citation(old: str, new: Dated, past: Life, day: int) -> None:
    walk = lived(old, new, past)
    before = feedback(walk.case)
    at = day * 24.0
    moment = START + timedelta(hours=at)
    reached = new.applies == "open" and (START + timedelta(days=new.day)).date() <= moment.date()
    # START is 10:00 in Beijing, so whole days later are the same local day and hour
    if not reached:
        assert walk.refused("migrate", OPERATOR, at) == "same_edition"
        assert feedback(walk.case) == before
        return
    after = feedback(walk.do("migrate", OPERATOR, at))
    assert (after.why["edition"], after.why["within"], after.why["citation"]) == (
        "new",
        new.within,
        "notice new, article 3",
    )
    assert (after.extended, after.granted, after.started) == (before.extended, before.granted, before.started)
    assert after.missed == (after.due <= moment)
    assert after.due == ever_under(new.within, old, past), "granted time survives, as if the new rule had always held"
    if min((c for c in walk.case.clocks.values() if c.running), key=lambda c: c.due).name == "feedback":
        assert why(walk.case, walk.events).rule["edition"] == "new"
    assert walk.refused("migrate", OPERATOR, at + 1) == "same_edition", "a second migration has nothing to do"
    if not past.extended and after.due > moment + timedelta(hours=2):
        walk.do("request_extension", walk.holder, at + 1, clock="feedback", reason="材料")


def ever_under(within: str, old: str, past: Life) -> datetime:
    """The due time of the same life had the table always said `within`; what was granted stays as long as it was."""
    walk = lived(old, None, past)
    clock = feedback(walk.case)
    known = facts()
    due, _ = known.due(clock.started, within)
    for each in clock.granted:
        if "within" in each:
            due, _ = known.due(due, each["within"])
        else:
            stood, on = (datetime.fromisoformat(each[name]) for name in ("paused", "resumed"))
            due = known.resume(stood, due, within, on)
    return due.astimezone(UTC)


def test_a_longer_time_undoes_a_miss_and_a_shorter_one_records_it() -> None:
    def migrated(old: str, new: str, day: int) -> tuple[Clock, list[dict[str, Any]]]:
        walk = lived(old, Dated(1, "open", new), Life(False, 0, "stand"))
        while (due := feedback(walk.case).due) <= START + timedelta(days=day) and not feedback(walk.case).missed:
            walk.do("tick", CLOCK, (due - START) / timedelta(hours=1))
        case = walk.do("migrate", OPERATOR, 24 * day)
        return feedback(case), walk.events[-1].data["clocks"]

    longer, ops = migrated("2h", "15 days", 2)
    assert (longer.missed, longer.due) == (False, longer.started + timedelta(days=15))
    assert [op["op"] for op in ops if op["name"] == "feedback"] == ["replace"]
    shorter, ops = migrated("15 days", "24h", 3)
    assert (shorter.missed, shorter.due) == (True, shorter.started + timedelta(hours=24))
    assert [op["op"] for op in ops if op["name"] == "feedback"] == ["replace", "miss"]


def test_a_case_extended_before_grants_were_recorded_keeps_what_it_was_given() -> None:
    from msgspec.structs import replace

    walk = lived("5 days", Dated(1, "open", "7 days"), Life(True, 0, "extend"))
    clocks = {**walk.case.clocks, "feedback": replace(feedback(walk.case), granted=())}
    walk.case = replace(walk.case, clocks=clocks)
    decided = walk._decide("migrate", OPERATOR, 48, None, {})
    op = next(op for op in decided[0].data["clocks"] if op["name"] == "feedback")
    assert datetime.fromisoformat(op["due"]) == feedback(walk.case).started + timedelta(days=12)


def test_clocks_of_called_in_units_move_also_when_another_unit_took_them_over_in_a_standstill() -> None:
    walk = Walk().accepted()
    first, second = [u.id for u in registers().organisations.at(START.date()).units("department")][5:7]
    walk.do("call_in", walk.holder, 1, **{"kind": "enforcement"}, units=[first], task="到场处置")
    until = (START + timedelta(days=20)).isoformat()
    walk.do("request_suspension", walk.holder, 2, until=until, reason="works")
    walk.do("approve_suspension", ARBITER, 3)
    walk.facts = dissolve(first, second)
    walk.do("inherit", CLOCK, 30)
    walk.do("resume", walk.holder, 53)
    given = {name: walk.case.clocks[f"{name}@{second}"] for name in ("arrive", "finish")}
    assert "handed_from" in given["arrive"].why
    walk.programme = redeclared(
        walk.programme, "request", ("parties", "arrive", "enforcement"), "48h", applies_to="open", edition="2099-01"
    )
    walk.programme = redeclared(walk.programme, "request", ("parties", "finish"), "10 days")
    case = walk.do("migrate", OPERATOR, 54)
    arrive, finish = (case.clocks[f"{name}@{second}"] for name in ("arrive", "finish"))
    called, stood = START + timedelta(hours=1), timedelta(hours=50)
    assert (arrive.due, finish.due) == (called + timedelta(hours=48) + stood, called + timedelta(days=10) + stood)
    assert [(c.why["within"], c.why["handed_from"]) for c in (arrive, finish)] == [
        ("48h", f"arrive@{first}"), ("10 days", f"finish@{first}"),
    ]  # fmt: skip
    assert walk.refused("migrate", OPERATOR, 55) == "same_edition"
