"""Every programme's on-time rate is that of its own handling clock; late and never are late."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bihuan.ledger import store as ledger
from bihuan.loop.facts import LoopFacts, OtherCases
from bihuan.loop.kernel.model import CLOCK, Actor, Case, Command, Data
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append, tick
from bihuan.numbers.counting import members, month_cube
from bihuan.numbers.periods import Month
from bihuan.numbers.ranking import rank_month
from bihuan.rules.rates import Rate
from tests.loop.district import ARBITER, facts, handler, programme, registers
from tests.numbers.on_time.recount import HANDLING_CLOCK, recount

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
FROM = datetime(2026, 9, 1, 1, 0, tzinfo=UTC)
END = datetime(2027, 12, 1, tzinfo=UTC)
HERE = [116_300_000, 39_950_000]
DESK = Actor("user:desk", frozenset({"operator", "inspector", "unit_head", "arbiter"}))
INSPECTOR = Actor("user:looker", frozenset({"inspector", "callback_agent"}))
KIND = {
    "hotline": "request",
    "whistle": "whistle",
    "street-scene": "finding",
    "community-access": "task",
    "prevention": "visit",
    "monthly-topic": "problem",
}

CLASSIFIED = {"hotline": {"category": "housing.property.service"}}  # without one nobody but the district could be named


class Admitted(OtherCases):
    """Every task is on the list."""

    def admission(self, programme: str, kind: str, subject: str, at: datetime) -> Data | None:
        return {"number": "1", "until": "2028-01-01T00:00:00Z"}


def world() -> LoopFacts:
    """The model district, recorded after everything that happens here."""
    known = facts(END)
    return LoopFacts(known.registers, known.book, END, "seed", Admitted())


class Play:
    """One case of one programme, step by step at chosen moments."""

    def __init__(self, programme_id: str, at: datetime, area: str, **data: Any) -> None:
        self.facts, self.rules = world(), programme(programme_id).cases[KIND[programme_id]]
        given = {
            "channel": "inspection",
            "area": area,
            "place": HERE,
            "urgency": self.rules.urgencies[-1],
            "subject": "a",
            **data,
        }
        if self.rules.about is not None:
            del given["subject"]  # of a register that nobody loaded here
        command = Command("open", DESK, at, given, {"title": "事项", "text": "内容"})
        (made,) = append([Order(command, programme=programme_id, kind=KIND[programme_id])], facts=self.facts)
        assert made.case is not None, made.refusal
        self.case: Case = made.case
        if self.case.state == "received":
            self.do("dispatch", DESK, at + timedelta(minutes=30))

    def do(self, step: str, actor: Actor, at: datetime, **data: Any) -> Case:
        """Let time pass until `at`, then take the step."""
        while (due := CaseRow.objects.get(pk=self.case.id).tick_at) is not None and due <= at:
            (ticked,) = append([Order(Command("tick", CLOCK, due), self.case.id)], facts=self.facts)
            assert ticked.refusal is None, ticked.refusal
        (done,) = append([Order(Command(step, actor, at, data), self.case.id)], facts=self.facts)
        assert done.case is not None, done.refusal
        assert done.refusal is None, (step, done.refusal)
        self.case = done.case
        return done.case

    @property
    def unit(self) -> Actor:
        assert self.case.holder is not None
        return handler(self.case.holder.id, f"of-{self.case.holder.id}")

    @property
    def due(self) -> datetime:
        return self.case.clocks[HANDLING_CLOCK[self.case.programme]].due

    def hand_in(self, at: datetime) -> None:
        """Accept, prove and hand in, just before and at a moment."""
        self.do("accept", self.unit, at - timedelta(minutes=9))
        for n in range(self.rules.evidence.min):
            proof = {"sha256": f"{random.getrandbits(256):064x}", "type": self.rules.evidence.types[0], "place": HERE}
            self.do("add_evidence", self.unit, at - timedelta(minutes=5 - n), **proof,
                    taken_at=(at - timedelta(minutes=6)).isoformat())  # fmt: skip
        self.do("submit", self.unit, at)


def extended(play: Play) -> None:
    """Ask for and get more time a minute before the end, where the declaration has it."""
    clock = HANDLING_CLOCK[play.case.programme]
    rule = next(c for c in play.rules.clocks if c.name == clock)
    if rule.extend is not None:
        play.do("request_extension", play.unit, play.due - timedelta(minutes=2), clock=clock, reason="材料")
        play.do("approve_extension", ARBITER, play.due - timedelta(minutes=1), clock=clock)


def fates(programme_id: str, dice: random.Random, area: str) -> Iterator[None]:
    """In time, late, never, more time asked for, handed in a month late, returned after it ran out."""
    at = FROM
    for _ in range(3):
        for fate in ("in time", "late", "never", "extended in time", "extended late", "months late", "back twice"):
            at += timedelta(hours=dice.randrange(20, 60))
            play = Play(programme_id, at, area, **CLASSIFIED.get(programme_id, {}))
            if fate.startswith("extended"):
                extended(play)
            if fate.endswith("in time"):
                play.hand_in(play.due - timedelta(minutes=dice.randrange(1, 30)))
            elif fate == "months late":
                play.hand_in(play.due + timedelta(days=40))
            elif fate == "back twice":
                play.hand_in(play.due - timedelta(hours=1))
                failed = next(r for r in play.rules.verify.results if r in ("failed", "unsolved"))  # type: ignore[union-attr]
                if play.case.state == "closed":
                    play.do("reopen", DESK, play.case.submitted_at + timedelta(hours=1), reason="again")  # type: ignore[operator]
                else:
                    play.do("verify", INSPECTOR, play.case.submitted_at + timedelta(hours=1), result=failed)  # type: ignore[operator]
                play.hand_in(play.due + timedelta(hours=3))
            elif fate != "never":
                play.hand_in(play.due + timedelta(days=dice.randrange(1, 17)))
            yield


@pytest.fixture
def area() -> str:
    return next(a.code for a in registers().areas if a.level == "community")


@pytest.mark.parametrize("programme_id", sorted(HANDLING_CLOCK))
def test_a_programmes_on_time_rate_is_what_its_definition_says(programme_id: str, area: str) -> None:
    dice = random.Random(programme_id)
    for _ in fates(programme_id, dice, area):
        pass
    tick(END, 100_000, facts=world())
    ledger.sequence_leaves(1_000_000)
    seen = 0
    months = [f"{year}-{month:02d}" for year in (2026, 2027) for month in range(1, 13)]
    for month in months[8:22]:
        expected = recount(month)
        if not expected and seen:
            break
        cube = month_cube(Month.parse(month), registers=registers())
        found: dict[tuple[str, str], list[int]] = {}
        for cell in cube.cells:
            if cell.indicator == "on_time_rate":
                sums = found.setdefault((cell.programme, cell.unit), [0, 0])
                sums[0] += cell.numerator
                sums[1] += cell.denominator
        assert {key: tuple(sums) for key, sums in found.items()} == expected, month
        whole = cube.one("on_time_rate", programme_id)
        assert isinstance(whole, Rate)
        seen += whole.denominator
        listed = members(Month.parse(month), "on_time_rate", registers=registers())
        assert (sum(m.counted for m in listed), len(listed)) == (whole.numerator, whole.denominator)
    assert seen >= 15


def test_a_late_finding_and_one_never_handled_lower_the_rate_and_the_points(area: str) -> None:
    """The report that began this: one finding 16 days late and one never handled gave 1 of 1."""
    Play("street-scene", FROM, area, category="cleanliness.litter")
    late = Play("street-scene", FROM + timedelta(hours=1), area, category="cleanliness.litter")
    late.hand_in(late.due + timedelta(days=16))
    tick(END, 1000, facts=world())
    ledger.sequence_leaves(1000)
    number = month_cube(Month.parse("2026-09"), registers=registers()).one("on_time_rate", "street-scene")
    assert isinstance(number, Rate)
    assert (number.numerator, number.denominator) == (0, 2)


def test_two_hundred_points_of_the_thousand_follow_the_rate(area: str) -> None:
    for n in range(5):
        play = Play("street-scene", FROM + timedelta(days=n), area, category="cleanliness.litter")
        play.hand_in(play.due + (timedelta(days=1) if n < 2 else timedelta(minutes=-5)))
    tick(END, 1000, facts=world())
    ledger.sequence_leaves(1000)
    cube = month_cube(Month.parse("2026-09"), registers=registers())
    ranking = rank_month(cube, None, registers(), facts().book, programme="street-scene")
    unit = registers().organisations.spans(play.case.lead or "")[-1].code
    score = next(line.score for line in ranking.lines if line.unit == unit)
    assert score is not None
    item = next(i for i in score.items if i.item.id == "on_time_rate")
    assert float(item.weighted) == pytest.approx(200 * 3 / 5)
