"""Links and cuts: whatever happens, groups are what the remaining links say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.insight.duplicates.clusters import Clusters

REPORTS = "abcdefgh"
STEPS = st.lists(
    st.tuples(st.sampled_from(["link", "link", "cut"]), st.sampled_from(REPORTS), st.sampled_from(REPORTS)), max_size=40
)


def plain_groups(links: set[tuple[str, str]]) -> set[frozenset[str]]:
    groups = [{r} for r in REPORTS]
    for a, b in links:
        joined = [g for g in groups if a in g or b in g]
        groups = [g for g in groups if not (a in g or b in g)] + [set().union(*joined)]
    return {frozenset(g) for g in groups if len(g) > 1}


def play(steps: list[tuple[str, str, str]]) -> tuple[Clusters, set[tuple[str, str]]]:
    clusters, links = Clusters(), set()
    for kind, a, b in steps:
        if a == b:
            continue
        if kind == "link":
            assert clusters.link(a, b, 0.5, ("text:0.9",)) == ((a, b) not in links)
            links.add((a, b))
        else:
            assert clusters.cut(a, b) == ((a, b) in links)
            links.discard((a, b))
    return clusters, links


@given(STEPS)
def test_groups_are_those_of_the_links_that_hold(steps: list[tuple[str, str, str]]):
    clusters, links = play(steps)
    assert set(clusters.groups()) == plain_groups(links)
    assert {(e.child, e.parent) for e in clusters.links} == links
    for report in REPORTS:
        alone = frozenset({report})
        assert clusters.group(report) == next((g for g in plain_groups(links) if report in g), alone)


@given(STEPS, st.sampled_from(REPORTS), st.sampled_from(REPORTS))
def test_cutting_a_wrong_link_restores_the_former_groups(steps: list[tuple[str, str, str]], a: str, b: str):
    clusters, links = play(steps)
    before = clusters.groups()
    if a != b and (a, b) not in links:
        clusters.link(a, b)
        clusters.cut(a, b)
    assert clusters.groups() == before


@given(STEPS)
def test_the_log_replays_and_only_grows(steps: list[tuple[str, str, str]]):
    clusters, _ = play(steps)
    again = Clusters(clusters.log)
    assert again.groups() == clusters.groups()
    assert again.log == clusters.log
    assert play(steps[: len(steps) // 2])[0].log == clusters.log[: len(play(steps[: len(steps) // 2])[0].log)]


def test_a_report_is_not_linked_to_itself():
    with pytest.raises(ValueError, match="cannot be linked to itself"):
        Clusters().link("a", "a")
