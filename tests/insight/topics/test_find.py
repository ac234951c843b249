"""Finding topics: planted truth, determinism, bad input, facts and reasons."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from bihuan.insight.topics import Topic, find_topics
from bihuan.insight.topics.facts import TopicMessage, describe_topics
from bihuan.insight.topics.names import plain_title, take_apart
from bihuan.insight.topics.reporting import CAP, chance_of_silence, reporting_rate
from bihuan.insight.topics.vectors import make_vectors

from .planted import planted


def labels(topics: list[Topic], ids: list[str]) -> list[int]:
    own = {member: n for n, topic in enumerate(topics) for member in topic.members}
    return [own.get(i, -1 - k) for k, i in enumerate(ids)]


def test_planted_topics_are_found() -> None:
    ids, titles, bodies, times, truth = planted(1500)
    found = find_topics(ids, titles, bodies, times)
    inside = truth >= 0
    own = np.array(labels(found, ids))
    assert adjusted_rand_score(truth[inside], own[inside]) >= 0.95


def test_lone_messages_are_not_pulled_into_topics() -> None:
    ids, titles, bodies, times, truth = planted(3000, seed=5)
    large = {
        member
        for topic in find_topics(ids, titles, bodies, times)
        if len(topic.members) >= 4
        for member in topic.members
    }
    lone = [i for i, topic in zip(ids, truth, strict=True) if topic < 0]
    assert len(lone) > 500
    assert sum(i in large for i in lone) / len(lone) < 0.05


def test_a_topic_of_150_members_stays_whole() -> None:
    ids, titles, bodies, times, truth = planted(1500, seed=6, mean=150)
    own = np.array(labels(find_topics(ids, titles, bodies, times), ids))
    for topic in np.unique(truth[truth >= 0]):
        members = own[truth == topic]
        _, count = np.unique(members, return_counts=True)
        assert count.max() >= 0.95 * len(members)


def test_small_topics_keep_their_distinct_events() -> None:
    titles = ["云栖苑小区电梯困人", "云栖苑小区地下车库进水", "云栖苑小区消防栓没有水", "云栖苑小区外墙砖掉落"]
    bodies = [
        "三栋电梯昨晚停在八楼,老人困了一小时", "暴雨后车库积水半米,多辆汽车被泡",
        "检查时发现消防栓全部无水,灭火器过期", "外墙瓷砖砸坏楼下汽车,每天有人经过很危险",
    ]  # fmt: skip
    assert len(events(titles, bodies, ["p", "q", "r", "s"])) == 4
    assert len(events(titles, bodies, ["p"] * 4)) == 4  # one author, one day: still four things
    assert len(events(titles, [bodies[0]] * 4, ["p", "q", "r", "s"])) == 1
    half = [bodies[0], bodies[0] + ",物业拖延至今"]
    assert len(events(titles[:2], half, ["p", "q"])) == 2
    assert len(events(titles[:2], half, ["p", "p"])) == 1


def events(titles: list[str], bodies: list[str], authors: list[str]) -> tuple[tuple[str, ...], ...]:
    """The events of one topic that all these messages of one day make up."""
    day = np.datetime64("2025-03-01T08:00:00")
    rows, said = make_vectors(titles, bodies, None, authors)
    messages = [TopicMessage(str(k), title, day, "", *said[k]) for k, title in enumerate(titles)]
    [topic] = describe_topics([range(len(titles))], messages, rows)
    return topic.events


def test_one_matter_at_many_places_is_not_one_topic() -> None:
    names = ["云栖苑小区", "龙泽大厦", "凤鸣花园", "鹿鸣家园", "琥珀湾小区", "澜庭府小区", "青禾里小区", "栖霞路"]
    titles = [f"{opening}{name}油烟扰民" for name in names for opening in ("投诉", "再次投诉")]
    bodies = [f"{name}楼下餐馆油烟直排,多次反映没有结果" for name in names for _ in range(2)]
    found = find_topics([str(k) for k in range(16)], titles, bodies)
    assert sorted(len(topic.members) for topic in found) == [2] * 8


def test_the_same_messages_in_another_order_give_the_same_topics() -> None:
    ids, titles, bodies, times, _ = planted(400, seed=2)
    order = np.random.default_rng(1).permutation(400)
    one = find_topics(ids, titles, bodies, times)
    two = find_topics([ids[k] for k in order], [titles[k] for k in order], [bodies[k] for k in order], times[order])
    assert one == two


def test_empty_single_and_untimed_input() -> None:
    assert find_topics([], [], []) == []
    assert find_topics(["a"], ["停水"], [""]) == []
    two = find_topics(["a", "b"], ["", ""], ["", ""], np.array(["NaT", "NaT"], dtype="datetime64[s]"))
    assert all(topic.first_seen is None for topic in two)


def test_bad_input_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="different lengths"):
        find_topics(["a", "b"], ["x"], ["y", "z"])
    with pytest.raises(ValueError, match="make the ids unique"):
        find_topics(["a", "a"], ["x", "y"], ["y", "z"])


def test_titles_are_taken_apart_into_names_and_matter() -> None:
    said = take_apart(plain_title("A3区青枫岚小区楼下“好运来”饭店油烟扰民"))
    assert "青枫岚" in said.names
    assert "好运来" in said.names
    assert "油烟" in "".join(said.matter)
    assert not any("A3" in name for name in said.names)


def test_the_reporting_rate_inverts_the_truncated_poisson() -> None:
    for lam in (0.1, 1.0, 4.0):
        assert reporting_rate(lam / -np.expm1(-lam)) == pytest.approx(lam, rel=1e-6)
    with pytest.raises(ValueError, match="at least one report"):
        reporting_rate(0.9)


def test_the_share_unreported_is_recovered_and_capped() -> None:
    chance = np.random.default_rng(0)
    drawn = chance.poisson(1.2, 4000)
    [share] = chance_of_silence([drawn[drawn > 0].tolist()])
    assert share == pytest.approx(np.exp(-1.2), abs=0.03)
    assert chance_of_silence([[1] * 50]) == [CAP]
    told = [[1] * 40, [3] * 40, [1] * 40]
    loud, quiet = chance_of_silence(told, ["a", "a", "b"])[0], chance_of_silence(told, ["a", "a", "b"])[2]
    assert chance_of_silence(told, ["a", "a", "b"])[1] == loud < quiet, "a place's readiness, whatever the topic"


def test_recorded_sites_take_a_topic_apart_and_merged_reports_are_one_event() -> None:
    """The same words in two communities are two matters; equal texts nobody merged are events of their own."""
    others = ["路灯夜里不亮", "公积金怎样提取", "广场舞声音太大", "垃圾桶无人清理", "井盖破损危险", "公交线路太少"]
    titles = ["关于明珠花园暖气不热的问题"] * 6 + others
    bodies = ["入冬以来家里暖气一直不热，请尽快处理。"] * 6 + others
    ids = [f"m{k}" for k in range(6)] + [f"n{k}" for k in range(6)]
    alone = find_topics(ids, titles, bodies)
    assert [len(topic.members) for topic in alone] == [6]
    assert len(alone[0].events) == 1, "told from the texts alone"
    sites = ["a", "a", "a", "b", "b", "", *("c" for _ in others)]
    found = find_topics(ids, titles, bodies, sites=sites, events=["m0", "m0", "m2", "m3", "m4", "m5", *ids[6:]])
    assert {topic.members for topic in found} == {("m0", "m1", "m2", "m5"), ("m3", "m4")}, "unknown sites stay"
    assert sorted(len(topic.events) for topic in found) == [2, 3]
    with pytest.raises(ValueError, match="lengths"):
        find_topics(ids, titles, bodies, sites=["a"])
