"""Many silences at once: one outage of what brings the values, and which silences are an instrument's own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bihuan.series.alarms.outages import Outage, SilentLine, is_own, merged, outages
from bihuan.series.rules import AlarmRule, SeriesLimit, Together

START = datetime(2026, 3, 1, tzinfo=UTC)
RULE = Together(by="feed", share=60, least=3, minutes=120)
LINES = {"a": [f"a{n}" for n in range(5)], "b": [f"b{n}" for n in range(4)]}
WINDOW = timedelta(minutes=120)


def at(hour: float) -> datetime:
    """An instant by hours from the start."""
    return START + timedelta(hours=hour)


def silence(subject: str, opened: float, closed: float | None = None) -> SilentLine:
    """A silence by hours."""
    return SilentLine(subject, at(opened), None if closed is None else at(closed))


def test_most_lines_of_a_source_within_the_window_are_one_outage_until_half_speak() -> None:
    seen = [silence("a0", 1, 9), silence("a1", 1.5, 8), silence("a2", 2.9), silence("b0", 1), silence("b1", 2)]
    (found,) = outages(seen, LINES, RULE)
    assert found == Outage("a", at(1), at(9), frozenset({"a0", "a1", "a2"}), 5)


def test_fewer_than_the_share_or_the_least_or_too_far_apart_are_each_for_itself() -> None:
    assert outages([silence("a0", 1), silence("a1", 1)], LINES, RULE) == []
    assert outages([silence("a0", 1), silence("a1", 2), silence("a2", 3.1)], LINES, RULE) == []
    assert outages([silence(f"a{n}", 1) for n in range(3)], {"a": [f"a{n}" for n in range(6)]}, RULE) == []


def test_lines_that_were_dead_before_do_not_count_among_those_that_spoke() -> None:
    lines = {"a": [f"a{n}" for n in range(7)]}
    dead = [silence("a5", -500), silence("a6", -400)]
    burst = [silence(f"a{n}", 1) for n in range(3)]
    assert outages(burst, lines, RULE) == []
    (found,) = outages([*dead, *burst], lines, RULE)
    assert (found.members, found.speaking) == (frozenset({"a0", "a1", "a2"}), 5)


@pytest.mark.parametrize(
    ("seen", "hour", "own"),
    [
        (silence("a9", 1), 2.9, False),  # the others may still follow
        (silence("a9", 1), 3.1, True),
        (silence("a0", 1), 50, False),  # the outage lasts
        (silence("a1", 1, 9), 50, False),  # came back with the others
        (silence("a1", -30), 50, True),  # was silent before
    ],
)
def test_a_silence_is_an_instruments_own_when_no_outage_explains_it(seen: SilentLine, hour: float, own: bool) -> None:
    lasts = Outage("a", at(1), None, frozenset({"a0", "a1", "a2"}), 5)
    over = lasts._replace(ended=at(8.5))
    assert is_own(seen, [over if seen.closed else lasts], RULE, at(hour)) is own


def test_who_stays_silent_after_the_outage_is_silent_for_itself() -> None:
    over = Outage("a", at(1), at(8), frozenset({"a0", "a1", "a2"}), 5)
    assert not is_own(silence("a0", 1), [over], RULE, at(9.9))
    assert is_own(silence("a0", 1), [over], RULE, at(10.1))
    assert is_own(silence("a0", 1, 10.1), [over], RULE, at(30))


def test_what_several_series_saw_is_one_and_another_source_or_day_is_another() -> None:
    first = Outage("a", at(1), at(8), frozenset({"a0"}), 3)
    lasting = Outage("a", at(7), None, frozenset({"a1"}), 4)
    later, other = Outage("a", at(90), None, frozenset(), 1), Outage("b", at(1), at(8), frozenset(), 2)
    told = merged([other, lasting, first], WINDOW)
    assert told == [Outage("a", at(1), None, frozenset({"a0", "a1"}), 7), other]
    assert [each.began for each in merged([later, first], WINDOW)] == [at(1), at(90)]


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 600)), unique_by=lambda one: one[0]), st.randoms())
def test_any_order_gives_the_same_and_members_lie_within_the_window(drawn: list[tuple[int, int]], luck: object) -> None:
    lines = {"a": [f"a{n}" for n in range(9)]}
    seen = [SilentLine(f"a{n}", START + timedelta(minutes=minute), None) for n, minute in drawn]
    found = outages(seen, lines, RULE)
    luck.shuffle(seen)  # type: ignore[attr-defined]
    assert outages(seen, lines, RULE) == found
    opened = {each.subject: each.opened for each in seen}
    for each in found:
        assert len(each.members) >= max(3, 0.6 * each.speaking)
        assert all(each.began <= opened[member] <= each.began + WINDOW for member in each.members)


def test_only_a_silence_may_say_together() -> None:
    with pytest.raises(ValidationError, match="needs kind silence"):
        AlarmRule(name="x", kind="above", limit=SeriesLimit(fixed=Decimal(1)), together=RULE)
