"""The risk register, weights by pairs, and the tables behind them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.methods.running import by, run

RISKS = "risk,likelihood,severity,reviewer,next_review\n"
CONTROLS = "risk,control,less_likely,less_severe,checked_on,every_days,owner\n"


def test_a_control_lives_only_while_it_is_checked() -> None:
    control = "r,c,2,1,2025-01-01,30,o\n"
    for day, residual, fault in (("2025-01-31", 12, "none"), ("2025-02-01", 25, "red_without_control")):
        rows, _ = run("risk-register", RISKS + "r,5,5,u,2026-01-01", CONTROLS + control, at=day)
        assert (int(rows[0]["residual"]), rows[0]["fault"]) == (residual, fault)
    rows, outcome = run(
        "risk-register", RISKS + "r,5,5,u,2026-01-01", CONTROLS + "r,c,2,1,2025-01-01,30,", at="2025-01-02"
    )
    assert rows[0]["fault"] == "red_without_control", "nobody owns it"
    assert outcome.editions == {"risk.ls": "2017"}


def test_the_first_fault_is_told() -> None:
    risks = RISKS + "a,1,1,,2020-01-01\nb,1,1,u,2020-01-01\nc,1,1,u,2020-01-01\nd,1,1,u,2025-01-01\n"
    controls = CONTROLS + "b,x,0,0,2020-01-01,1,o\nnone,x,0,0,2020-01-01,1,o"
    rows, outcome = run("risk-register", risks, controls, at="2025-01-01")
    assert by(rows, "risk", "fault") == {"a": "no_reviewer", "b": "control_lapsed", "c": "review_overdue", "d": "none"}
    assert [r.field for r in outcome.rejects] == ["risk"]


def test_weights_as_published() -> None:
    text = "row,column,ratio\na,b,4\na,c,3\na,d,7\nb,c,1/3\nb,d,3\nc,d,5"
    rows, outcome = run("ahp", text, shuffle=2)
    assert [float(row["weight"]) for row in rows] == pytest.approx([0.547, 0.127, 0.270, 0.056], abs=1e-3)
    assert outcome.facts["consistency_ratio"] == pytest.approx(0.044, abs=5e-4)
    judged = np.array([[1, 4, 3, 7], [1 / 4, 1, 1 / 3, 3], [1 / 3, 3, 1, 5], [1 / 7, 1 / 3, 1 / 5, 1]])
    assert outcome.facts["lambda_max"] == pytest.approx(max(np.linalg.eigvals(judged).real), abs=1e-8)


def test_contradicting_judgements_are_not_used() -> None:
    rows, outcome = run("ahp", "row,column,ratio\na,b,4\na,c,1/6\nb,c,7")
    assert rows == []
    assert outcome.facts["usable"] is False
    assert outcome.facts["triple"] == ["a", "b", "c"]
    assert run("ahp", "row,column,ratio\na,b,4\nb,c,7")[1].facts["missing"] == ["a:c"]
    _, outcome = run("ahp", "row,column,ratio\na,b,4\nb,a,1/4\nb,c,0\na,c,x\nc,a,-1")
    assert len(outcome.rejects) == 3
