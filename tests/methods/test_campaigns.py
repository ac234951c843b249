"""Campaigns and rounds: by hand on every edge of a day, and beside loops; wrong rows are told and cost only themselves."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.methods.running import by, run

HEAD = "building,campaign,due,separated,tested,dye,accepted\n"


def test_a_building_is_proven_by_a_test_after_its_separation() -> None:
    text = HEAD + "\n".join([
        "1,N,2024-05-01,2024-04-20,2024-04-25,sewer_only,2024-04-30", "2,N,2024-05-01,2024-04-20,2024-04-25,storm_drain,",
        "3,N,2024-05-01,2024-04-20,,,", "4,N,2024-05-31,,,,", "5,N,2024-05-30,,,,",
        "6,S,2024-05-01,2024-05-31,2024-06-01,sewer_only,", "7,S,2024-05-01,2024-05-02,2024-05-01,sewer_only,",
    ])  # fmt: skip
    rows, outcome = run("campaign-progress", text, shuffle=2, at="2024-05-31")
    assert by(rows, "campaign", "proven_percent") == {"N": "20.0", "S": "0.0"}
    north, south = rows
    assert [
        north[name] for name in ("buildings", "separated", "proven", "storm_drain", "unproven", "accepted", "late")
    ] == ["5", "3", "1", "1", "1", "1", "1"], "due on the day itself is not late"
    assert [south[name] for name in ("separated", "proven", "unproven", "late")] == ["2", "0", "2", "0"]
    assert [(each.row > 1, each.field) for each in outcome.rejects] == [(True, "tested")]


def test_rounds_are_in_time_on_their_last_day() -> None:
    kinds = "kind,days\npatrol,92\ndrill,366\n"
    places = "place,since\nA,2023-01-01\nB,2024-06-01\nC,\n"
    rounds = "place,kind,done_on\nA,patrol,2024-01-01\nA,patrol,2024-03-01\nA,drill,2024-07-01\nX,drill,2024-01-01\nA,dance,2024-01-01\n"
    told = {}
    for day in ("2024-06-01", "2024-06-02"):
        rows, outcome = run("due-rounds", places, rounds, kinds, shuffle=3, at=day)
        told[day] = {(row["place"], row["kind"]): row["state"] for row in rows}
        assert sorted(each.field for each in outcome.rejects) == ["kind", "place"]
    assert told["2024-06-01"] == {
        ("A", "patrol"): "due_soon", ("A", "drill"): "missed", ("B", "patrol"): "done", ("B", "drill"): "done"
    }, "a drill of July does not count in June; what was never in use owes nothing"  # fmt: skip
    assert told["2024-06-02"]["A", "patrol"] == "missed"


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 500)), max_size=25), st.integers(200, 500))
def test_rounds_are_those_of_a_loop(done: list[tuple[int, int]], now: int) -> None:
    first = date(2023, 1, 1)
    places = "place,since\n" + "\n".join(f"P{n},{first}" for n in range(4))
    rounds = "place,kind,done_on\n" + "\n".join(f"P{p},patrol,{first + timedelta(days=d)}" for p, d in done)
    at = first + timedelta(days=now)
    rows, _ = run("due-rounds", places, rounds, "kind,days\npatrol,92\n", shuffle=1, at=at.isoformat())
    for row in rows:
        last = max((d for p, d in done if f"P{p}" == row["place"] and d <= now), default=0)
        assert (row["state"] == "missed") == (now > last + 92)
        assert row["due"] == (first + timedelta(days=last + 92)).isoformat()
