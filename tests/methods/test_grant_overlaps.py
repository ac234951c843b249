"""The same benefit twice, and proofs that places must have: against rules read literally, bad input, growth."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.running import run

GRANTS = "grant,person,benefit,from,to\n"
FIRST = date(2026, 1, 1)


def day(number: int) -> str:
    """A day so many days after the first."""
    return (FIRST + timedelta(number)).isoformat()


drawn = st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 30), st.one_of(st.none(), st.integers(0, 30)))


@given(st.lists(drawn, max_size=14), st.integers(0, 9))
def test_doubles_are_those_that_some_earlier_pair_says(rows: list[tuple[int, int, int, int | None]], seed: int) -> None:
    lines = [
        f"g{n:02},p{person},b{benefit},{day(first)},{'' if length is None else day(first + length)}"
        for n, (person, benefit, first, length) in enumerate(rows)
    ]
    told, outcome = run("grant-overlaps", GRANTS + "\n".join(lines), shuffle=seed)
    ends = [first + (10_000 if length is None else length) for _, _, first, length in rows]
    expected = set()
    for n, (person, benefit, first, _) in enumerate(rows):
        for m, (other, same, begun, _) in enumerate(rows):
            if (begun, m) < (first, n) and (other, same) == (person, benefit) and ends[m] >= first:
                expected.add(f"g{n:02}")
    assert {row["grant"] for row in told} == expected
    assert outcome.facts["doubles"] == len(expected)


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ("2026-02-01,2026-03-01", []), ("2026-01-31,2026-03-01", [("b", "a", "1")]), ("2026-01-10,", [("b", "a", "22")]),
        ("2026-01-05,2026-01-06", [("b", "a", "2")]),
    ],
)  # fmt: skip
def test_the_day_after_follows_and_the_last_day_overlaps(second: str, told: list[tuple[str, str, str]]) -> None:
    rows, _ = run("grant-overlaps", GRANTS + f"a,p,aid,2026-01-01,2026-01-31\nb,p,aid,{second}\n", shuffle=1)
    assert [(row["grant"], row["with"], row["days"]) for row in rows] == told


def test_two_without_end_and_one_that_runs_backwards() -> None:
    rows, outcome = run(
        "grant-overlaps", GRANTS + "a,p,aid,2026-01-01,\nb,p,aid,2026-02-01,\nc,p,aid,2026-03-01,2026-02-01\n"
    )
    assert [(row["grant"], row["days"]) for row in rows] == [("b", "")]
    assert [(each.row, each.field) for each in outcome.rejects] == [(4, "to")]


PLACES, PROOFS = "place\n", "proof,place,kind,from,to\n"


@pytest.mark.parametrize(
    ("proofs", "state"),
    [
        ([], "missing"), (["2026-01-01,2026-03-01"], "ended"), (["2026-01-01,2026-07-10"], "ending"),
        (["2026-01-01,2026-06-15"], "ending"), (["2026-01-01,2026-06-14"], "ended"), (["2026-01-01,"], "held"),
        (["2026-07-01,2027-07-01"], "not_begun"), (["2026-01-01,2026-07-16"], "held"), ([","], "held"),
        (["2025-01-01,2026-01-01", "2026-01-02,2027-01-01"], "held"),
        (["2026-01-01,2026-06-20", "2026-01-01,2026-12-31"], "held"),
    ],
)  # fmt: skip
def test_the_best_proof_of_the_day_decides(proofs: list[str], state: str) -> None:
    text = PROOFS + "".join(f"p{n},s,funds,{days}\n" for n, days in enumerate(proofs))
    rows, outcome = run("required-proofs", PLACES + "s\n", text, at="2026-06-15", kinds="funds;people")
    assert [(row["kind"], row["state"]) for row in rows] == [("funds", state), ("people", "missing")]
    assert outcome.facts == {"places": 1, "whole": 0}


def test_a_place_is_whole_with_every_kind_and_strangers_are_rejected() -> None:
    text = PROOFS + "1,s,a,,2026-06-20\n2,s,b,,\n3,t,a,,\n4,s,c,,\n5,t,b,2026-13-01,\n"
    rows, outcome = run("required-proofs", PLACES + "s\nq\n", text, at="2026-06-15", kinds="a;b", shuffle=3)
    assert outcome.facts == {"places": 2, "whole": 1}
    assert [row["until"] for row in rows if row["place"] == "s"] == ["2026-06-20", ""]
    assert len(outcome.rejects) == 3


@pytest.mark.slow
def test_their_time_grows_like_their_rows() -> None:
    luck = random.Random(5)
    for name, more in (("grant-overlaps", {}), ("required-proofs", {"at": "2026-06-15", "kinds": "aid;job"})):
        spent = []
        for count in (40_000, 160_000):
            spells = [
                (luck.randrange(count // 4), luck.choice(("aid", "job")), luck.randrange(900)) for _ in range(count)
            ]
            lines = "".join(f"{n},s{who},{what},{day(on)},{day(on + 90)}\n" for n, (who, what, on) in enumerate(spells))
            places = PLACES + "".join(f"s{n}\n" for n in range(count // 4))
            tables = [GRANTS + lines] if name == "grant-overlaps" else [places, PROOFS + lines]
            begun = time.process_time()
            run(name, *tables, **more)
            spent.append(time.process_time() - begun)
        assert spent[1] < 8 * spent[0], (name, spent)
