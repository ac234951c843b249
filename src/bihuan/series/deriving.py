"""Working out derived values: exact, from the values of one window, by the edition of the window's day. Pure.

A window is worked out when a value of a later time, or the last of its own, is there: what holds depends on values and
on no clock. Of a window without any value nothing is said.
Source: HJ 663-2013 §5 and annex A (minimum counts, percentiles by linear interpolation); GB/T 8170-2008; docs/adr/0257.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import groupby
from math import lcm
from typing import NamedTuple

from bihuan.series.declared import DerivedSeries, SeriesEdition, SeriesFile
from bihuan.series.instants import SECOND, instant_of, micros
from bihuan.series.measures import conversion_factor
from bihuan.series.values import GOOD, MISSING

ROBUST = Fraction(6745, 10_000)
"""Makes the median deviation of a normal law its standard deviation. Source: Iglewicz and Hoaglin (1993)."""


type TableAnswer = Callable[[Fraction, date], Fraction | None]
"""What a rule table says for a value, in the origin's last digit, on a day."""


class WindowInput(NamedTuple):
    """A value of the origin: its instant, with how much it takes part (None: not at all), and its vintage."""

    at: int
    value: Fraction | None
    batch: int


class Made(NamedTuple):
    """A derived value: whole number of the last digit or None, letter, how many inputs, and their newest vintage."""

    at: int
    value: int | None
    flag: str
    inputs: int
    version: int


def made_windows(made: SeriesFile, origin: SeriesFile, inputs: Sequence[WindowInput], frontier: int) -> list[Made]:
    """Work out all windows of some inputs that have ended.

    Args:
        made: The derived series. origin: What it is worked out from.
        inputs: By instant, at least of whole windows.
        frontier: Up to where values are there: the end of the newest one's time.
    """
    derive = made.derive
    assert derive is not None
    found = []
    for begin, end, chosen in _windows(derive, origin, inputs):
        if end <= frontier and (one := _made(made, origin, begin, chosen)) is not None:
            found.append(one)
    return found


def window_bounds(derive: DerivedSeries, origin: SeriesFile, at: int) -> tuple[int, int]:
    """Return the beginning and end of the window of the calendar that an instant lies in; rolling: the whole reach."""
    if derive.rolling:
        return at - derive.rolling * SECOND, at + derive.rolling * SECOND
    local = instant_of(at).astimezone(origin.tz)
    begin, end = _calendar(str(derive.window), local)
    return micros(begin.astimezone(UTC)), micros(end.astimezone(UTC))


def robust_z(made: SeriesFile, origin: SeriesFile, at: int, inputs: dict[int, WindowInput]) -> dict[int, Made]:
    """Compare the values of several lines at one instant with those of the others.

    Args:
        made, origin: The series.
        at: The instant.
        inputs: By line.

    Returns:
        By line, 0.6745 · (value − median of the others) / median absolute deviation of the others; missing with too
        few neighbours. A deviation below the last digit counts as one of it.

    Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers (1993), §3.
    """
    derive = made.derive
    assert derive is not None
    version = max(each.batch for each in inputs.values())
    valid = {line: each.value for line, each in inputs.items() if each.value is not None}
    scale = lcm(*(value.denominator for value in valid.values()))
    whole = {line: int(value * scale) for line, value in valid.items()}
    ordered = sorted(whole.values())
    edition = derive.edition_on(_day(origin, at))
    found = {}
    for line in inputs:
        others = len(ordered) - (line in whole)
        result = None
        if edition is not None and line in whole and others >= max(edition.minimum, derive.neighbours or 3):
            result = _rounded(made, edition, ROBUST * _beside_others(whole[line], ordered, scale))
        found[line] = Made(at, result, GOOD if result is not None else MISSING, others, version)
    return found


def _beside_others(value: int, ordered: Sequence[int], scale: int) -> Fraction:
    """By how many median deviations of the others a value lies from their median; whole numbers until the last step."""
    others = list(ordered)
    del others[bisect_left(others, value)]
    low, high = (len(others) - 1) // 2, len(others) // 2
    middle = others[low] + others[high]  # twice the median
    apart = sorted(abs(2 * each - middle) for each in others)
    spread = max(apart[low] + apart[high], 4 * scale)  # four times the deviation, at least one of the last digit
    return Fraction(2 * (2 * value - middle), spread)


def looked_up(made: SeriesFile, origin: SeriesFile, each: WindowInput, ask: TableAnswer) -> Made:
    """Return what a table says for a value; missing when there is none, or the table says nothing.

    Args:
        made, origin: The series. each: The value. ask: Answers for a value in the origin's last digit on a day.

    Source: docs/adr/0308-lookups-and-several-origins.md (1, the edition of the day of the observation).
    """
    day = _day(origin, each.at)
    edition = made.derive.edition_on(day) if made.derive is not None else None
    said = None if each.value is None or edition is None else ask(each.value, day)
    if said is None or edition is None:
        return Made(each.at, None, MISSING, int(each.value is not None), each.batch)
    return Made(each.at, _rounded(made, edition, said), GOOD, 1, each.batch)


