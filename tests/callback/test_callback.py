"""The call-back centre on a played month: the false closer found, the sample verifiable, the estimate honest."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bihuan.callback.answers import audit, estimate_solved, read_rounds
from bihuan.callback.drawing import SHELF, carry_out_sample, closed_population, commit_sample
from bihuan.ledger import statements
from bihuan.ledger.core.draw import verify_draw
from bihuan.ledger.core.errors import DrawError
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append
from bihuan.numbers.periods import Month
from bihuan.simulator.ahead import in_batches
from bihuan.simulator.playing import play_batches
from bihuan.simulator.town import Plan, Town
from tests.loop.district import CALLBACK, facts
from tests.shipped import load_shipped
from tests.simulator.small import END, stage

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
MONTH = Month(2026, 11)
LATER = END + timedelta(hours=6)
SYSTEM = Actor("system:draw", frozenset({"system"}))


@pytest.fixture
def town() -> Town:
    """Three weeks of four sub-districts, played into the store."""
    load_shipped()
    it = Town(stage(), Plan(21, 5, END, 70))
    play_batches(in_batches(it, 2000), facts(END), END)
    return it


def test_the_false_closer_is_flagged_and_nobody_else(town: Town) -> None:
    found = audit(MONTH, facts(LATER), "hotline")
    assert read_rounds(END + timedelta(days=1), END + timedelta(days=30), "hotline") == []
    (false,) = town.truth.false_closers
    assert [town.stage.code(unit) for unit in found.audit.flagged] == [false]
    assert found.agreement.cases >= sum(c["reached"] for c in found.by_unit.values()) > 300


def test_a_sample_is_fixed_before_its_seed_and_can_be_drawn_again(town: Town) -> None:
    known = closed_population(MONTH, facts(LATER), "hotline")
    commitment = commit_sample(MONTH, 20, facts(LATER), "hotline", source="a lottery of tomorrow")
    assert statements.find_commitment(commitment) is not None
    assert SHELF.read(f"{commitment}.json") is not None
    done = carry_out_sample(commitment, ["3", "14", "15"], SYSTEM, facts(LATER))
    verify_draw({k: v for k, v in done.items() if k not in ("sampled", "skipped")}, bytes.fromhex(commitment))
    assert done["sampled"] == sum(min(20, len(cases)) for cases in known.values())
    queued = CaseRow.objects.filter(state="verifying", holder_id="callback_agent")
    drawn = {n for numbers in done["drawn"].values() for n in numbers}
    assert drawn <= set(queued.values_list("number", flat=True))
    assert carry_out_sample(commitment, ["3", "14", "15"], SYSTEM, facts(LATER))["sampled"] == 0, (
        "a second run changes nothing"
    )


def test_the_estimate_from_the_sample_covers_the_whole(town: Town) -> None:
    known = closed_population(MONTH, facts(LATER), "hotline")
    commitment = commit_sample(MONTH, 40, facts(LATER), "hotline", source="a lottery of tomorrow")
    drawn = carry_out_sample(commitment, ["7"], SYSTEM, facts(LATER))["drawn"]
    census = [_good(number) for cases in known.values() for number, _ in cases]
    for unit, cases in known.items():
        for number, key in cases:
            if number in drawn[unit]:
                answer = {"result": "solved" if _good(number) else "unsolved"}
                done = append([Order(Command("verify", CALLBACK, LATER, answer), key)], facts=facts(LATER))[0]
                assert done.refusal is None
    found = estimate_solved(MONTH, commitment, facts(LATER), "hotline", LATER + timedelta(minutes=1))
    whole = found["*"]
    # Which cases are drawn depends on their ids, and 95 in 100 intervals hold the truth; five standard errors do.
    assert abs(float(whole.value) - sum(census) / len(census)) <= 5 * float(whole.variance) ** 0.5
    assert whole.interval.low <= whole.value <= whole.interval.high
    assert whole.interval.high - whole.interval.low <= 5 * float(whole.variance) ** 0.5, "no wider than it need be"
    assert set(found) - {"*"} <= set(known)


def _good(number: str) -> bool:
    """A fixed fact about a case: what the census would say (nine in ten)."""
    return int(number[-3:]) % 10 != 0


def test_a_draw_without_its_commitment_or_its_cases_is_refused() -> None:
    with pytest.raises(DrawError, match="commit first"):
        carry_out_sample("00" * 32, ["1"], SYSTEM, facts(LATER))
    with pytest.raises(DrawError, match="no closed case"):
        commit_sample(Month(2020, 1), 10, facts(LATER), "hotline")
