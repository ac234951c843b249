"""The plan keeps its capacity, draws fairly and reproducibly, and lets nobody in danger wait; hit-rates are honest."""

from collections import Counter

import numpy as np
import pytest

from bihuan.insight.forecast import BadPlan, Candidate, hit_rate, plan

SEED = bytes(range(32))


def places(number=100, **changed):
    return [Candidate(f"p{i:03}", float(number - i), f"s{i % 4}", rare=i % 10 == 9, **changed) for i in range(number)]


def by_arm(found):
    return Counter(a.arm for a in found)


def test_capacity_and_shares():
    found = plan(places(), 30, 0.25, SEED, exploration_share=0.1)
    assert by_arm(found) == {"visit": 27, "wait": 9, "explore": 3, "none": 61}
    assert sum(a.visited for a in found) == 30


def test_only_the_hottest_are_in_the_pool():
    found = plan(places(), 30, 0.25, SEED, exploration_share=0)
    assert {a.id for a in found if a.arm in ("visit", "wait")} == {f"p{i:03}" for i in range(40)}


def test_same_seed_same_plan_in_any_order():
    listed = places()
    first = {a.id: a.arm for a in plan(listed, 30, 0.25, SEED)}
    assert first == {a.id: a.arm for a in plan(listed[::-1], 30, 0.25, SEED)}
    assert first != {a.id: a.arm for a in plan(listed, 30, 0.25, bytes(32))}


def test_strata_wait_alike():
    found = plan(places(), 60, 0.25, SEED, exploration_share=0)
    waiting = Counter(a.stratum for a in found if a.arm == "wait")
    assert max(waiting.values()) - min(waiting.values()) <= 1
    assert sum(waiting.values()) == 20


def test_everybody_has_the_chance_that_is_written():
    times = 3000
    waited, visited = Counter(), Counter()
    for k in range(times):
        for a in plan(places(40), 12, 0.25, k.to_bytes(16), exploration_share=0.2):
            waited[a.id] += a.arm == "wait"
            visited[a.id] += a.visited
    written = {a.id: a.probability for a in plan(places(40), 12, 0.25, SEED, exploration_share=0.2)}
    for name, chance in written.items():
        assert visited[name] / times == pytest.approx(chance, abs=0.045)
    assert max(waited[f"p{i:03}"] for i in range(13)) < 0.32 * times


def test_danger_never_waits_and_waiting_ends():
    listed = [*places(20), Candidate("fire", 0.0, urgent=True), Candidate("again", 0.0, waited=2)]
    found = {a.id: a for a in plan(listed, 5, 0.5, SEED)}
    assert (found["fire"].arm, found["again"].arm) == ("urgent", "due")
    assert found["fire"].probability == found["again"].probability == 1
    assert sum(a.visited for a in found.values()) == 5


def test_more_due_places_than_visits_are_not_lost():
    found = plan(places(10, waited=3), 4, 0.25, SEED)
    assert by_arm(found) == {"due": 4, "none": 6}


def test_no_visits_no_candidates():
    assert by_arm(plan(places(5), 0, 0.2, SEED)) == {"none": 5}
    assert plan([], 10, 0.2, SEED) == []


@pytest.mark.parametrize(
    ("listed", "capacity", "share", "seed", "said"),
    [
        (places(3), 1, 0.6, SEED, "hold-out share"),
        (places(3), 1, 0.2, b"short", "at least 16"),
        (places(3) + places(1), 1, 0.2, SEED, "twice"),
        ([Candidate("a", float("nan"))], 1, 0.2, SEED, "expected gain"),
        (places(3, urgent=True), 2, 0.2, SEED, "raise the capacity"),
    ],
)
def test_wrong_wishes_are_refused(listed, capacity, share, seed, said):
    with pytest.raises(BadPlan, match=said):
        plan(listed, capacity, share, seed)


def test_hit_rate_with_equal_chances_is_the_share():
    found = hit_rate([True] * 12 + [False] * 18, [0.5] * 30)
    assert found.rate == pytest.approx(0.4)
    assert found.total == pytest.approx(24)
    assert 0.2 < found.low < 0.4 < found.high < 0.62
    assert hit_rate([], []).high == 1


def test_unequal_chances_are_undone_and_the_interval_covers():
    rng = np.random.default_rng(8)
    chances = np.where(np.arange(400) < 100, 0.9, 0.15)
    truth = np.arange(400) % 10 < np.where(np.arange(400) < 100, 8, 2)
    rates, covered = [], 0
    for _ in range(400):
        drawn = rng.random(400) < chances
        found = hit_rate(truth[drawn].tolist(), chances[drawn].tolist())
        rates.append(found.rate)
        covered += found.low <= truth.mean() <= found.high
    assert np.mean(rates) == pytest.approx(truth.mean(), abs=0.01)
    assert covered / 400 >= 0.95
    naive = truth[rng.random(400) < chances].mean()
    assert naive > truth.mean() + 0.1


def test_hit_rate_refuses_a_chance_of_zero():
    with pytest.raises(ValueError, match="probability"):
        hit_rate([True], [0.0])
