"""The grade of a programme, from its `quality.yaml`: bronze, silver, gold, platinum. Pure.

Each rule is `done`, `todo`, or `exempt: <reason>`; a grade is reached when none of its rules, nor of the grades below,
is still to do. The claims themselves are checked by tests.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document

FILE = "quality.yaml"
GRADES: dict[str, tuple[str, ...]] = {
    "bronze": ("loop_runs", "validates"),
    "silver": ("sample_data", "golden_tests", "two_languages"),
    "gold": ("real_data_check", "standard_in_or_out", "cockpit_page"),
    "platinum": ("named_reference", "failure_tests"),
}
RULES = tuple(rule for rules in GRADES.values() for rule in rules)


def grade(folder: Path) -> str:
    """Return the grade of the programme in `folder`: a name of `GRADES`, or `none`.

    Raises:
        DeclarationError: no quality file, a rule missing or unknown, or a value that is not one of the three.

    Source: DESIGN §4 (quality.yaml: done, todo, or exempt with a reason)
    """
    claims = read_claims(folder)
    reached = "none"
    for name, rules in GRADES.items():
        if any(claims[rule] == "todo" for rule in rules):
            break
        reached = name
    return reached


def read_claims(folder: Path) -> dict[str, str]:
    """Return each rule's claim: `done`, `todo`, or the reason of its exemption; raises as `grade`.

    Source: DESIGN §4 (quality.yaml: done, todo, or exempt with a reason)
    """
    document = Document(folder / FILE)
    given: Any = document.value.get("rules", {}) if isinstance(document.value, dict) else {}
    given = given if isinstance(given, dict) else {}
    problems = [document.problem(["rules", name], what, rule, remedy) for name, what, rule, remedy in _faults(given)]
    if problems:
        raise DeclarationError(problems)
    return {name: value if isinstance(value, str) else str(value["exempt"]) for name, value in given.items()}


def _faults(given: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    faults = [
        (name, f"{name!r} is not a rule", f"one of {', '.join(RULES)}", "remove it or correct the spelling")
        for name in given
        if name not in RULES
    ]
    faults += [
        (name, f"{name!r} is missing", "every rule is claimed", f"add `{name}: todo`")
        for name in RULES
        if name not in given
    ]
    for name, value in given.items():
        exempt = isinstance(value, dict) and set(value) == {"exempt"} and bool(value["exempt"])
        if value not in ("done", "todo") and not exempt:
            faults.append((name, f"{value!r} is no claim", "done, todo, or {exempt: reason}", "write one of the three"))
    return faults
