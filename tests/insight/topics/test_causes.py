"""Root causes: what shares a place and rises together is linked; either alone is not enough."""

from __future__ import annotations

import numpy as np

from bihuan.insight.topics.causes import root_causes
from bihuan.insight.topics.facts import Topic

START = np.datetime64("2025-01-06T08:00:00")
EARLY, LATE = (3, 3, 3, 4, 4, 5), (15, 15, 15, 16, 16, 17)


def topic(name: str, rank: int, weeks: tuple[int, ...], place: str, terms: tuple[str, ...] = ()) -> Topic:
    members = tuple(f"{name}{k}-{week}" for k, week in enumerate(weeks))
    return Topic(
        topic_id=name, label=name, members=members, names=(), terms=terms, places=(place,), first_seen=None,
        last_seen=None, events=tuple((m,) for m in members), growth=1.0, spread=1.0, persistence=1.0, silence=0.0,
        correction=1.0, score=1.0, rank=rank, why={},
    )  # fmt: skip


def times(topics: list[Topic]) -> dict[str, np.datetime64]:
    weeks = {m: int(m.split("-")[1]) for t in topics for m in t.members}
    return {m: START + np.timedelta64(7 * week, "D") for m, week in weeks.items()}


FAR = topic("far", 9, (0, 9, 25), "elsewhere")


def test_a_shared_place_and_a_shared_rise_is_one_cause_with_its_reason() -> None:
    topics = [topic("water", 1, EARLY, "凤鸣花园"), topic("road", 2, EARLY, "凤鸣花园"), FAR]
    [cause] = root_causes(topics, times(topics))
    assert cause.topics == ("water", "road")
    assert cause.events == 12
    assert cause.links[0].places == ("凤鸣花园",)
    assert cause.links[0].together > 0.99
    assert "凤鸣花园" in cause.links[0].why["zh"]
    assert "rise together" in cause.links[0].why["en"]


def test_a_shared_place_at_other_times_or_a_rise_at_other_places_is_none() -> None:
    apart = [topic("water", 1, EARLY, "凤鸣花园"), topic("road", 2, LATE, "凤鸣花园"), FAR]
    assert root_causes(apart, times(apart)) == []
    elsewhere = [topic("water", 1, EARLY, "凤鸣花园"), topic("road", 2, EARLY, "龙泽大厦"), FAR]
    assert root_causes(elsewhere, times(elsewhere)) == []


def test_three_shared_terms_link_and_two_do_not() -> None:
    three = [
        topic("a", 1, EARLY, "x", ("停水", "二次供水", "水压")),
        topic("b", 2, EARLY, "y", ("停水", "二次供水", "水压")),
        FAR,
    ]
    assert [cause.topics for cause in root_causes(three, times(three))] == [("a", "b")]
    two = [
        topic("a", 1, EARLY, "x", ("停水", "水压", "物业")),
        topic("b", 2, EARLY, "y", ("停水", "水压", "水质")),
        FAR,
    ]
    assert root_causes(two, times(two)) == []


def test_without_times_or_topics_there_is_none() -> None:
    assert root_causes([], {}) == []
    assert root_causes([FAR], {}) == []


def test_unrelated_topics_of_one_place_are_seldom_linked() -> None:
    chance = np.random.default_rng(3)
    linked = 0
    for _ in range(200):
        topics = [topic(n, 1, tuple(int(w) for w in chance.integers(0, 26, 8)), "凤鸣花园") for n in ("a", "b")]
        linked += bool(root_causes(topics, times(topics)))
    assert linked / 200 <= 0.05
