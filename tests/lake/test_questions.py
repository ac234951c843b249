"""The lake's answers: the same as the published indicators, and as counted by hand."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pyarrow.parquet as pq
import pytest

from bihuan.extend import QUESTIONS
from bihuan.lake import manifest
from bihuan.lake.asking import answer_question
from bihuan.lake.manifest import LakeError
from tests.lake.conftest import Filled

pytestmark = pytest.mark.slow

RATES = ("response_rate", "resolution_rate", "satisfaction_rate")


def _table(filled: Filled, name: str) -> list[dict[str, Any]]:
    told = manifest.read_manifest(filled.folder)
    assert told is not None
    return [row for file in told.files(filled.folder, name) for row in pq.read_table(file).to_pylist()]


def test_the_three_rates_are_the_published_ones(filled: Filled) -> None:
    published: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0])
    for cell in filled.cube.cells:
        if cell.indicator in RATES:
            count = published[(cell.indicator, cell.programme, cell.unit, cell.area, cell.category)]
            if cell.excluded:
                count[2] += cell.denominator
            else:
                count[0] += cell.numerator
                count[1] += cell.denominator
    rows = answer_question(filled.folder, "three-rates", month="2026-10")["rows"]
    mine = {
        (r["indicator"], r["programme"], r["unit"], r["area"], r["category"]): [
            r["numerator"],
            r["denominator"],
            r["excluded"],
        ]
        for r in rows
    }
    assert sum(count[1] for count in mine.values()) > 60
    assert sum(count[2] for count in mine.values()) > 0, "the world holds exclusions"
    assert mine == dict(published)


def test_the_funnel_ends_where_the_cases_are(filled: Filled) -> None:
    moves = answer_question(filled.folder, "funnel")["rows"]
    balance: Counter[str] = Counter()
    for row in moves:
        balance[row["went_to"]] += row["moves"]
        balance[row["came_from"]] -= row["moves"]
    states = Counter(case["state"] for case in _table(filled, "cases"))
    assert {state: n for state, n in balance.items() if state and n} == dict(states)
    assert -balance[""] == filled.cases


def test_percentiles_are_values_that_occurred(filled: Filled) -> None:
    times = defaultdict(list)
    for case in _table(filled, "cases"):
        if case["ended_at"] and case["parent_id"] is None:
            taken = (case["submitted_at"] or case["ended_at"]) - case["opened_at"]
            times[(case["category"], case["lead"] or "")].append(int(taken.total_seconds()))
    rows = answer_question(filled.folder, "handling-time")["rows"]
    assert len(rows) == len(times)
    for row in rows:
        found = sorted(times[(row["category"], row["unit"])])
        assert row["cases"] == len(found)
        for p in (50, 75, 90, 95):
            assert row[f"p{p}"] == found[-(-p * len(found) // 100) - 1]


def test_rolling_counts_equal_a_slow_count(filled: Filled) -> None:
    days: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    for case in _table(filled, "cases"):
        days[((case["area"] or "")[:9], (case["category"] or "").split(".")[0])][case["day"]] += 1
    rows = answer_question(filled.folder, "rolling-counts")["rows"]
    assert sum(row["cases"] for row in rows) == filled.cases
    for row in rows:
        seen = days[(row["area"], row["category"])]
        for n in (7, 28):
            assert row[f"last_{n}"] == sum(seen[row["day"] - back] for back in range(n))


def test_topic_inputs_count_every_report_once(filled: Filled) -> None:
    cases = _table(filled, "cases")
    rows = answer_question(filled.folder, "topic-inputs")["rows"]
    assert sum(row["events"] for row in rows) == sum(case["parent_id"] is None for case in cases)
    assert sum(row["reports"] or 0 for row in rows) == sum(c["reporters"] for c in cases if c["parent_id"] is None)


def test_the_lake_holds_no_words(filled: Filled) -> None:
    for path in filled.folder.rglob("*.parquet"):
        text = repr(pq.read_table(path).to_pydict())
        assert not any(word in text for word in ("事项", "内容", "答复"))


@pytest.mark.parametrize(
    ("question", "month", "says"),
    [
        ("weather", None, "there are: three-rates"),
        ("three-rates", None, "--period YYYY-MM"),
        ("three-rates", "2019-01", "nothing of 2019-01"),
        ("funnel", "10/2026", "is not a month"),
    ],
)
def test_a_wrong_question_is_told_the_right_ones(filled: Filled, question: str, month: str | None, says: str) -> None:
    with pytest.raises(LakeError, match=says):
        answer_question(filled.folder, question, month=month)


def test_every_question_says_what_it_means() -> None:
    assert all(q.zh and q.en and (q.ask.__doc__ or "").strip() for q in QUESTIONS.all())
