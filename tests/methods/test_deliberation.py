"""Votes by heads and by area: bounds met exactly, conflicts void, the law of the day."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.methods.double_majority import GRAVE, result_of, sheet_of
from tests.methods.running import by, run

PARTS, BALLOTS, ITEMS = "part,owner,area_m2\n", "owner,item,vote,channel\n", "item,matter,held_on\n"


def vote(parts: str, ballots: str, items: str, seed: int = 0) -> list[dict[str, str]]:
    return run("double-majority", PARTS + parts, BALLOTS + ballots, ITEMS + items, shuffle=seed)[0]


def test_half_is_not_more_than_half_and_two_thirds_are_enough() -> None:
    parts = "".join(f"p{n},o{n},33.3\n" for n in range(117))
    for agreed, result in ((39, "rejected"), (40, "passed")):
        ballots = "".join(f"o{n},x,{'for' if n < agreed else 'against'},web\n" for n in range(78))
        (row,) = vote(parts, ballots, "x,committee,2024-05-01\n")
        assert (row["heads_voted"], row["area"], row["area_voted"], row["result"]) == (
            "78",
            "3896.10",
            "2597.40",
            result,
        )
    short = "".join(f"o{n},x,for,web\n" for n in range(77))
    assert vote(parts, short, "x,committee,2024-05-01\n")[0]["result"] == "no_quorum"


def test_several_parts_are_one_head_and_different_ballots_void_each_other() -> None:
    parts = "a,o1,50.5\nb,o1,49.5\nc,o2,60\nd,o3,40\n"
    ballots = (
        "o1,x,for,web\no1,x,for,paper\no2,x,for,web\no2,x,against,paper\no3,x,abstain,web\no9,x,for,web\no1,y,for,web\n"
    )
    rows, outcome = run("double-majority", PARTS + parts, BALLOTS + ballots, ITEMS + "x,use_fund,2021-01-01\n")
    (row,) = rows
    assert {key: row[key] for key in ("heads", "heads_voted", "heads_for", "area_voted", "area_for", "conflicts")} == {
        "heads": "3", "heads_voted": "2", "heads_for": "1", "area_voted": "140.00", "area_for": "100.00", "conflicts": "1",
    }  # fmt: skip
    assert [each.field for each in outcome.rejects] == ["owner", "item"]


def test_the_law_of_the_day_decides() -> None:
    parts = "".join(f"p{n},o{n},10\n" for n in range(9))
    ballots = "".join(f"o{n},{item},for,web\n" for n in range(6) for item in "abcd")
    items = "a,use_fund,2020-12-31\nb,use_fund,2021-01-01\nc,rebuild,2020-12-31\nd,change_use,2020-12-31\n"
    rows = vote(parts, ballots, items)
    assert by(rows, "item", "edition") == {
        "a": "property-law",
        "b": "civil-code",
        "c": "property-law",
        "d": "property-law",
    }
    assert set(by(rows, "item", "result").values()) == {"passed"}
    fewer = ballots.replace("o5,a,for", "o5,a,against").replace("o5,d,for", "o5,d,against")
    assert by(vote(parts, fewer, items), "item", "result") == {
        "a": "rejected",
        "b": "passed",
        "c": "passed",
        "d": "passed",
    }


MATTERS = ["raise_fund", "rebuild", "change_use", "use_fund", "committee", "other"]


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 9_999)), min_size=1, max_size=9),
    st.lists(st.tuples(st.integers(0, 7), st.sampled_from(["for", "against", "abstain"])), max_size=14),
    st.sampled_from(MATTERS),
    st.sampled_from(["2020-12-31", "2021-01-01"]),
    st.integers(0, 99),
)
def test_the_count_is_that_of_fractions(
    parts: list[tuple[int, int]], ballots: list[tuple[int, str]], matter: str, day: str, seed: int
) -> None:
    areas: defaultdict[int, Fraction] = defaultdict(Fraction)
    for owner, cents in parts:
        areas[owner] += Fraction(cents, 100)
    said: defaultdict[int, set[str]] = defaultdict(set)
    for owner, word in ballots:
        if owner in areas:
            said[owner].add(word)
    clear = {owner: next(iter(words)) for owner, words in said.items() if len(words) == 1}
    everybody = (len(areas), sum(areas.values()))
    part = (len(clear), sum((areas[o] for o in clear), Fraction(0)))
    agreed = (sum(w == "for" for w in clear.values()), sum((areas[o] for o in clear if clear[o] == "for"), Fraction(0)))
    new = day == "2021-01-01"
    grave = matter in GRAVE["civil-code" if new else "property-law"]
    if new and any(p < Fraction(2, 3) * a for p, a in zip(part, everybody, strict=True)):
        expected = "no_quorum"
    else:
        bar = Fraction(3, 4) if new else Fraction(2, 3)
        pairs = list(zip(agreed, part if new else everybody, strict=True))
        good = all(x >= bar * y if grave else 2 * x > y for x, y in pairs) and agreed[0] > 0
        expected = "passed" if good else "rejected"
    (row,) = vote(
        "".join(f"p{n},o{o},{Fraction(c, 100).numerator / Fraction(c, 100).denominator:.2f}\n" for n, (o, c) in enumerate(parts)),
        "".join(f"o{o},x,{w},web\n" for o, w in ballots), f"x,{matter},{day}\n", seed,
    )  # fmt: skip
    assert (row["result"], row["conflicts"]) == (expected, str(len(said) - len(clear)))
    assert (Fraction(row["area_for"]), Fraction(row["area_voted"])) == (agreed[1], part[1])


@pytest.mark.parametrize("bad", ["o1,x,maybe,web\n", "o1,,for,web\n"])
def test_a_ballot_that_says_nothing_is_told(bad: str) -> None:
    rows, outcome = run(
        "double-majority", PARTS + "a,o1,1\n", BALLOTS + bad + "o1,x,for,web\n", ITEMS + "x,other,2024-01-01\n"
    )
    assert (rows[0]["result"], len(outcome.rejects)) == ("passed", 1)


@given(
    st.sampled_from(["civil-code", "property-law"]), st.sampled_from(["use_fund", "raise_fund", "committee", "rebuild"]),
    st.lists(st.integers(0, 40), min_size=3, max_size=3), st.lists(st.integers(0, 4_000_000), min_size=3, max_size=3),
)  # fmt: skip
def test_the_sheet_says_line_by_line_what_the_result_says_at_once(
    edition: str, matter: str, heads: list[int], areas: list[int]
) -> None:
    agreed, voted, everybody = zip(sorted(heads), sorted(areas), strict=True)
    lines = sheet_of(edition, matter, everybody, voted, agreed)
    result = result_of(edition, matter, everybody, voted, agreed)
    assert len(lines) == (4 if edition == "civil-code" else 2)
    assert (result == "passed") == (all(line["met"] for line in lines) and all(agreed))
    if edition == "civil-code":
        assert (result == "no_quorum") == (not all(line["met"] for line in lines[:2]))


def test_the_sheet_names_the_bar() -> None:
    lines = sheet_of("civil-code", "committee", (117, 3996 * 10**6), (78, 2664 * 10**6), (39, 1332 * 10**6))
    assert [(line["have"], line["of"], line["share"], line["rule"], line["bar"], line["met"]) for line in lines] == [
        ("78", "117", "2/3", "at_least", "78", True), ("2664.00", "3996.00", "2/3", "at_least", "2664.000", True),
        ("39", "78", "1/2", "more_than", "39", False), ("1332.00", "2664.00", "1/2", "more_than", "1332.000", False),
    ]  # fmt: skip
