"""Kept numbers as pages and the API read them: a report of the last finished cut. Nothing is counted here."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from django.db import connection, transaction

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.clocks import iso
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import current_facts
from bihuan.numbers.basis import basis_of_json
from bihuan.numbers.closing import Closed, cube_of
from bihuan.numbers.counting import Basis, Part, present_basis, roll_up
from bihuan.numbers.cube import Cube, CubeCell, Dimension
from bihuan.numbers.models import IndicatorSnapshot, KeptPeriod, KeptProgress
from bihuan.numbers.periods import Cut, Period
from bihuan.numbers.refreshing import ordered
from bihuan.numbers.report import Report
from bihuan.rules.errors import NoRuleError
from bihuan.rules.rates import Rate
from bihuan.rules.scorecard_methods import RatioWithExclusions

_PERIOD = """
SELECT p.id, p.basis_digest, p.basis, g.cut, g.at, g.root
FROM number_period p JOIN number_progress g USING (district_id)
WHERE p.district_id = %s AND p.period = %s AND p.sequence IS NULL AND p.ready ORDER BY p.id DESC LIMIT 1
"""
_SLICES = """
SELECT g.cut, g.at, g.root, s.indicator, s.programme, s.key, s.excluded, s.numerator, s.denominator
FROM number_slice s JOIN number_progress g USING (district_id)
WHERE s.period_id = %(period)s AND s.by = %(by)s AND s.denominator <> 0
"""
_ONLY = "AND s.indicator = %(indicator)s"
_COUNTED = """
SELECT indicator, programme, unit, category, sum(n) FILTER (WHERE counted), sum(n) FROM number_cell
WHERE period_id = %s AND indicator = ANY(%s) AND excluded = '' AND n <> 0 GROUP BY 1, 2, 3, 4
"""
_BELONGS = """
n.indicator = %(indicator)s AND n.programme = ANY(%(programmes)s) AND (n.excluded <> '') = %(excluded)s
AND (n.counted OR NOT %(counted)s) AND (%(keys)s::text[] IS NULL OR {key} = ANY(%(keys)s::text[]))
"""
_IDS = "SELECT n.id FROM number_cell n WHERE n.period_id = %(period)s AND n.n <> 0 AND {belongs}"
_FEW = """
WITH found AS MATERIALIZED (SELECT k.number FROM number_case k WHERE k.cells && %(cells)s::int[])
SELECT number FROM found WHERE number > %(after)s ORDER BY number LIMIT %(limit)s
"""
_WHOLE = """
SELECT k.number FROM number_case k WHERE k.period_id = %(period)s AND k.number > %(after)s
AND CASE WHEN length(k.parts) > %(last)s THEN 1 IN ({bits}) ELSE false END
ORDER BY k.number LIMIT %(limit)s
"""
_MANY = _WHOLE.replace("ORDER", "AND EXISTS (SELECT 1 FROM unnest(k.cells) c WHERE c = ANY(%(cells)s::int[])) ORDER")
BITS: dict[Part, tuple[int, ...]] = {"numerator": (0,), "denominator": (0, 1), "excluded": (2,)}
"""Which of an indicator's three bits say that a case stands behind a part; see `refreshing.ordered`."""
FEW = 200
"""Cells up to which their cases are looked up by the index of cells, whose cost grows with the square of how many are
asked for; with more, the cases of the period are walked through in the order of their numbers until a page is full."""


@dataclass(frozen=True)
class KeptNumbers:
    """A report read from what is kept, its period (None: not counted yet), and how far the count is."""

    report: Report
    period: int | None
    as_of: datetime | None
    behind: int

    def to_json(self) -> dict[str, Any]:
        """Return how far the count is: until when nothing is missing, and how many leaves wait to be counted.

        Source: docs/topics/indicators.md, "Kept numbers" (pages say as of when)
        """
        return {"as_of": iso(self.as_of) if self.as_of else None, "leaves_waiting": self.behind}


@dataclass(frozen=True)
class Behind:
    """One page of the cases of one part of a number; `total` counts them all, `more` says whether others follow."""

    total: int
    numbers: list[str]
    more: bool


