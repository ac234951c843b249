"""Grades that are kept against grades that follow: the newest record decides, spells that overlap are told."""

from __future__ import annotations

import pytest

from tests.methods.running import run

WORKERS = "worker,post,education,certificate\n"
SPELLS = "worker,from,to\n"
RECORDS = "worker,at,grade\n"


@pytest.mark.parametrize(("spells", "records", "verdict", "grade", "next_in"), [
    ("a,2015-01-01,", "a,2024-01-01,5", "right", "5", "1"),                      # 8 years and 3 for education: 1 + 3 + 1
    ("a,2015-01-01,", "a,2024-01-01,6", "wrong_grade", "5", "1"),
    ("a,2015-01-01,2018-01-01\na,2018-01-01,", "a,2024-01-01,5", "right", "5", "1"),
    ("a,2015-01-01,2018-01-02\na,2018-01-01,", "a,2024-01-01,5", "double_spell", "5", "1"),
    ("a,2015-01-01,", "a,2020-01-01,9\na,2024-01-01,5", "right", "5", "1"),      # the newest record
    ("a,2015-01-01,", "", "no_record", None, None),
])  # fmt: skip
def test_what_is_kept_is_held_against_what_follows(
    spells: str, records: str, verdict: str, grade: str | None, next_in: str | None
) -> None:
    rows, outcome = run("grade-check", f"{WORKERS}a,staff,bachelor,assistant\n", SPELLS + spells, RECORDS + records)
    assert not outcome.rejects
    told = rows[0]
    assert told["verdict"] == verdict
    assert [None if told[name] in (None, "") else str(told[name]) for name in ("grade", "next_in")] == [grade, next_in]


def test_the_cap_has_no_next_and_strangers_are_refused() -> None:
    rows, outcome = run("grade-check", f"{WORKERS}a,staff,doctor,senior\n", f"{SPELLS}a,1990-01-01,",
                        f"{RECORDS}a,2024-01-01,12\nb,2024-01-01,3")  # fmt: skip
    assert (str(rows[0]["grade"]), rows[0]["next_in"], rows[0]["verdict"]) in {
        ("12", None, "right"),
        ("12", "", "right"),
    }
    assert [(each.field, each.row) for each in outcome.rejects] == [("worker", 3)]


def test_every_worker_as_community_grade_tells_it() -> None:
    workers = "".join(
        f"w{n},{('staff', 'deputy', 'chief')[n % 3]},{('none', 'master')[n % 2]},senior\n" for n in range(30)
    )
    spells = "".join(f"w{n},{1995 + n % 25}-03-0{1 + n % 9},\n" for n in range(30))
    records = "".join(f"w{n},2024-06-01,{1 + n % 18}\n" for n in range(30))
    rows, _ = run("grade-check", WORKERS + workers, SPELLS + spells, RECORDS + records)
    grades, _ = run("community-grade", WORKERS + workers, SPELLS + spells, at="2024-06-01")
    assert [(row["worker"], str(row["grade"])) for row in rows] == [
        (row["worker"], str(row["grade"])) for row in grades
    ]
