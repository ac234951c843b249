"""Stable ids over months, and the stability measure."""

from __future__ import annotations

import pytest

from bihuan.insight.topics import find_topics
from bihuan.insight.topics.tracking import Snapshot, TopicChange, follow_topics, stability

from .planted import planted


def topic(name: str, members: str, **terms: float) -> Snapshot:
    return Snapshot(name, frozenset(members), terms)


def test_continuation_birth_and_death() -> None:
    done = follow_topics([topic("A", "abcd"), topic("B", "xyz")], [topic("n1", "abcde"), topic("n2", "pq")])
    assert done.stable == {"n1": "A", "n2": "n2"}
    assert set(done.changes) == {
        TopicChange("continuation", ("A",), ("A",)),
        TopicChange("birth", (), ("n2",)),
        TopicChange("death", ("B",), ()),
    }


def test_without_a_shared_member_the_terms_carry_the_id() -> None:
    done = follow_topics([topic("A", "ab", 凤鸣花园=2.0, 停水=1.0)], [topic("n", "cd", 凤鸣花园=3.0, 停水=1.0)])
    assert done.stable == {"n": "A"}
    assert follow_topics([topic("A", "ab", 停水=1.0)], [topic("n", "cd", 油烟=1.0)]).stable == {"n": "n"}


def test_a_merge_keeps_the_id_of_the_nearest() -> None:
    done = follow_topics([topic("A", "abcdef"), topic("B", "xy")], [topic("n", "abcdefx")])
    assert done.stable == {"n": "A"}
    assert TopicChange("merge", ("A", "B"), ("A",)) in done.changes


def test_a_split_keeps_the_id_once_and_the_other_part_gets_its_own() -> None:
    done = follow_topics([topic("A", "abcdefgh")], [topic("A", "gh"), topic("n2", "abcdef")])
    assert sorted(done.stable.values()) == sorted(set(done.stable.values()))
    assert "A" in done.stable.values()
    assert any(change.kind == "split" and change.before == ("A",) for change in done.changes)


def test_an_id_that_is_taken_is_made_distinct() -> None:
    done = follow_topics([topic("A", "abc")], [topic("A", "xyz"), topic("n", "abc")])
    assert done.stable == {"A": "A-2", "n": "A"}


def test_stability_is_one_for_the_same_and_near_zero_for_chance() -> None:
    same = [["a", "b"], ["c", "d"]]
    assert stability(same, [["c", "d"], ["b", "a"]]) == 1.0
    assert stability(same, [["a", "c"], ["b", "d"]]) < 0.1
    with pytest.raises(ValueError, match="overlap"):
        stability([["a", "b"]], [["x", "y"]])


def test_overlapping_months_find_the_same_topics() -> None:
    ids, titles, bodies, times, _ = planted(900, seed=4)
    first, second = range(600), range(300, 900)
    one, two = (
        find_topics([ids[k] for k in part], [titles[k] for k in part], [bodies[k] for k in part], times[list(part)])
        for part in (first, second)
    )
    assert stability([t.members for t in one], [t.members for t in two]) >= 0.8
