"""Grades by the union of spells, posts by whole numbers, tasks against the admitted list, each by its rule."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from tests.methods.running import by, run

WORKERS = "worker,post,education,certificate\n"
SPELLS = "worker,from,to\n"
ITEMS = "item,from,to,minutes_month,communities\n"
TASKS = "task,item,community,day,minutes,fields\n"
DAY = date(2024, 1, 1)


def test_grades_by_hand() -> None:
    workers = (
        "a,staff,none,none\nb,chief,doctor,senior\nc,staff,doctor,senior\nd,deputy,bachelor,assistant\ne,staff,,\n"
    )
    spells = (
        "a,2020-01-01,2024-01-01\nb,2000-01-01,\nc,1980-01-01,\nd,2014-01-01,2016-01-01\nd,2015-01-01,2017-01-01\n"
        "x,2020-01-01,\na,2025-01-01,2024-01-01\n"
    )
    rows, outcome = run("community-grade", WORKERS + workers, SPELLS + spells, at="2024-01-01", shuffle=3)
    told = {row["worker"]: (row["years"], row["credited"], row["grade"]) for row in rows}
    assert told == {
        "a": ("4", "4", "2"), "b": ("24", "31", "18"), "c": ("44", "51", "12"), "d": ("3", "6", "7"), "e": ("0", "0", "1"),
    }  # fmt: skip
    assert sorted(each.field for each in outcome.rejects) == ["to", "worker"]


@given(st.lists(st.tuples(st.integers(-400, 400), st.integers(0, 500)), max_size=8), st.integers(0, 5))
def test_days_count_once_whatever_overlaps(drawn: list[tuple[int, int]], seed: int) -> None:
    days = {DAY + timedelta(first + n) for first, long in drawn for n in range(long)}
    worked = sum(day < DAY for day in days)
    spells = "".join(f"a,{DAY + timedelta(first)},{DAY + timedelta(first + long)}\n" for first, long in drawn)
    (row,), _ = run("community-grade", f"{WORKERS}a,staff,none,none\n", SPELLS + spells, at=str(DAY), shuffle=seed)
    assert int(row["years"]) == 4 * worked // 1461


@given(st.integers(0, 10**6), st.integers(0, 99), st.integers(0, 10**6))
def test_posts_are_exact(residents: int, workers: int, minutes: int) -> None:
    head = "community,residents,workers,minutes\n"
    (row,), _ = run("community-posts", f"{head}a,{residents},{workers},{minutes}\n")
    posts = ceil(Fraction(18 * residents, 10_000))
    assert (int(row["posts"]), int(row["gap"])) == (posts, workers - posts)
    assert (row["per_10k"] == "", row["minutes_per_worker"] == "") == (residents == 0, workers == 0)


def test_every_verdict_on_a_task() -> None:
    items = "i,2026-01-01,2026-06-01,60,*\nj,2026-01-01,,,a;b\n"
    tasks = [
        "t01,none,a,2026-02-01,10,", "t02,i,a,2025-12-31,10,", "t03,i,a,2026-06-01,10,", "t04,j,c,2026-02-01,10,",
        "t05,i,a,2026-02-02,40,name;sex;age;work;home", "t06,i,a,2026-02-03,21,", "t07,i,a,2026-02-04,20,",
        "t08,i,a,2026-03-01,60,name;sex;age;work;car", "t09,i,b,2026-03-01,1,name;sex;age;work;home",
        "t10,j,a,2026-05-03,1,name;sex;age;work", "t11,j,a,2026-05-04,1,name;sex;age;work",
    ]  # fmt: skip
    rows, _ = run("access-check", ITEMS + items, TASKS + "\n".join(tasks), shuffle=5)
    assert list(by(rows, "task", "verdict").values()) == [
        "not_listed", "not_yet", "ended", "wrong_community", "admitted", "over_minutes", "admitted", "asks_again",
        "admitted", "asks_again", "admitted",
    ]  # fmt: skip


Task = tuple[int, int, int, int, frozenset[str]]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(0, 1), st.integers(0, 130), st.integers(1, 30),
            st.frozensets(st.sampled_from("vwxyz")),
        ),
        max_size=14,
    ),
    st.integers(0, 3),
)  # fmt: skip
def test_a_task_is_judged_by_all_before_it(drawn: list[Task], seed: int) -> None:
    items = "i0,2024-01-01,2024-05-01,45,*\ni1,2024-01-20,,,c0\n"
    lines, told = [], {}
    used: defaultdict[tuple[int, int, int], int] = defaultdict(int)
    given_before: list[tuple[int, int, frozenset[str]]] = []
    for n, (item, where, after, minutes, fields) in sorted(enumerate(drawn), key=lambda each: (each[1][2], each[0])):
        day = DAY + timedelta(after)
        lines.append(f"t{n:02},i{item},c{where},{day},{minutes},{';'.join(sorted(fields))}")
        key = (item, where, day.month)
        near = set().union(*(f for at, c, f in given_before if c == where and at >= after - 90), frozenset())
        if item == 2:
            verdict = "not_listed"
        elif item == 1 and day < date(2024, 1, 20):
            verdict = "not_yet"
        elif item == 0 and day >= date(2024, 5, 1):
            verdict = "ended"
        elif item == 1 and where == 1:
            verdict = "wrong_community"
        elif item == 0 and used[key] + minutes > 45:
            verdict = "over_minutes"
        elif fields and len(fields & near) >= Fraction(4, 5) * len(fields):
            verdict = "asks_again"
        else:
            verdict = "admitted"
            used[key] += minutes
            given_before.append((after, where, fields))
        told[f"t{n:02}"] = verdict
    rows, _ = run("access-check", ITEMS + items, TASKS + "\n".join(lines) + "\n", shuffle=seed)
    assert by(rows, "task", "verdict") == dict(sorted(told.items()))
