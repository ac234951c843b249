"""Which visits of schools count, reason by reason; courses of two stages that repeat each other."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import pairwise_distances

from bihuan.methods.course_repeats import runs_of
from tests.methods.running import run

SCHOOLS, BASES = "school,stage,open_from,open_to\n", "base,accredited_from,accredited_to\n"
VISITS = "visit,school,base,day,students,evidence\n"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("v,a,b,2026-03-01,30,1", "counts"), ("v,a,b,2026-06-30,30,1", "counts"),
        ("v,a,b,2026-07-01,30,1", "base_not_accredited"), ("v,a,none,2026-03-01,30,1", "base_not_accredited"),
        ("v,none,b,2026-03-01,30,1", "no_school"), ("v,a,b,2019-12-31,30,1", "no_school"),
        ("v,a,b,2026-03-01,30,0", "no_evidence"), ("v,a,b,2026-03-01,30,", "no_evidence"),
        ("v,a,b,2026-02-01,30,1", "repeated"),
    ],
)  # fmt: skip
def test_a_visit_does_not_count_for_the_first_reason(line: str, reason: str) -> None:
    earlier = "u,a,b,2026-02-01,30,1\n"
    rows, _ = run(
        "school-visits", SCHOOLS + "a,primary,2020-01-01,\n", BASES + "b,2025-07-01,2026-06-30\n",
        VISITS + earlier + line + "\n", shuffle=1,
    )  # fmt: skip
    assert {row["visit"]: row["reason"] for row in rows}["v"] == reason


def test_it_counts_what_school_coverage_counts_reason_by_reason() -> None:
    luck = random.Random(4)
    schools = SCHOOLS + "".join(f"s{n},{'primary' if n % 2 else 'senior'},2025-0{1 + n % 9}-01,\n" for n in range(20))
    bases = BASES + "".join(f"b{n},2025-01-01,2026-0{1 + n}-15\n" for n in range(6))
    first = date(2026, 1, 1)
    lines = [
        f"v{n:03},s{luck.randrange(22)},b{luck.randrange(7)},{first + timedelta(days=luck.randrange(200))},9,{luck.randrange(2)}"
        for n in range(300)
    ]
    visits = VISITS + "\n".join(lines) + "\n"
    rows, _ = run("school-visits", schools, bases, visits)
    _, outcome = run("school-coverage", schools, bases, visits, year=2026)
    told = [row["reason"] for row in rows]
    assert told.count("counts") == outcome.facts["counted"]
    assert {each: told.count(each) for each in sorted(set(told) - {"counts"})} == dict(
        sorted(outcome.facts["excluded"].items())
    )


HEAD = "course,stage,outline\n"


def test_the_same_words_in_two_stages_are_told_and_those_of_one_stage_are_not() -> None:
    same, other = "认识国旗国徽国歌的由来，遵守升旗礼仪", "走访身边的历史遗迹，讲述先人的故事"
    lines = [f"a,primary,{same}", f"b,junior,{same.replace('，', '， ')}", f"c,primary,{same}", f"d,junior,{other}"]
    rows, _ = run("course-repeats", HEAD + "\n".join(lines) + "\n", shuffle=2)
    assert {(row["course"], row["repeats"], row["share"]) for row in rows} == {
        ("a", "b", "1.0000"), ("b", "a", "1.0000"), ("b", "c", "1.0000"), ("c", "b", "1.0000"),
    }  # fmt: skip
    assert run("course-repeats", HEAD + "a,primary,短\nb,junior,短\n")[0] == []


def test_its_shares_are_those_of_scikit_learn() -> None:
    luck = random.Random(9)
    words = ["国旗", "国徽", "国歌", "礼仪", "宪法", "权利", "义务", "家乡", "建设", "故事", "遗迹", "先人"]
    outlines = []
    for _ in range(12):
        text = [luck.choice(words) for _ in range(30)]
        outlines.append("".join(text))
        changed = list(text)
        changed[luck.randrange(30)] = "改动"
        outlines.append("".join(changed))
    lines = [f"c{n:02},{'primary' if n % 2 else 'junior'},{text}" for n, text in enumerate(outlines)]
    rows, _ = run("course-repeats", HEAD + "\n".join(lines) + "\n", share="0.5", hub=1000)
    counts = CountVectorizer(analyzer="char", ngram_range=(5, 5), binary=True).fit_transform(outlines)
    shares = 1 - pairwise_distances(counts.toarray().astype(bool), metric="jaccard")
    expected = {
        (f"c{a:02}", f"c{b:02}"): f"{shares[a, b]:.4f}"
        for a in range(len(outlines)) for b in range(len(outlines))
        if a % 2 != b % 2 and shares[a, b] >= 0.5
    }  # fmt: skip
    assert {(row["course"], row["repeats"]): row["share"] for row in rows} == expected
    assert expected
    assert runs_of("ＡＢ cd-E f") == {"abcde", "bcdef"}
