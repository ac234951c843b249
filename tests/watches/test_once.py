"""`repeat` with a count of one: each case of another programme is told once, for as long as it is recent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bihuan.watches.kinds.repeat import Happened, Repeat, episode_of

AT = datetime(2024, 5, 1, tzinfo=UTC)


def test_one_case_is_enough_and_later_ones_belong_to_it() -> None:
    rule = Repeat(count=1, days=10, by="subject")
    several = [Happened("r", AT + timedelta(days=n), str(n)) for n in (0, 8, 30)]
    assert [each.number for each in episode_of(several[:1], rule, AT + timedelta(days=10))] == ["0"]
    assert episode_of(several[:1], rule, AT + timedelta(days=11)) == []
    assert [each.number for each in episode_of(several[:2], rule, AT + timedelta(days=9))] == ["0", "8"]
    assert [each.number for each in episode_of(several, rule, AT + timedelta(days=31))] == ["30"]
