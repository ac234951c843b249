"""The two ways of grading a risk, and what is left of it once controls take steps off: L × S, and L × E × C.

L × S: likelihood and severity from 1 to 5; a control takes whole steps off either, never below 1. L × E × C: each factor
comes from its closed list; a step off likelihood or consequence is one place down that list, never below its end. The
danger D is their product, exact; its class is the table `risk.lec`, its colour `risk.lec_colour`.
A row that gives all three of `chance`, `exposure` and `consequence` is graded by them, any other by L × S.
Source: K. J. Graham, G. F. Kinney, Practical risk analysis for safety management (1971); GB/T 33859-2017; docs/adr/0405.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from bihuan.methods.declared.inputs import MISSING, MISSING_REMEDY
from bihuan.methods.declared.model import Column, one_of
from bihuan.methods.declared.tables import Table
from bihuan.methods.parts.rulebook import method_rules

CHANCE = ("10", "6", "3", "1", "0.5", "0.2", "0.1")
EXPOSURE = ("10", "6", "3", "2", "1", "0.5")
CONSEQUENCE = ("100", "40", "15", "7", "3", "1")
_STEPS = one_of(**{str(step): f"{step}级|{step}" for step in range(1, 6)})
_FACTORS = (("chance", CHANCE), ("exposure", EXPOSURE), ("consequence", CONSEQUENCE))


def _listed(values: tuple[str, ...]) -> Any:
    return one_of(**{value: f"{value}|{value}" for value in values})


COLUMNS = (
    Column("likelihood", "可能性", "Likelihood", "choice", required=False, choices=_STEPS),
    Column("severity", "严重性", "Severity", "choice", required=False, choices=_STEPS),
    Column("chance", "事故可能性L", "Likelihood of an accident L", "choice", required=False, absent=True,
           choices=_listed(CHANCE)),
    Column("exposure", "暴露频次E", "Exposure E", "choice", required=False, absent=True, choices=_listed(EXPOSURE)),
    Column("consequence", "后果C", "Consequence C", "choice", required=False, absent=True,
           choices=_listed(CONSEQUENCE)),
)  # fmt: skip


@dataclass(frozen=True)
class Grading:
    """How one risk is graded: the rank of each factor on its scale, and what score and colour a pair of steps off gives.

    Args:
        row: Of the table of risks. name: Of the risk.
        judge: Takes the steps off likelihood and off severity (or consequence); gives score and colour.
    """

    row: int
    name: str
    judge: Callable[[int, int], tuple[int | str, str]]


def gradings(risks: Table, on: date) -> Iterator[Grading]:
    """Yield how each risk is graded; one that gives no complete grading, or half of one, is refused.

    Source: docs/adr/0405-products-and-a-second-scale.md
    """
    scales = _Scales(on)
    names, likely, severe = risks["risk"].text(), risks["likelihood"].values(), risks["severity"].values()
    factors = [risks[name].values() for name, _ in _FACTORS]
    for row, name in enumerate(names):
        given = [values[row] for values in factors]
        lacking = [column for (column, _), value in zip(_FACTORS, given, strict=True) if value is None]
        if not lacking:
            yield Grading(row, name, partial(scales.danger, [str(value) for value in given]))
        elif len(lacking) < len(_FACTORS):
            risks.refuse(row, lacking[0], MISSING, MISSING_REMEDY)
        elif likely[row] is None or severe[row] is None:
            risks.refuse(row, "likelihood" if likely[row] is None else "severity", MISSING, MISSING_REMEDY)
        else:
            yield Grading(row, name, partial(scales.matrix, int(likely[row]), int(severe[row])))


def scale_editions(risks: Table, on: date) -> Mapping[str, str]:
    """The editions of the tables that graded these risks on a day. Source: docs/topics/rules.md, "A rule table"."""
    used = ["risk.ls", *(("risk.lec", "risk.lec_colour") if risks["chance"].known.any() else ())]
    return {name: method_rules().table(name, on).meta.edition for name in used}


class _Scales:
    """The tables of a day, each asked for once."""

    def __init__(self, on: date) -> None:
        rules = method_rules()
        self._matrix, self._classes = rules.table("risk.ls", on), rules.table("risk.lec", on)
        self._colours = rules.table("risk.lec_colour", on)

    def matrix(self, likely: int, severe: int, less: int, milder: int) -> tuple[int | str, str]:
        """Score and colour of L × S with so many steps off each."""
        found = self._matrix.lookup(likelihood=str(max(1, likely - less)), severity=str(max(1, severe - milder)))
        return int(str(found["score"])), str(found["grade"])

    def danger(self, factors: list[str], less: int, milder: int) -> tuple[int | str, str]:
        """Danger and colour of L × E × C with so many places off L and C."""
        chance, exposure, consequence = factors
        danger = Decimal(_down(CHANCE, chance, less)) * Decimal(exposure)
        danger *= Decimal(_down(CONSEQUENCE, consequence, milder))
        found = self._classes.lookup(danger=str(danger))
        score = int(danger) if danger == danger.to_integral_value() else f"{danger.normalize():f}"
        return score, str(self._colours.lookup(grade=str(found["grade"]))["colour"])


def _down(scale: tuple[str, ...], value: str, steps: int) -> str:
    return scale[min(len(scale) - 1, scale.index(value) + max(0, steps))]
