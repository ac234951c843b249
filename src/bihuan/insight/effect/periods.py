"""Periods as they stand in files: 0/1, before/after, numbers, dates, 2026-W07, 2026年7月 — brought into order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.effect.model import EffectError

BEFORE_WORDS = {"pre", "before", "baseline", "前", "实施前", "干预前", "之前"}
AFTER_WORDS = {"post", "after", "后", "实施后", "干预后", "之后"}
DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})?日?)?(?:[ T].*)?$")
WEEK = re.compile(r"^(\d{4})-?W(\d{1,2})$", re.IGNORECASE)
FREQUENCIES = ("D", "W", "M")


@dataclass(frozen=True)
class Timeline:
    """Periods in order.

    Args:
        names: (P,) as in the file.
        keys: (P,) what they are ordered by.
        season: (P,) month 1…12 where the names are dates; None otherwise.
        indicator: True when the two periods are a 0/1 (before/after) indicator, so that the second is the start.
    """

    names: tuple[str, ...]
    keys: tuple[float, ...]
    season: NDArray[np.int64] | None
    indicator: bool

    def index(self, value: str, option: str) -> int:
        """The first period not before `value`.

        Raises:
            EffectError: `value` is of another kind than the periods, or after all of them.
        """
        if value in self.names:
            return self.names.index(value)
        key = _key(value)
        if key is None:
            raise EffectError(
                f"{option}: {value!r} is no period", f"the periods are {self.names[0]} … {self.names[-1]}"
            )
        found = int(np.searchsorted(np.asarray(self.keys), key))
        if found == len(self.names):
            raise EffectError(f"{option}: {value!r} is after the last period {self.names[-1]}", "check the value")
        return found


def order_periods(values: Sequence[str]) -> Timeline:
    """Order the distinct periods of a column.

    Raises:
        EffectError: fewer than two periods, an empty one, or one that is neither number, date, week nor before/after.

    Source: ISO 8601-1 (dates and weeks); docs/topics/effect.md, "The file".
    """
    names = sorted(set(values))
    if "" in names:
        raise EffectError(
            f"period: row {values.index('') + 1} has none", "fill the column, or name another with --period"
        )
    if len(names) < 2:
        raise EffectError("period: there is only one period", "give time before and after the start")
    if all(name.lower() in BEFORE_WORDS | AFTER_WORDS for name in names) and len(names) == 2:
        names.sort(key=lambda name: name.lower() in AFTER_WORDS)
        if names[0].lower() in BEFORE_WORDS and names[1].lower() in AFTER_WORDS:
            return Timeline(tuple(names), (0.0, 1.0), None, True)
    keys = {name: _key(name) for name in names}
    strange = [name for name, key in keys.items() if key is None]
    if strange:
        raise EffectError(
            f"period: {strange[0]!r} is no number, date (2026-07-01), month (2026-07), week (2026-W27) or before/after",
            "name another column with --period",
        )
    ordered = sorted(names, key=lambda name: keys[name] or 0.0)
    months = [_month(name) for name in ordered]
    season = None if None in months else np.array([m or 0 for m in months], dtype=np.int64)
    numbers = tuple(keys[name] or 0.0 for name in ordered)
    return Timeline(tuple(ordered), numbers, season, numbers == (0.0, 1.0))


def bin_moments(moments: NDArray[np.datetime64], frequency: str | None) -> list[str]:
    """The period of each moment: day, week (its Monday) or month; by default weeks, months from two years on.

    Raises:
        EffectError: an unknown frequency.

    Source: ISO 8601-1 (weeks begin on Monday).
    """
    known = moments[~np.isnat(moments)]
    if frequency is None:
        span = (known.max() - known.min()).astype("timedelta64[D]").astype(int) if len(known) else 0
        frequency = "M" if span > 730 else "W"
    if frequency not in FREQUENCIES:
        raise EffectError(f"frequency: {frequency!r}", f"one of {', '.join(FREQUENCIES)}")
    if frequency == "M":
        return ["" if value == "NaT" else value for value in np.datetime_as_string(moments.astype("datetime64[M]"))]
    days = moments.astype("datetime64[D]")
    if frequency == "W":
        days = days - ((days.astype("int64") + 3) % 7).astype("timedelta64[D]")  # 1970-01-01 was a Thursday
        days = np.where(np.isnat(moments), np.datetime64("NaT", "D"), days)
    return ["" if value == "NaT" else value for value in np.datetime_as_string(days.astype("datetime64[D]"))]


def _key(name: str) -> float | None:
    text = name.strip()
    week, date = WEEK.match(text), DATE.match(text)
    if week:
        return 7.0 * (52.1775 * int(week[1]) + int(week[2]))
    if date:
        year, month, day = int(date[1]), int(date[2]), int(date[3] or 1)
        try:
            return float(np.datetime64(f"{year:04d}-{month:02d}-{day:02d}").astype("int64"))
        except ValueError:
            return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def _month(name: str) -> int | None:
    date = DATE.match(name.strip())
    return int(date[2]) if date else None
