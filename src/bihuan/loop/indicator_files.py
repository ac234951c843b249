"""Definitions of indicators: dated, cited data; the edition in force on the first day of a month counts. No Django."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from bihuan.loop.declarations import DeclarationError, Lines, Problem, read, shown
from bihuan.loop.kernel.programme import Code, Name, Strict

Share = Annotated[Decimal, Field(ge=0, le=1)]
FILE = Path(__file__).resolve().parent / "indicators.yaml"
Group = Literal["callbacks", "openings", "dispatches", "handling", "stock", "findings", "parties"]


class Definition(Strict):
    """One edition of one indicator.

    `kind`: a share, a count, or a survey (whose cells keep the answer in place of the category). `better` says which
    end is good (`neutral`: neither). `min_n` is the denominator from which a unit is ranked. `parameters` holds for
    every programme, `requires` names what each programme says for itself. An edition that was found wrong is
    `superseded_by` another: months published with it stay what they are, everything else is counted by the other.
    """

    id: Code
    edition: str
    effective_from: date
    effective_to: date | None = None
    name: Name
    group: Group
    kind: Literal["proportion", "count", "survey"] = "proportion"
    numerator: Name
    denominator: Name
    exclusions: Literal["appeal", "none"]
    better: Literal["high", "low", "neutral"]
    min_n: int = Field(ge=1, default=1)
    decimals: int = Field(ge=0, le=6, default=2)
    method: Literal["wilson", "clopper_pearson"] = "wilson"
    level: Annotated[Decimal, Field(gt=0, lt=1)] = Decimal("0.95")
    parameters: dict[str, str] = Field(default_factory=dict)
    requires: tuple[Literal["clock"], ...] = ()
    superseded_by: str | None = None
    band: tuple[Share, Share] | None = None
    shown: Literal["count", "per_10000"] = "count"  # of a count: which figure stands first; says nothing of what counts
    citation: str
    verified: bool = False

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the definition's content."""
        unset = {name for name in ("band", "requires") if not getattr(self, name)} | {"superseded_by", "shown"}
        content = json.dumps(self.model_dump(mode="json", exclude=unset), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()[:16]

    def alarm(self, low: float, high: float) -> Literal["low", "high"] | None:
        """Which side of the band a rate lies on, judged by its interval: only a rate that is surely outside alarms.

        Args:
            low, high: Ends of the rate's interval, 0 to 1.
        """
        if self.band is None:
            return None
        if high < self.band[0]:
            return "low"
        return "high" if low > self.band[1] else None

    def in_force(self, on: date) -> bool:
        """Whether this edition holds on a day; one that was superseded never does."""
        return (
            self.superseded_by is None
            and self.effective_from <= on
            and (self.effective_to is None or on <= self.effective_to)
        )


def definitions(on: date, path: Path = FILE) -> dict[str, Definition]:
    """Return the definition of every indicator in force on a day, by id, in file order.

    Raises:
        DeclarationError: the file is faulty, or two editions of one id hold on one day.
    """
    found: dict[str, Definition] = {}
    for each in _read(path, path.stat().st_mtime_ns):
        if each.in_force(on):
            if each.id in found:
                raise DeclarationError([_doubled(path, each)])
            found[each.id] = each
    return found


def definition(indicator: str, on: date) -> Definition:
    """Return one definition in force; raises KeyError naming the known ones."""
    known = definitions(on)
    if indicator not in known:
        raise KeyError(f"no indicator {indicator!r} on {on}; known: {', '.join(known)}")
    return known[indicator]


def latest(path: Path = FILE) -> dict[str, Definition]:
    """Return the newest edition of every indicator by id, for checks that do not depend on a day."""
    return {each.id: each for each in _read(path, path.stat().st_mtime_ns) if each.superseded_by is None}


def indicator_ids(path: Path = FILE) -> frozenset[str]:
    """Return the ids of all indicators that were ever defined."""
    return frozenset(each.id for each in _read(path, path.stat().st_mtime_ns))


@cache
def _read(path: Path, _stamp: int) -> tuple[Definition, ...]:
    document = read(path)
    try:
        return tuple(TypeAdapter(list[Definition]).validate_python(document))
    except ValidationError as error:
        lines = Lines(path)
        raise DeclarationError(
            [
                Problem(
                    shown(path),
                    lines.of(fault["loc"]),
                    ".".join(str(step) for step in fault["loc"]),
                    str(fault["msg"]),
                    "a definition has the fields of loop.indicator_files.Definition",
                    "correct this field",
                )
                for fault in error.errors(include_url=False)
            ]
        ) from error


def _doubled(path: Path, each: Definition) -> Problem:
    what = f"two editions of {each.id!r} hold on the same day"
    return Problem(shown(path), 1, each.id, what, "one edition per indicator and day", "end the earlier edition")
