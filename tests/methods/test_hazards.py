"""Repeated hazards: against a reading of each history one by one."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.methods.running import run

DAY = date(2025, 1, 1)
histories = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30) | st.none(), st.sampled_from("ab")), max_size=12)


@given(histories)
def test_states_are_those_of_a_reading_one_by_one(found: list[tuple[int, int | None, str]]) -> None:
    lines = ["id,site,kind,found_on,closed_on"]
    for number, (day, took, site) in enumerate(found):
        first = DAY + timedelta(days=day)
        lines.append(f"h{number:02},{site},k,{first},{'' if took is None else first + timedelta(days=took)}")
    told = {row["id"]: row for row in run("repeat-hazards", "\n".join(lines), days=10)[0]}
    for site in "ab":
        mine = sorted((day, f"h{n:02}", took) for n, (day, took, where) in enumerate(found) if where == site)
        heads: list[tuple[int, str, int | None, int]] = []
        for day, number, took in mine:
            head = heads[-1] if heads else None
            end = None if head is None or head[2] is None else head[0] + head[2]
            if head is not None and (end is None or day <= end):
                want = ("open_already", head[1], head[3])
            elif head is not None and end is not None and day - end <= 10:
                want = ("repeat", head[1], head[3] + 1)
            else:
                want = ("first", "", 1)
            assert (told[number]["state"], told[number]["of"], int(told[number]["nth"])) == want
            if want[0] != "open_already":
                heads.append((day, number, took, want[2]))


def test_the_last_day_counts() -> None:
    text = (
        "id,site,kind,found_on,closed_on\na,s,k,2025-01-01,2025-01-10\nb,s,k,2025-04-10,2025-04-11\nc,s,k,2025-07-11,"
    )
    states = [row["state"] for row in run("repeat-hazards", text, days=90)[0]]
    assert states == ["first", "repeat", "first"], "90 days after closing still, 91 no more"
