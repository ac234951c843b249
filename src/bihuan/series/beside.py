"""Derived values of one instant: beside the neighbours, across several series of a subject, looked up in a rule table.

Source: docs/adr/0257; docs/adr/0308-lookups-and-several-origins.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

from bihuan.rules.errors import InputError, NoRuleError
from bihuan.series.appending import append_changed
from bihuan.series.catalogue import Series, SeriesCatalogue
from bihuan.series.declared import DerivedSeries, SeriesFile
from bihuan.series.deriving import Made, WindowInput, combined, looked_up, robust_z
from bihuan.series.instants import instant_of
from bihuan.series.measures import conversion_factor
from bihuan.series.providing import groups_of, table_on
from bihuan.series.store.reading import batches_of, holding_rows, lines_by_subject
from bihuan.series.store.rows import NONE
from bihuan.series.store.writing import Writer, lines_of
from bihuan.series.values import effective

type Compared = dict[tuple[str, int, int], tuple[int, int]]
"""Series and span → newest batch and number of batches whose values were compared: many lines of a batch cost once."""


class TouchedLine(NamedTuple):
    """A span of a line that was touched; `done` is shared by all lines of one call."""

    catalogue: SeriesCatalogue
    series: Series
    line: int
    subject: str
    first: int
    last: int
    done: Compared


def derive(writer: Writer, span: TouchedLine) -> None:
    """Work out what hangs on the touched instants.

    Source: docs/adr/0257; docs/adr/0308-lookups-and-several-origins.md.
    """
    rule = writer.series.declared.derive
    assert rule is not None
    if rule.across:
        _combine(writer, span, rule)
    elif rule.lookup is not None:
        _look_up(writer, span, rule)
    else:
        _compare_neighbours(writer, span)


def _look_up(writer: Writer, span: TouchedLine, rule: DerivedSeries) -> None:
    """Ask the table of each instant's day for the value that holds there."""
    made, origin = writer.series.declared, span.series.declared
    number = lines_of(writer, [span.subject])[span.subject]
    values = [
        looked_up(made, origin, each, partial(_answer, origin, rule)) for each in _inputs([span.line], origin, span)
    ]
    append_changed(writer, {span.subject: (number, values)})


def _answer(origin: SeriesFile, rule: DerivedSeries, value: Fraction, day: date) -> Fraction | None:
    """What the table of a day says for a value in the last digit of its series; None when it says nothing."""
    asked = rule.lookup
    assert asked is not None
    table = table_on(asked.table, day)
    if table is None or table.numeric is None:
        return None
    factor = conversion_factor(origin.unit, table.numeric.unit) if table.numeric.unit else Fraction(1)
    exact = value * factor / 10**origin.precision
    try:
        found = table.lookup(**asked.inputs, **{asked.value: Decimal(exact.numerator) / Decimal(exact.denominator)})
    except (InputError, NoRuleError):
        return None
    said: Any = found[asked.output] if asked.output else found.value
    return Fraction(Decimal(str(said)))


def _combine(writer: Writer, span: TouchedLine, rule: DerivedSeries) -> None:
    """Work one value out of those that several series have of the subject at the same instant."""
    made = writer.series.declared
    number = lines_of(writer, [span.subject])[span.subject]
    instants: dict[int, list[WindowInput]] = defaultdict(list)
    for name in rule.origins:
        origin = span.catalogue.get(name).declared
        line = lines_by_subject(writer.district, name, [span.subject]).get(span.subject)
        for each in _inputs([line], origin, span) if line is not None else ():
            value = None if each.value is None else each.value / 10**origin.precision
            instants[each.at].append(each._replace(value=value))
    values = [combined(made, span.series.declared, at, inputs) for at, inputs in sorted(instants.items())]
    append_changed(writer, {span.subject: (number, [each for each in values if each is not None])})


def _inputs(lines: Sequence[int], origin: SeriesFile, span: TouchedLine) -> Iterator[WindowInput]:
    held = holding_rows(lines, instant_of(span.first), instant_of(span.last + 1))
    for (_, at, _, value, flag, _, _), batch in zip(held.rows.tolist(), held.batches.tolist(), strict=True):
        yield WindowInput(at, effective(origin, None if value == NONE else value, chr(flag)), batch)


# -- neighbours -----------------------------------------------------------------------------------------


def _compare_neighbours(writer: Writer, span: TouchedLine) -> None:
    """Of every touched instant, the values of all subjects of the series with one another; the same ones once."""
    made, origin = writer.series.declared, span.series.declared
    lines_of(writer, [span.subject])  # from here on nobody else writes this series: what is read is the newest
    known_batches = batches_of(writer.district, span.series.name)
    if span.done.get((writer.series.name, span.first, span.last)) == known_batches:
        return
    span.done[writer.series.name, span.first, span.last] = known_batches
    subjects = {line: key for key, line in lines_by_subject(writer.district, span.series.name).items()}
    held = holding_rows(list(subjects), instant_of(span.first), instant_of(span.last + 1))
    instants: dict[int, dict[int, WindowInput]] = defaultdict(dict)
    for (line, at, _, value, flag, _, _), batch in zip(held.rows.tolist(), held.batches.tolist(), strict=True):
        instants[at][line] = WindowInput(at, effective(origin, None if value == NONE else value, chr(flag)), batch)
    found: dict[str, list[Made]] = defaultdict(list)
    known: dict[date, dict[str, str]] = {}
    for at, inputs in sorted(instants.items()):
        for alike in _grouped(writer, origin, at, inputs, subjects, known):
            for line, each in robust_z(made, origin, at, alike).items():
                found[subjects[line]].append(each)
    numbers = lines_of(writer, sorted(found))
    append_changed(writer, {subject: (numbers[subject], values) for subject, values in found.items()})


def _grouped(
    writer: Writer,
    origin: SeriesFile,
    at: int,
    inputs: dict[int, WindowInput],
    subjects: dict[int, str],
    known: dict[date, dict[str, str]],
) -> list[dict[int, WindowInput]]:
    """The values of one instant by the group of their subjects on that day; without a declared group all together."""
    rule = writer.series.declared.derive
    if rule is None or not rule.group:
        return [inputs]
    day = instant_of(at).astimezone(origin.tz).date()
    if day not in known:
        known[day] = groups_of(writer.district, origin.subject, rule.group, day)
    groups = known[day]
    found: dict[str, dict[int, WindowInput]] = defaultdict(dict)
    for line, each in inputs.items():
        found[groups.get(subjects[line], "")][line] = each
    return list(found.values())