def combined(made: SeriesFile, origin: SeriesFile, at: int, inputs: Sequence[WindowInput]) -> Made | None:
    """Return one value of those that several series have at an instant, in units of the derived series.

    Args:
        made: The derived series. origin: One of its origins, for the day. at: The instant. inputs: In units.

    Source: docs/adr/0308-lookups-and-several-origins.md (2).
    """
    derive = made.derive
    assert derive is not None
    edition = derive.edition_on(_day(origin, at))
    if edition is None or not inputs:
        return None
    values = [each.value for each in inputs if each.value is not None]
    version = max(each.batch for each in inputs)
    if not values:
        return Made(at, None, MISSING, 0, version)
    result = _rounded(made, edition, _statistic(derive, values))
    enough = len(values) >= edition.needed(_day(origin, at)) or _counts_all_the_same(made, edition, result)
    return Made(at, result if enough else None, GOOD if enough else MISSING, len(values), version)


def _windows(
    derive: DerivedSeries, origin: SeriesFile, inputs: Sequence[WindowInput]
) -> Iterator[tuple[int, int, list[WindowInput]]]:
    if derive.rolling:
        yield from _rolling(derive.rolling * SECOND, origin.seconds * SECOND, inputs)
        return

    def begin_of(each: WindowInput) -> tuple[int, int]:
        return window_bounds(derive, origin, each.at)

    for (begin, end), chosen in groupby(inputs, begin_of):
        yield begin, end, [each for each in chosen if _takes_part(derive, origin, each.at)]


def _rolling(length: int, step: int, inputs: Sequence[WindowInput]) -> Iterator[tuple[int, int, list[WindowInput]]]:
    """Every window of the length that ends where a value's time may end and holds at least one value."""
    start, number = 0, len(inputs)
    if not inputs:
        return
    end, last = inputs[0].at + step, inputs[-1].at + length
    stop = 0
    while end <= last:
        while stop < number and inputs[stop].at + step <= end:
            stop += 1
        while start < stop and inputs[start].at < end - length:
            start += 1
        if start < stop:
            yield end - length, end, list(inputs[start:stop])
        end += step


def _made(made: SeriesFile, origin: SeriesFile, begin: int, chosen: Sequence[WindowInput]) -> Made | None:
    derive = made.derive
    assert derive is not None
    edition = derive.edition_on(_day(origin, begin))
    if edition is None or not chosen:
        return None
    values = [each.value for each in chosen if each.value is not None]
    version = max(each.batch for each in chosen)
    if not values and derive.statistic != "count":
        return Made(begin, None, MISSING, 0, version)
    result = _rounded(made, edition, _in_unit(made, origin, _statistic(derive, values)))
    if len(values) < edition.needed(_day(origin, begin)) and not _counts_all_the_same(made, edition, result):
        return Made(begin, None, MISSING, len(values), version)
    return Made(begin, result, GOOD, len(values), version)


def _statistic(derive: DerivedSeries, values: Sequence[Fraction]) -> Fraction:
    match derive.statistic:
        case "mean":
            return sum(values, Fraction(0)) / len(values)
        case "sum":
            return sum(values, Fraction(0))
        case "max":
            return max(values)
        case "min":
            return min(values)
        case "count":
            return Fraction(len(values))
        case "median":
            return _median(values)
        case _:
            return _percentile(values, Fraction(derive.percent or 50))


def _percentile(values: Sequence[Fraction], percent: Fraction) -> Fraction:
    """Linear between neighbours at 1 + (n − 1)·p. Source: HJ 663-2013 annex A.6."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = place.numerator // place.denominator
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _median(values: Sequence[Fraction]) -> Fraction:
    return _percentile(values, Fraction(50))


def _in_unit(made: SeriesFile, origin: SeriesFile, value: Fraction) -> Fraction:
    """From the last digit of the origin to the unit of the derived series; a count has no unit."""
    if made.derive is not None and made.derive.statistic == "count":
        return value
    return value / Fraction(10**origin.precision) * conversion_factor(origin.unit, made.unit)


def _rounded(made: SeriesFile, edition: SeriesEdition, value: Fraction) -> int:
    """Rounded once to the edition's digits, kept with those of the series."""
    decimals = made.precision if edition.decimals is None else min(edition.decimals, made.precision)
    kept: int = round(value * Fraction(10**decimals))
    return kept * int(10 ** (made.precision - decimals))


def _counts_all_the_same(made: SeriesFile, edition: SeriesEdition, value: int) -> bool:
    return edition.unless_above is not None and Fraction(value, 10**made.precision) > Fraction(edition.unless_above)


def _takes_part(derive: DerivedSeries, origin: SeriesFile, at: int) -> bool:
    if derive.hours is None:
        return True
    local = instant_of(at).astimezone(origin.tz)
    passed = local.hour * 3600 + local.minute * 60 + (origin.seconds if origin.ends else 0)
    return derive.hours.first * 3600 <= passed <= derive.hours.last * 3600


def _day(origin: SeriesFile, at: int) -> date:
    local: datetime = instant_of(at).astimezone(origin.tz)
    return local.date()


def _calendar(window: str, local: datetime) -> tuple[datetime, datetime]:
    """Beginning and end of a window in the zone's own time; an hour is 60 minutes on every clock."""
    if window == "hour":
        begin = local.replace(minute=0, second=0, microsecond=0)
        return begin, (begin.astimezone(UTC) + timedelta(seconds=3600)).astimezone(local.tzinfo)
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if window == "day":
        return day, (day + timedelta(days=1)).replace(hour=0)
    months = {"month": 1, "quarter": 3, "year": 12}[window]
    first = (day.month - 1) // months * months + 1
    begin = day.replace(month=first, day=1)
    after = first + months
    return begin, begin.replace(year=begin.year + (after > 12), month=(after - 1) % 12 + 1)
