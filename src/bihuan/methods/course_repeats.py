"""Courses of two stages whose outlines are the same in almost every word: repetition, where a sequence was meant.

In: courses with stage and outline. Outlines are compared without marks, spaces, width and case, by the sets of their
runs of five characters: Jaccard share ≥ `share`. An outline of fewer than five characters repeats nothing. Pairs of one
stage are not told. Out: for each pair of stages both rows (course, the other one, share to four decimals). Candidates
come from an index of runs, so that only outlines with a run in common are compared; a run that stands in more than `hub`
courses (a heading that all use) makes nobody a candidate, but counts in the share.
Source: A. Broder (1997), On the resemblance and containment of documents; the five characters are a working value.
Compared with: scikit-learn's CountVectorizer and pairwise Jaccard (tests/methods/test_school_visits.py).
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from fractions import Fraction
from itertools import combinations

from bihuan.methods.declared.model import Answer, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.quantities import digits_text

RUN, DIGITS = 5, 4


def find_repeats(given: Given) -> Answer:
    """Pairs of courses of different stages. Source: Broder (1997)."""
    table, least, hub = given["courses"], Fraction(str(given.option("share"))), int(given.option("hub"))
    codes, stages = table["course"].text(), table["stage"].text()
    runs = [runs_of(each) for each in table["outline"].text()]
    rows: list[tuple[str, str, str, str, str]] = []
    for one, other in sorted(_candidates(runs, hub)):
        if stages[one] == stages[other]:
            continue
        share = Fraction(len(runs[one] & runs[other]), len(runs[one] | runs[other]))
        if share >= least:
            said = digits_text(share, DIGITS)
            rows += [(codes[a], stages[a], codes[b], stages[b], said) for a, b in ((one, other), (other, one))]
    names = ("course", "stage", "repeats", "other_stage", "share")
    return Answer({name: [row[n] for row in sorted(rows)] for n, name in enumerate(names)})


def runs_of(text: str) -> frozenset[str]:
    """Return the runs of five letters, digits and characters of a text. Source: Broder (1997) (shingles)."""
    plain = "".join(each for each in unicodedata.normalize("NFKC", text).casefold() if each.isalnum())
    return frozenset(plain[n : n + RUN] for n in range(len(plain) - RUN + 1))


def _candidates(runs: list[frozenset[str]], hub: int) -> set[tuple[int, int]]:
    holders: dict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(runs):
        for run in each:
            holders[run].append(place)
    return {pair for places in holders.values() if 1 < len(places) <= hub for pair in combinations(places, 2)}


METHOD = Method(
    name="course-repeats",
    zh="两学段雷同的课程",
    en="Courses of two stages that repeat each other",
    inputs=(
        Input(
            "courses", "课程", "Courses",
            (Column("course", "课程", "Course"), Column("stage", "学段", "Stage"), Column("outline", "提纲", "Outline")),
            unique=("course",),
        ),
    ),
    output=(
        Column("course", "课程", "Course"), Column("stage", "学段", "Stage"),
        Column("repeats", "雷同课程", "The same as"), Column("other_stage", "其学段", "Its stage"),
        Column("share", "雷同比例", "Share", "decimal"),
    ),
    key=("course", "repeats"),
    options=(
        Option("share", "雷同比例至少", "Least share", "decimal", "0.8"),
        Option("hub", "通用片段门槛", "A run in more courses makes no candidates", "count", "50"),
    ),
    run=find_repeats,
    source="Broder (1997)",
    peer="scikit-learn CountVectorizer, pairwise Jaccard",
)  # fmt: skip
