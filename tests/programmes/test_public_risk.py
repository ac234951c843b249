"""Risks: a finding at a control's site kills it, what only controls keep down is told, agreement is exact."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.model import Case, Command, Refusal
from bihuan.registers.pure.ids import new_id
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, handler, programme, registers
from tests.methods.running import by, run

RISKS = "risk,likelihood,severity,reviewer,next_review\nred,5,4,u,2027-01-01\nlow,2,2,u,2027-01-01\n"
HEAD = "risk,control,less_likely,less_severe,checked_on,every_days,owner,killed_on\n"
CONTROLS = HEAD + "red,c1,3,0,2026-01-01,100,o,{killed}\nred,c2,1,0,2026-01-01,100,o,\nlow,c3,1,0,2026-01-01,100,o,\n"


@pytest.mark.parametrize(
    ("killed", "day", "colour", "live"),
    [
        ("", "2026-02-01", "blue", 2), ("2026-02-01", "2026-02-01", "orange", 1),
        ("2026-02-02", "2026-02-01", "blue", 2),
        ("2026-01-15", "2026-04-12", "red", 0),
    ],
)  # fmt: skip
def test_a_finding_kills_the_control_from_its_day(killed: str, day: str, colour: str, live: int) -> None:
    rows, _ = run("risk-register", RISKS, CONTROLS.format(killed=killed), at=day)
    assert (by(rows, "risk", "residual_grade")["red"], by(rows, "risk", "live")["red"]) == (colour, str(live))


def test_what_only_a_control_keeps_down_is_the_register_without_it() -> None:
    given = CONTROLS.format(killed="")
    rows, _ = run("kept-down", RISKS, given, at="2026-02-01", shuffle=3)
    assert by(rows, "control", "without")["c1"] == "orange"
    for row in rows:
        less = "\n".join(line for line in given.splitlines() if f",{row['control']}," not in line)
        without, _ = run("risk-register", RISKS, less, at="2026-02-01")
        assert by(without, "risk", "residual_grade")[row["risk"]] == row["without"] != row["residual_grade"]
    assert "c3" not in {row["control"] for row in rows}, "it lowers nothing that has a colour to lose"


def test_kappa_is_that_of_a_named_library() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    pairs = [(1, 2), (2, 2), (3, 5), (4, 4), (5, 4), (2, 3), (3, 3), (1, 1)]
    text = "thing,assessor,value\n" + "\n".join(f"t{n},{who},{pair[k]}" for n, pair in enumerate(pairs)
                                                for k, who in enumerate("ab"))  # fmt: skip
    ours, theirs = [a for a, _ in pairs] + [b for _, b in pairs], [b for _, b in pairs] + [a for a, _ in pairs]
    for weights in ("quadratic", "linear"):
        rows, outcome = run("assessor-agreement", text, weights=weights, shuffle=1)
        expected = metrics.cohen_kappa_score(ours, theirs, weights=weights)
        assert float(outcome.facts["kappa"]) == pytest.approx(expected, abs=1e-6)
        assert float(outcome.facts["low"]) <= expected <= float(outcome.facts["high"])
    assert (outcome.facts["pairs"], outcome.facts["within_one"]) == (8, 7)
    assert by(rows, "thing", "apart")["t2"] == "2"
    assert run("assessor-agreement", "thing,assessor,value\nt,a,1\nt,b,1")[1].facts["kappa"] is None


def test_a_control_comes_back_only_when_the_hazard_is_struck_off() -> None:
    demand: Any = next(
        each for each in programme("public-risk").cases["upkeep"].demands if each.id == "finding_still_open"
    )
    assert demand.before == ["verify"]
    effect = programme("public-risk").cases["upkeep"].effects[0]
    assert (effect.set["killed"], effect.set["checked"]) == ("=", "day")


class _Risk(LoopFacts):
    """Facts that say this of every risk."""

    values: dict[str, Any]

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        name = kind.partition(".")[2]
        found = self.values.get(name) if name else {"street": community(), "name": "x", "owner": "fire"}
        return found, {"subject": f"{kind}/{key}"}


@pytest.mark.parametrize(
    ("scenarios", "worst", "severity", "refused"),
    [
        (1, 4, "3", "graver_than_its_scenarios"), (1, 4, "4", None), (2, 4, "5", None), (0, None, "1", None),
        (2, 2, "1", "graver_than_its_scenarios"),
    ],
)  # fmt: skip
def test_a_grade_does_not_lie_below_the_gravest_scenario(
    scenarios: int, worst: int | None, severity: str, refused: str | None
) -> None:
    known = _Risk(registers(), book(), facts().now, "seed")
    known.values = {
        "judgements": 2, "likelihood_apart": 0, "severity_apart": 0, "scenarios": scenarios, "worst_case": worst,
    }  # fmt: skip
    unit = registers().organisations.at(START.date()).units("street")[0].id
    form = {"likelihood": "2", "severity": severity, "next_review": "2026-12-01"}
    said = {"kind": "grading", "number": "1", "channel": "inspector", "subject": "R1", "urgency": "general",
            "fields": form, "area": community(), "unit": unit}  # fmt: skip
    who = handler(unit, "one", "unit_head")
    told = decide(programme("public-risk"), Case(id=new_id()), Command("open", who, START, said), known)
    assert (told.code if isinstance(told, Refusal) else None) == refused


def test_its_watches_are_in_use() -> None:
    known = current_catalogue()
    assert {"control_found", "control_lapsed", "control_visit", "review_overdue", "scenario_missing"} <= set(
        known.watches
    )
    assert not [problem for problem in known.problems if "public_risk" in problem.file]
