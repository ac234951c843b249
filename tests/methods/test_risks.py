"""The risk register, weights by pairs, and the tables behind them."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod

import numpy as np
import pytest

from bihuan.methods.parts.risk_scales import CHANCE, CONSEQUENCE, EXPOSURE
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


LEC = "risk,likelihood,severity,chance,exposure,consequence,reviewer,next_review\n"
NO_CONTROLS = "risk,control,less_likely,less_severe,checked_on,every_days,owner\n"


def test_every_danger_of_the_closed_lists_has_the_class_of_its_product() -> None:
    given = list(product(CHANCE, EXPOSURE, CONSEQUENCE))
    text = LEC + "\n".join(f"{n},,,{chance},{exposure},{worst},u," for n, (chance, exposure, worst) in enumerate(given))
    rows, outcome = run("risk-register", text, NO_CONTROLS, at="2026-05-01", shuffle=4)
    assert (len(rows), outcome.editions) == (252, {"risk.ls": "2017", "risk.lec": "1", "risk.lec_colour": "1"})
    for row in rows:
        danger = prod((Fraction(each) for each in given[int(row["risk"])]), start=Fraction(1))
        bounds = [(320, "red"), (Fraction(1599999, 10000), "orange"), (Fraction(699999, 10000), "yellow")]
        colour = next((name for bound, name in bounds if danger > bound), "blue")
        assert (Fraction(row["inherent"]), row["grade"]) == (danger, colour)
        assert row["fault"] == ("red_without_control" if colour == "red" else "none")


def test_a_control_takes_places_off_the_lists_and_never_falls_off_their_ends() -> None:
    risks = LEC + "a,,,10,6,15,u,\nb,,,0.2,6,3,u,\nc,5,4,,,,u,\n"
    controls = NO_CONTROLS + "a,k1,1,1,2026-04-01,90,o\nb,k2,4,9,2026-04-01,90,o\nc,k3,2,0,2026-04-01,90,o\n"
    rows, _ = run("risk-register", risks, controls, at="2026-05-01", shuffle=2)
    told = {row["risk"]: (row["inherent"], row["grade"], row["residual"], row["residual_grade"]) for row in rows}
    assert told == {
        "a": ("900", "red", "252", "orange"), "b": ("3.6", "blue", "0.6", "blue"), "c": ("20", "red", "12", "yellow"),
    }  # fmt: skip
    kept, _ = run("kept-down", risks, controls, at="2026-05-01")
    assert {(row["control"], row["without"]) for row in kept} == {("k1", "red"), ("k3", "red")}


def test_half_a_grading_is_refused_by_the_column_that_is_missing() -> None:
    risks = LEC + "a,,,10,,15,u,\nb,5,,,,,u,\nc,,4,,,,u,\nd,,,7,6,15,u,\ne,1,1,,,,u,\n"
    rows, outcome = run("risk-register", risks, NO_CONTROLS, at="2026-05-01")
    assert [row["risk"] for row in rows] == ["e"]
    refused = {(each.row, each.field) for each in outcome.rejects}
    assert refused == {(2, "exposure"), (3, "severity"), (4, "likelihood"), (5, "chance")}
