"""The one question that loops ask of series: what a statistic over a window was, of a subject or of its neighbours.

`SERIES.mean 24h` is the mean of the valid values of the window that ends at the instant, `SERIES.count 24h` how many
there are; `SERIES.neighbours 24h` the median of the means of all other subjects, `SERIES.neighbours 24h FIELD` of those
that say the same in a field.
Exact until it is written with two digits more than the series keeps.
Source: DESIGN §14 (`Facts.ask`); docs/adr/0284-verification-by-observation.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from bihuan.extend import FactQuestion
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.durations import Duration
from bihuan.series.catalogue import Series, current_catalogue
from bihuan.series.declared import SeriesFile
from bihuan.series.providing import groups_of, keeper_of
from bihuan.series.store.reading import holding_rows, lines_by_subject
from bihuan.series.store.rows import NONE
from bihuan.series.values import effective

_LENGTHS = {"minutes": "minutes", "hours": "hours", "days": "days"}
_DIGITS = 2
STATISTICS = ("mean", "count", "neighbours")


class WindowFacts(NamedTuple):
    """The valid values of a line in a window, with the newest vintage among all that hold there."""

    values: tuple[Fraction, ...]
    held: int
    vintage: int


def kinds() -> Collection[str]:
    """Every declared series."""
    return current_catalogue().series.keys()


def names(kind: str) -> Collection[str]:
    """The statistics that may be asked for; a window follows each."""
    return STATISTICS


def ask(question: FactQuestion) -> tuple[Any, Mapping[str, Any]] | None:
    """Return a statistic and its citation.

    Args:
        question: `kind` is `SERIES.STATISTIC WINDOW`, see the module; `key` of the subject; `at` the end of the window,
            which is not in it.

    Returns:
        The value as digits in the series' unit; the citation with window, counts, vintage, keeper. None without a
        valid value.

    Raises:
        KeyError: no such statistic.

    Source: docs/adr/0284-verification-by-observation.md.
    """
    name, _, wanted = question.kind.partition(".")
    series, words = current_catalogue().get(name), wanted.split(" ")
    subject, district, at = question.key, question.district, question.at
    length = _length(words[1]) if len(words) > 1 else timedelta(days=36500)
    with in_district(district):
        lines = lines_by_subject(district, series.name)
        if words[0] == "mean":
            return _own(series, district, lines, subject, (at - length, at))
        if words[0] == "count":
            found = _own(series, district, lines, subject, (at - length, at))
            return (int(found[1]["valid"]), found[1]) if found is not None else (0, {"series": series.name})
        if words[0] == "neighbours":
            others = _alike(district, series, lines, subject, at, words[2] if len(words) > 2 else "")
            return _of_others(series, others, (at - length, at))
    raise KeyError(f"{name} answers mean, count and neighbours, not {words[0]!r}")


def _own(
    series: Series, district: str, lines: Mapping[str, int], subject: str, span: tuple[datetime, datetime]
) -> tuple[Any, Mapping[str, Any]] | None:
    if subject not in lines:
        return None
    window = _windows(series.declared, [lines[subject]], span).get(lines[subject])
    if window is None or not window.values:
        return None
    mean = sum(window.values, Fraction(0)) / len(window.values)
    return _written(series.declared, mean), {
        "series": series.name, "subject": subject, "from": span[0].isoformat(), "to": span[1].isoformat(),
        "valid": len(window.values), "values": window.held, "vintage": window.vintage, "unit": series.declared.unit,
        "keeper": keeper_of(series.declared, district, subject, span[1].astimezone(series.declared.tz).date()),
        "digest": series.digest,
    }  # fmt: skip


def _of_others(
    series: Series, lines: Sequence[int], span: tuple[datetime, datetime]
) -> tuple[Any, Mapping[str, Any]] | None:
    found = [each for each in _windows(series.declared, lines, span).values() if each.values]
    if not found:
        return None
    means = sorted(sum(each.values, Fraction(0)) / len(each.values) for each in found)
    middle = (means[(len(means) - 1) // 2] + means[len(means) // 2]) / 2
    cited = {
        "series": series.name, "neighbours": len(found), "from": span[0].isoformat(), "to": span[1].isoformat(),
        "vintage": max(each.vintage for each in found), "unit": series.declared.unit,
    }  # fmt: skip
    return _written(series.declared, middle), cited


def _windows(declared: SeriesFile, lines: Sequence[int], span: tuple[datetime, datetime]) -> dict[int, WindowFacts]:
    held = holding_rows(list(lines), *span)
    values: dict[int, list[Fraction]] = defaultdict(list)
    counts: dict[int, int] = defaultdict(int)
    vintages: dict[int, int] = defaultdict(int)
    for (line, _, _, value, flag, _, _), batch in zip(held.rows.tolist(), held.batches.tolist(), strict=True):
        counts[line] += 1
        vintages[line] = max(vintages[line], batch)
        found = effective(declared, None if value == NONE else value, chr(flag))
        if found is not None:
            values[line].append(found)
    return {line: WindowFacts(tuple(values[line]), counts[line], vintages[line]) for line in counts}


def _alike(
    district: str, series: Series, lines: Mapping[str, int], subject: str, at: datetime, field: str
) -> list[int]:
    """The lines of all others, or of those that say the same in a field."""
    if not field:
        return [line for key, line in sorted(lines.items()) if key != subject]
    groups = groups_of(district, series.declared.subject, field, at.astimezone(series.declared.tz).date())
    mine = groups.get(subject)
    return [line for key, line in sorted(lines.items()) if key != subject and groups.get(key) == mine]


def _length(text: str) -> timedelta:
    length = Duration.parse(text)
    if length.unit not in _LENGTHS:
        raise KeyError(f"a window is minutes, hours or days, not {text!r}")
    return timedelta(**{_LENGTHS[length.unit]: length.amount})


def _written(declared: SeriesFile, value: Fraction) -> str:
    """From the last digit of the series to digits of its unit."""
    kept: int = round(value * 10**_DIGITS)
    return format(Decimal(kept).scaleb(-declared.precision - _DIGITS), "f")