def kept_report(
    period: Period, by: Dimension = "district", *, facts: LoopFacts | None = None, indicator: str | None = None
) -> KeptNumbers:
    """Return a period as published, else as kept at the last finished cut, for one dimension.

    A period that nothing was kept of is reported at the cut of no leaves: no cases, which is what that cut holds.

    Args:
        by: The only dimension (besides the whole district) that the report can be asked for.
        indicator: The only number it can be asked for; default: all.

    Source: docs/topics/indicators.md, "Kept numbers" (pages say as of when)
    """
    facts = facts or current_facts()
    registers = facts.registers
    code = registers.district.code
    progress = KeptProgress.objects.filter(pk=code).values("cut", "size", "as_of").first()
    as_of, behind = (progress["as_of"], progress["size"] - progress["cut"]) if progress else (None, 0)
    row = (
        IndicatorSnapshot.objects.defer("body")
        .filter(district_id=code, period=str(period))
        .order_by("-sequence")
        .first()
    )
    if row is not None:
        closed, ident = _closed(row, period, by, facts, indicator)
        return KeptNumbers(Report(period, closed.cube, closed, facts), ident, as_of, 0)
    found = _rows(_PERIOD, [code, str(period)])
    if not found:
        basis = present_basis(period)
        cube = Cube(str(period), Cut(0, "", ""), basis.definitions, basis.queries, (), roll_up(registers), basis.uses)
        return KeptNumbers(Report(period, cube, None, facts), None, as_of, behind)
    ident, digest, body, *cut = found[0]
    basis = basis_of_json(digest, body)
    rows = _slices(ident, by, indicator)  # with the cut they are of: a batch may have ended since the statement before
    cells = tuple(_cell(by, *row[3:]) for row in rows)
    held = Cut(*(rows[0][:3] if rows else cut))
    cube = Cube(str(period), held, basis.definitions, basis.queries, cells, roll_up(registers), basis.uses)
    return KeptNumbers(Report(period, cube, None, facts), ident, as_of, behind)


def ranking_cube(kept: KeptNumbers) -> Cube:
    """Return the cube by unit that a ranking needs: shares by unit, findings and answers by unit and category.

    Source: docs/adr/0232 (5)
    """
    cube = kept.report.cube
    if kept.period is None:
        return cube
    plain = sorted(_carded(kept.report) & cube.definitions.keys())
    shares = tuple(cell for cell in cube.cells if cell.indicator not in plain)
    counts = tuple(
        CubeCell(indicator, programme, "", unit, category, "", numerator or 0, denominator)
        for indicator, programme, unit, category, numerator, denominator in _rows(_COUNTED, [kept.period, plain])
    )
    return Cube(cube.period, cube.cut, cube.definitions, cube.queries, shares + counts, cube.roll_up, cube.uses)


def _carded(report: Report) -> set[str]:
    """The items of the scorecards in force that are no shares: findings and answers, which count by kind."""
    place, found = report.facts.registers.district.code, set()
    for programme in all_programmes().values():
        if programme.scorecard:
            with suppress(NoRuleError):
                card = report.facts.book.of(programme.id).scorecard(programme.scorecard, report.month.first, place)
                found |= {item.id for item in card.items if not isinstance(item.method, RatioWithExclusions)}
    return found


def cases_page(
    kept: KeptNumbers, indicator: str, by: Dimension, key: str, size: int, part: str = "numerator", after: str = ""
) -> dict[str, Behind]:
    """Return a page of one part of the cases behind a number, in the order of their numbers; of the others how many.

    Args:
        size: Cases on a page.
        part, after: The part that is listed, and the last number of the page before.

    Source: docs/adr/0233 (a page goes on after the last line of the one before)
    """
    totals = _totals(kept, indicator, by, key)
    basis = Basis(kept.report.cube.definitions, kept.report.cube.queries, kept.report.cube.uses)
    place = 3 * ordered(basis).index(indicator)
    given = {
        "last": place + 2,
        "period": kept.period,
        "indicator": indicator,
        "programmes": sorted(basis.listed(indicator)),
        "keys": _raw_keys(kept.report.cube, by, key),
        "limit": size + 1,
    }
    return {
        each: _page(
            totals[each], size, {**given, "after": after, **_which(each), "bits": [place + n for n in BITS[each]]}, by
        )
        if each == part
        else Behind(totals[each], [], False)
        for each in get_args(Part)
    }


