"""Indicators of compensation: each way of judging by hand, sums by a loop with fractions, nothing guessed."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.methods.parts.rulebook import method_rules
from tests.methods.running import by, run

HEAD = "area,period,indicator,target,value,payee\n"
AMOUNTS = "indicator,yuan,per,from,to,citation\n"
NAMED = {"class": "quality_tp", "shortfall": "river_length", "excess": "task_overflow", "missed": "task_works"}


def test_the_table_knows_thirteen_indicators_in_three_groups() -> None:
    table = method_rules().table("water.compensation_indicators", date(2023, 1, 1))
    groups = [str(row.constants["group"]) for row in table.rows]
    assert {name: groups.count(name) for name in groups} == {"flow": 3, "environment": 8, "ecology": 2}


def test_each_way_of_judging_by_hand() -> None:
    values = HEAD + "\n".join([
        "A,2023-03-01,quality_tp,III,V,B", "A,2023-03-01,river_length,12.5,10,", "A,2023-03-01,task_overflow,100,130,B",
        "A,2023-03-01,task_works,yes,no,", "B,2023-03-01,quality_tp,III,II,", "B,2023-03-01,task_works,yes,yes,",
    ])  # fmt: skip
    amounts = AMOUNTS + "\n".join([
        "quality_tp,300000,1,2023-01-01,,x", "river_length,1000.55,0.5,2023-01-01,,x", "task_overflow,7,20,2023-01-01,,x",
        "task_works,5000000,1,2023-01-01,2023-12-31,x",
    ])  # fmt: skip
    rows, outcome = run("compensation-indicators", values, amounts, shuffle=3)
    assert by(rows, "indicator", "amount") == {
        "quality_tp": "600000.00", "river_length": "5002.75", "task_overflow": "10.50", "task_works": "5000000.00"
    }  # fmt: skip
    assert by(rows, "indicator", "payee") == {
        "quality_tp": "B", "river_length": "pool", "task_overflow": "B", "task_works": "pool"
    }  # fmt: skip
    assert outcome.facts["groups"] == {"environment": "5600010.50", "flow": "5002.75"}
    assert outcome.facts["total"] == "5605013.25"
    assert not outcome.rejects


def test_nothing_is_guessed() -> None:
    values = HEAD + "\n".join([
        "A,2022-12-01,quality_tp,III,V,", "A,2023-01-01,quality_tp,III,seven,", "A,2023-02-01,fish,1,2,",
        "A,2023-03-01,task_rate,95,90,", "A,2024-01-01,task_works,yes,no,", "A,2023-04-01,task_works,yes,maybe,",
        "A,2023-05-01,river_length,NaN,1,", "A,2023-05-01,biology,60,55,",
    ])  # fmt: skip
    amounts = AMOUNTS + "\n".join([
        "quality_tp,1,1,2023-01-01,,x", "task_works,1,1,2023-01-01,2023-12-31,x", "river_length,1,0,2023-01-01,,x",
        "biology,1,1,2023-01-01,,x", "biology,2,1,2023-05-01,,y",
    ])  # fmt: skip
    rows, outcome = run("compensation-indicators", values, amounts)
    assert rows == []
    assert sorted((each.row, each.field) for each in outcome.rejects) == [
        (2, "period"), (3, "value"), (4, "indicator"), (4, "per"), (5, "indicator"), (6, "indicator"), (7, "value"),
        (8, "target"), (9, "indicator"),
    ]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(NAMED)), st.integers(0, 900), st.integers(0, 900)), max_size=30))
def test_sums_are_those_of_a_loop(values: list[tuple[str, int, int]]) -> None:
    lines, total = [], Fraction(0)
    for n, (judged, target, value) in enumerate(values):
        if judged in ("class", "missed"):
            words = ["I", "II", "III", "IV", "V", "VI"] if judged == "class" else ["no", "yes"]
            told = (words[target % len(words)], words[value % len(words)])
            step = target % len(words) - value % len(words)
            short = Fraction(max(0, -step if judged == "class" else step))
        else:
            told = (str(target / 100), str(value / 100))
            short = max(Fraction(0), Fraction(value - target if judged == "excess" else target - value, 100))
        total += Fraction(round(short / Fraction("0.4") * Fraction("1234.56") * 100), 100)
        lines.append(f"A{n},2023-02-01,{NAMED[judged]},{told[0]},{told[1]},")
    amounts = AMOUNTS + "\n".join(f"{name},1234.56,0.4,2023-01-01,,x" for name in NAMED.values())
    _, outcome = run("compensation-indicators", HEAD + "\n".join(lines), amounts, shuffle=5)
    assert Fraction(outcome.facts["total"]) == total
