"""Kept numbers as rows that a method reads: what the house itself counted, in place of what somebody typed.

A source names numbers and periods; each row is one number of the whole district, its kept periods summed, so that a
card, a page and a watch stand on the same count. Nothing is counted here.
Source: docs/adr/0424-numbers-and-cards-for-methods.md; docs/topics/indicators.md, "Kept numbers".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from bihuan.declare.model import Code, Slug, Strict
from bihuan.loop.facts import LoopFacts
from bihuan.loop.indicator_files import latest
from bihuan.loop.programmes import all_programmes, folder_of, rule_book
from bihuan.numbers.kinds import kept_kinds, kinds
from bihuan.numbers.models import KeptPeriod
from bihuan.numbers.reading import kept_report
from bihuan.registers.isolation import in_district
from bihuan.rules.book import read_editions
from bihuan.rules.rates import Rate
from bihuan.rules.scorecards import Scorecard

CELLS = ("=number", "=numerator", "=denominator", "=excluded", "=periods")
"""What a column may be taken from: `PROGRAMME.NUMBER`, its two parts (a count has no second), what was left out, and
how many periods were kept."""


class NumberAsked(Strict):
    """An indicator, of the cases of one programme."""

    number: Code
    programme: Slug


class CardAsked(Strict):
    """A scorecard of a programme: the YAML of the edition in force."""

    programme: Slug
    card: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]


class NumbersSource(Strict):
    """Numbers that a method reads.

    Args:
        numbers: Which. columns: Of the method → one of `CELLS`.
        period: Kind of period. back: Periods before the present one that are summed with it.
    """

    numbers: list[NumberAsked] = Field(min_length=1)
    columns: dict[Code, str] = Field(min_length=1)
    period: Code = "month"
    back: int = Field(default=11, ge=0, le=59)


def number_rows(source: NumbersSource, facts: LoopFacts, day: date) -> list[list[Any]]:
    """Return a row for each number that was ever kept in these periods, its columns in the source's order.

    Args:
        facts: Of the district. day: The present period is the one that it lies in.

    Source: docs/adr/0424-numbers-and-cards-for-methods.md (1)
    """
    district = facts.registers.district.code
    with in_district(district):
        known = set(KeptPeriod.objects.filter(district_id=district, ready=True).values_list("period", flat=True))
        rows = [_summed(asked, source, facts, day, known) for asked in source.numbers]
    return [[row[cell] for cell in source.columns.values()] for row in rows if row is not None]


def _summed(
    asked: NumberAsked, source: NumbersSource, facts: LoopFacts, day: date, known: set[str]
) -> Mapping[str, Any] | None:
    period, top, bottom, left_out, kept, share = kinds().on(source.period, day), 0, 0, 0, 0, False
    for _ in range(source.back + 1):
        if str(period) in known:
            report = kept_report(period, facts=facts, indicator=asked.number).report
            counted = asked.number in report.cube.definitions
            for number in report.numbers(asked.number, "district", asked.programme).values() if counted else ():
                kept += 1
                if isinstance(number, Rate):
                    share, top, bottom = True, top + number.numerator, bottom + number.denominator
                    left_out += sum(number.exclusions.values())
                else:
                    top += number.count
        period = period.previous
    if not kept:
        return None
    name = f"{asked.programme}.{asked.number}"
    return dict(zip(CELLS, (name, top, bottom if share else None, left_out, kept), strict=True))


def number_source_faults(source: NumbersSource, columns: Sequence[str]) -> Iterator[tuple[str, str, str, str]]:
    """What is wrong with a source: place, fact, rule, remedy.

    Args:
        columns: Of the method's input.
    """
    known = latest()
    for asked in source.numbers:
        if asked.number not in known:
            near = get_close_matches(asked.number, known, 1)
            remedy = f"did you mean {near[0]!r}?" if near else "see `bihuan indicators`"
            yield "numbers", f"there is no indicator {asked.number!r}", "a method reads declared indicators", remedy
        if asked.programme not in all_programmes():
            told = "a programme whose cases are counted"
            yield "numbers", f"there is no programme {asked.programme!r}", told, "correct the spelling"
    if source.period not in kept_kinds():
        yield (
            "period",
            f"nothing is kept by {source.period!r}",
            f"one of: {', '.join(kept_kinds())}",
            "name one of them",
        )
    for column, cell in source.columns.items():
        if cell not in CELLS:
            yield "columns", f"a number has no {cell!r}", f"one of: {', '.join(CELLS)}", "correct it"
        if column not in columns:
            yield "columns", f"the method has no column {column!r} there", "a column of this input", "correct it"


def card_faults(asked: CardAsked) -> Iterator[tuple[str, str, str, str]]:
    """What is wrong with a card that a page or a watch names: place, fact, rule, remedy."""
    if asked.programme not in all_programmes():
        told = "a programme whose card is read"
        yield "programme", f"there is no programme {asked.programme!r}", told, "correct the spelling"
    elif not rule_book().of(asked.programme).has("scorecard", asked.card):
        told = "a scorecard in its `tables/`"
        yield "card", f"{asked.programme} has no scorecard {asked.card!r}", told, "correct the spelling"


def card_file(asked: CardAsked, day: date) -> Path | None:
    """Return the YAML file in which the edition of a card of a day stands; None when none is in force.

    Source: docs/adr/0424-numbers-and-cards-for-methods.md (2)
    """
    for path in sorted((folder_of(asked.programme) / "tables").glob("*.yaml")):
        for edition in _cards(path, path.stat().st_mtime_ns):
            if edition.meta.id == asked.card and edition.meta.in_force(day):
                return path
    return None


@lru_cache(maxsize=64)
def _cards(path: Path, _stamp: int) -> tuple[Scorecard, ...]:
    """The cards of a file as it was written last."""
    return tuple(each for each in read_editions(path) if isinstance(each, Scorecard))