def _page(total: int, size: int, given: dict[str, Any], by: Dimension) -> Behind:
    if not total or given["period"] is None:
        return Behind(total, [], False)
    bits = ", ".join(f"get_bit(k.parts, {bit})" for bit in given["bits"])
    if by == "district":
        rows = _rows(_WHOLE.replace("{bits}", bits), given)
        return Behind(total, [row[0] for row in rows[:size]], len(rows) > size)
    belongs = _BELONGS.replace("{key}", f"n.{by}")
    cells = [row[0] for row in _rows(_IDS.replace("{belongs}", belongs), given)]
    many = _MANY.replace("{bits}", bits)
    rows = _found({**given, "cells": cells}) if len(cells) <= FEW else _rows(many, {**given, "cells": cells})
    return Behind(total, [row[0] for row in rows[:size]], len(rows) > size)


def _found(given: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Look cases up by their cells; how few they are is more than the planner can guess."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(_FEW, given)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def _which(part: Part) -> dict[str, bool]:
    """The cells of a part: all that are left out, all that are not, or of these the ones that count above the line."""
    return {"excluded": part == "excluded", "counted": part == "numerator"}


def _raw_keys(cube: Cube, by: Dimension, key: str) -> list[str] | None:
    """The keys in cells that are grouped under one; None for the whole district."""
    if by == "district":
        return None
    lift = cube.roll_up[by]
    return sorted({raw for raw in (getattr(cell, by) for cell in cube.cells) if lift(raw) == key})


def kept_figures(district: str) -> dict[str, Any]:
    """Return the counts of the present as last counted (see `bihuan.numbers.figures`); empty before the first time.

    Source: docs/topics/indicators.md, "Kept numbers" (pages say as of when)
    """
    found: dict[str, Any] | None = KeptProgress.objects.filter(pk=district).values_list("figures", flat=True).first()
    return found or {}


def _totals(kept: KeptNumbers, indicator: str, by: Dimension, key: str) -> dict[str, int]:
    """How many rows stand behind each part of a number."""
    number = kept.report.numbers(indicator, by).get(key)
    if isinstance(number, Rate):
        found = (number.numerator, number.denominator, sum(number.exclusions.values()))
    else:
        found = (number.count, number.count, 0) if number else (0, 0, 0)
    return dict(zip(get_args(Part), found, strict=True))


def _cell(by: Dimension, indicator: str, programme: str, key: str, excluded: str, n: int, d: int) -> CubeCell:
    at = {"area": "", "unit": "", "category": "", **({by: key} if by != "district" else {})}
    return CubeCell(indicator, programme, at["area"], at["unit"], at["category"], excluded, n, d)


def _slices(period: int, by: Dimension, indicator: str | None) -> list[tuple[Any, ...]]:
    statement = _SLICES + (_ONLY if indicator else "")
    return _rows(statement, {"period": period, "by": by, "indicator": indicator})


def _closed(
    row: IndicatorSnapshot, period: Period, by: Dimension, facts: LoopFacts, indicator: str | None
) -> tuple[Closed, int | None]:
    """A published period from its tables, or from the snapshot itself while they are not ready."""
    kept = KeptPeriod.objects.filter(
        district_id=row.district_id, period=row.period, sequence=row.sequence, ready=True
    ).first()
    if kept is None:
        return Closed(row, cube_of(row, facts.registers)), None
    basis = basis_of_json(kept.basis_digest, kept.basis)
    cells = tuple(_cell(by, *slice_[3:]) for slice_ in _slices(kept.id, by, indicator))
    cut, lift = Cut(**kept.basis["cut"]), roll_up(facts.registers)
    return Closed(row, Cube(str(period), cut, basis.definitions, basis.queries, cells, lift, basis.uses)), kept.id


def _rows(statement: str, parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
