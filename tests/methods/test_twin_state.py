"""The state of a twin: against a loop over the events in order, ends and returns, two times, any order of rows."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.methods.running import run

HEAD = "event,object,attribute,value,valid_from,recorded_at\n"
EVENT = st.tuples(
    st.sampled_from("xy"),
    st.sampled_from(["height", "lift", "-"]),
    st.integers(0, 5),
    st.integers(0, 9),
    st.integers(0, 9),
)


def day(number: int) -> str:
    return f"2025-03-{number + 1:02}T08:00:00+08:00"


def folded(rows: list[tuple[str, str, str, str, int, int]], at: int, known: int) -> dict[tuple[str, str], str]:
    """The state, told by a loop that knows nothing but what happens next."""
    state: dict[tuple[str, str], str] = {}
    for _, one, attribute, value, _, _ in sorted(
        (row for row in rows if row[4] <= at and row[5] <= known), key=lambda row: (row[4], row[5], row[0])
    ):
        if attribute == "-":
            state = {key: each for key, each in state.items() if key[0] != one}
        else:
            state[one, attribute] = value
    return state


@settings(deadline=None, max_examples=60)
@given(st.lists(EVENT, min_size=1, max_size=20), st.integers(0, 9), st.integers(0, 9), st.integers(0, 99))
def test_the_state_is_the_fold_of_what_holds_and_is_known(
    events: list[tuple[str, str, int, int, int]], at: int, known: int, seed: int
) -> None:
    rows = [
        (f"e{n}", one, name, "" if name == "-" else str(value), held, told)
        for n, (one, name, value, held, told) in enumerate(events)
    ]
    text = "\n".join(f"{n},{one},{name},{value},{day(held)},{day(told)}" for n, one, name, value, held, told in rows)
    told, outcome = run("twin-state", HEAD + text, shuffle=seed, at=day(at), known=day(known))
    assert {(row["object"], row["attribute"]): row["value"] for row in told} == folded(rows, at, known)
    assert not outcome.rejects


def test_a_late_fact_of_before_the_end_stays_ended_and_a_later_one_revives() -> None:
    rows = [
        "e1,h,height,9,2025-01-01,2025-01-01", "e2,h,lift,yes,2025-01-01,2025-01-01", "e3,h,-,,2025-02-01,2025-02-01",
        "e4,h,lift,no,2025-01-20,2025-03-01", "e5,h,height,12,2025-04-01,2025-03-02",
    ]  # fmt: skip
    text = HEAD + "\n".join(
        ",".join([*row.split(",")[:4], *(f"{each}T00:00:00+08:00" for each in row.split(",")[4:])]) for row in rows
    )
    at = {"before": "2025-03-31T00:00:00+08:00", "after": "2025-04-01T00:00:00+08:00"}
    assert run("twin-state", text, at=at["before"], known=at["after"])[0] == []
    assert run("twin-state", text, at=at["after"], known=at["after"])[0] == [
        {"object": "h", "attribute": "height", "value": "12"}
    ]


def test_one_number_that_says_two_things_and_a_fact_without_a_value_are_rejected() -> None:
    rows = [f"e1,h,height,9,{day(0)},{day(0)}", f"e1,h,height,8,{day(0)},{day(0)}", f"e2,h,lift,,{day(0)},{day(0)}",
            f"e3,h,lift,a,2025-13-01,{day(0)}", f"e4,h,lift,b,{day(0)},{day(0)}"]  # fmt: skip
    told, outcome = run("twin-state", HEAD + "\n".join(rows), at=day(9), known=day(9))
    assert told == [{"object": "h", "attribute": "lift", "value": "b"}]
    assert sorted((each.row, each.field) for each in outcome.rejects) == [
        (2, "event"),
        (3, "event"),
        (4, "value"),
        (5, "valid_from"),
    ]
