"""What fell back after a survey, what was dressed up for it, and self-scores beside what was drawn."""

from __future__ import annotations

import random
from datetime import date, timedelta

import numpy as np
import pytest
import statsmodels.api as sm

from tests.methods.running import run

HEAD = "record,site,item,seen,purpose,points,max\n"
START = date(2026, 3, 1)


def line(code: str, site: str, item: str, day: int, purpose: str, points: str) -> str:
    """A record of two points at most."""
    return f"{code},{site},{item},{START + timedelta(days=day)},{purpose},{points},2"


def told(*lines: str, **options: str) -> list[tuple[str, str, str]]:
    """Record, finding and what it rests on."""
    rows, _ = run("survey-checks", HEAD + "\n".join(lines) + "\n", shuffle=3, **options)
    return [(row["record"], row["finding"], row["before"]) for row in rows]


@pytest.mark.parametrize(
    ("relook", "day", "points", "finding"),
    [
        ("2", 60, "1", "relapse"), ("2", 61, "1", "fresh"),
        ("1", 40, "1", "fresh"),  # was not put right: still the first loss
        ("2", 40, "2", None), ("2", 40, "", None),  # nothing lost; works with a notice
    ],
)  # fmt: skip
def test_a_relapse_was_put_right_before_and_is_no_older_than_the_days(
    relook: str, day: int, points: str, finding: str | None
) -> None:
    lines = [
        line("r", "s", "x", 0, "round", "1"), line("t", "s", "x", 0, "second", "2"),
        line("l", "s", "x", 9, "relook", relook), line("a", "s", "x", day, "after", points),
    ]  # fmt: skip
    found = told(*lines)
    assert found == ([] if finding is None else [("a", finding, "r" if finding == "relapse" else "")])


def test_a_site_that_was_clean_and_soon_lost_three_items_was_dressed_up() -> None:
    clean = [line(f"r{n}", "s", f"i{n}", 0, "round", "2") for n in range(4)]
    after = [line(f"a{n}", "s", f"i{n}", 20, "after", "0") for n in range(3)]
    assert told(*clean, *after) == [("a0", "dressed", "r3"), ("a1", "fresh", ""), ("a2", "fresh", "")]
    assert [each[1] for each in told(*clean, *after, least="4")] == ["fresh"] * 3
    lost = [*clean[:3], line("r3", "s", "i3", 0, "round", "1")]
    assert [each[1] for each in told(*lost, *after)] == ["fresh"] * 3
    apart = [*after[:2], line("a2", "s", "i2", 22, "after", "0")]
    assert [each[1] for each in told(*clean, *apart)] == ["fresh"] * 3
    assert told(*after) == [(f"a{n}", "fresh", "") for n in range(3)], "no round, nothing to be dressed up for"


def test_what_cannot_be_is_told() -> None:
    bad = [
        line("a", "s", "x", 0, "round", "3"),
        line("b", "s", "x", 0, "party", "1"),
        line("c", "s", "x", 0, "round", "1"),
    ]
    _, outcome = run("survey-checks", HEAD + "\n".join([*bad, bad[2]]) + "\n")
    assert sorted((each.row, each.field) for each in outcome.rejects) == [(2, "points"), (3, "purpose"), (5, "record")]


def test_it_says_what_a_reading_spot_by_spot_says() -> None:
    luck = random.Random(5)
    lines, number = [], 0
    for site in range(60):
        for item in range(4):
            for purpose, day in (("round", 0), ("relook", 12), ("after", luck.randrange(20, 90))):
                if purpose != "relook" or luck.random() < 0.5:
                    number += 1
                    points = luck.choice(["2", "2", "1", "0"])
                    lines.append(line(f"c{number:04}", f"s{site}", f"i{item}", day, purpose, points))
    by_spot: dict[tuple[str, str], dict[str, tuple[str, date, bool]]] = {}
    for each in lines:
        code, site_of, item_of, seen, purpose, points, _ = each.split(",")
        by_spot.setdefault((site_of, item_of), {})[purpose] = code, date.fromisoformat(seen), int(points) < 2
    expected = {
        of["after"][0]
        for of in by_spot.values()
        if {"round", "relook", "after"} <= set(of)
        and (of["round"][2], of["relook"][2], of["after"][2]) == (True, False, True)
        and (of["after"][1] - of["round"][1]).days <= 60
    }
    found = {code for code, finding, _ in told(*lines) if finding == "relapse"}
    assert found == expected
    assert expected


RECORDS, STATED = "street,site,item,points,max\n", "statement,street,score\n"


def drawn(luck: random.Random, street: str, sites: int, share: float) -> list[str]:
    """Records of a street whose items keep their two points with a chance."""
    return [
        f"{street},{street}{site},i{item},{2 if luck.random() < share else luck.choice((0, 1))},2"
        for site in range(sites) for item in range(luck.randrange(3, 8))
    ]  # fmt: skip


def test_a_self_score_is_compared_with_the_interval_of_statsmodels() -> None:
    luck = random.Random(8)
    lines = drawn(luck, "a", 40, 0.8)
    ((row),), _ = run("self-score", STATED + "1,a,0.97\n", RECORDS + "\n".join(lines) + "\n", shuffle=1)
    sums: dict[str, list[float]] = {}
    for each in lines:
        _, site, _, points, most = each.split(",")
        mine = sums.setdefault(site, [0.0, 0.0])
        mine[0], mine[1] = mine[0] + float(points), mine[1] + float(most)
    y, x = (np.array([each[n] for each in sums.values()]) for n in (0, 1))
    rate = y.sum() / x.sum()
    # the ratio is the weighted mean of y/x with weights x; its sandwich variance is that of Σ(y − R·x)²/(Σx)²
    fit = sm.WLS(y / x, np.ones(len(sums)), weights=x).fit(cov_type="HC1")
    assert float(row["rate"]) == pytest.approx(rate, abs=1e-6)
    assert float(row["high"]) - rate == pytest.approx(1.959963984540054 * float(fit.bse[0]), abs=2e-6)
    assert row["verdict"] == "far_above"


def test_only_a_statement_beyond_the_whole_interval_and_the_margin_is_far_above() -> None:
    luck = random.Random(8)
    lines = drawn(luck, "a", 40, 0.8) + drawn(luck, "b", 4, 0.5)
    said = ["1,a,0.99", "2,a,0.87", "3,a,0.5", "4,b,1", "5,none,1", "6,a,98"]
    rows, outcome = run("self-score", STATED + "\n".join(said) + "\n", RECORDS + "\n".join(lines) + "\n")
    assert [row["verdict"] for row in rows] == ["far_above", "inside", "below", "too_few", "too_few"]
    assert [(each.row, each.field) for each in outcome.rejects] == [(7, "score")]
    mild, _ = run("self-score", STATED + "1,a,0.99\n", RECORDS + "\n".join(lines) + "\n", margin="0.2")
    assert mild[0]["verdict"] == "inside"
