"""Hours that were promised beside what the doors counted."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bihuan.methods.opening_kept import _told


@given(
    st.sets(st.integers(0, 23), min_size=1), st.dictionaries(st.integers(0, 23), st.integers(0, 3)), st.integers(1, 6)
)
def test_a_day_is_kept_when_no_run_of_promised_hours_is_without_anybody(
    wanted: set[int], came: dict[int, int], gap: int
) -> None:
    hours = sorted(wanted)
    runs = [hours[start : start + gap] for start in range(len(hours) - gap + 1)]
    broken = any(all(not came.get(hour, 0) for hour in run) for run in runs)
    counted, state = _told(wanted, came, gap)
    assert state == ("broken" if broken else "kept")
    assert counted == sum(1 for hour in wanted if came.get(hour, 0))


def test_a_silent_counter_is_no_closed_door() -> None:
    assert _told({9, 10}, None, 1) == (0, "no_count")
    assert _told({9, 10}, {}, 2) == (0, "broken")
