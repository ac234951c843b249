"""Closures of dated links equal those of a graph in Python, circles included; control equals its plain definition."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.subjects import closures, writing
from bihuan.subjects.closures import On
from bihuan.subjects.pure.cells import Row
from bihuan.subjects.pure.control import Holding, controlled_by
from tests.subjects.makers import ANYBODY, HERE, TOY, declared

FIRST = date(2026, 1, 1)
NODES = st.integers(0, 6)
_fresh = count()


def links(found: Iterable[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """One link for each pair of ends."""
    return list({(a, b): (a, b, since, since + days) for a, b, since, days in found}.values())


LINKS = st.lists(st.tuples(NODES, NODES, st.integers(0, 3), st.integers(1, 4)), max_size=12).map(links)


def reach(edges: Iterable[tuple[int, int]], start: int) -> set[int]:
    seen, waiting = {start}, [start]
    while waiting:
        at = waiting.pop()
        fresh = {b for a, b in edges if a == at} - seen
        seen |= fresh
        waiting += fresh
    return seen


@pytest.mark.django_db
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(found=LINKS, day=st.integers(0, 6), start=NODES)
def test_a_closure_equals_a_walk_through_the_links_of_the_day(
    tmp_path: Path, found: list[tuple[int, int, int, int]], day: int, start: int
) -> None:
    link, run = declared(tmp_path).link_type("beside"), next(_fresh)
    rows = [
        Row(n, f"{run}-{a}|{run}-{b}", FIRST + timedelta(since), FIRST + timedelta(until),
            {"from": f"{run}-{a}", "to": f"{run}-{b}"}, None)
        for n, (a, b, since, until) in enumerate(found)
    ]  # fmt: skip
    writing.write_rows(link, rows, writing.Authorship(HERE, "system:test", "a test"), FIRST)
    now = [(a, b) for a, b, since, until in found if since <= day < until]
    back = [(b, a) for a, b in now]
    on = On(HERE, FIRST + timedelta(day))
    for direction, edges in (("along", now), ("against", back), ("both", now + back)):
        answer = closures.reached(link, [f"{run}-{start}"], on, ANYBODY, direction)  # type: ignore[arg-type]
        assert answer == sorted(f"{run}-{node}" for node in reach(edges, start)), direction
    passed = {(edge.start, edge.end) for edge in closures.edges_among(link, [f"{run}-{start}"], on, ANYBODY)}
    along = reach(now, start)
    assert passed == {(f"{run}-{a}", f"{run}-{b}") for a, b in now if a in along}


SHARES = st.lists(st.tuples(NODES, NODES, st.sampled_from(["10", "25.5", "50", "50.01", "100"])), max_size=12)


@given(found=SHARES, root=NODES)
def test_control_equals_its_definition(found: list[tuple[int, int, str]], root: int) -> None:
    holdings = [Holding(str(a), str(b), Decimal(share)) for a, b, share in found]
    under = {str(root)}
    while True:  # the least set that is closed under "they hold more than half of it together"
        held: dict[str, Decimal] = {}
        for holding in holdings:
            if holding.owner in under:
                held[holding.company] = held.get(holding.company, Decimal()) + holding.share
        grown = under | {company for company, share in held.items() if share > 50}
        if grown == under:
            break
        under = grown
    assert controlled_by(str(root), holdings) == under - {str(root)}


@pytest.mark.django_db
def test_exactly_half_is_no_control_and_two_halves_through_others_are(tmp_path: Path) -> None:
    kind = declared(tmp_path, TOY.replace(
        "beside: {to: toy,", "beside: {to: toy, attributes: {share: {type: decimal, name: {zh: 份额, en: Share}}},"
    ))  # fmt: skip
    link = kind.link_type("beside")
    shares: list[tuple[str, str, str]] = [("a", "b", "50"), ("a", "c", "50.1"), ("c", "b", "0.1"), ("x", "a", "100")]
    rows = [_held(n, *share) for n, share in enumerate(shares)]
    writing.write_rows(link, rows, writing.Authorship(HERE, "system:test", "a test"), FIRST)
    on = On(HERE, FIRST)
    assert closures.controlled(link, "a", on, ANYBODY) == ["b", "c"]
    assert closures.controlled(link, "c", on, ANYBODY) == []
    assert closures.controllers(link, "b", on, ANYBODY) == ["a", "x"]


def _held(line: int, owner: str, company: str, share: str) -> Row:
    values: dict[str, Any] = {"from": owner, "to": company, "share": share}
    return Row(line, f"{owner}|{company}", None, None, values, None)
