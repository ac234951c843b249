"""Values that turn out to be faulty get a flag: they are stored once more with it, and what hangs on them follows.

Nothing is changed: the flagged values are a vintage of their own, and "as known then" still shows what was believed.
Source: HJ 212-2017 §6.6.4 (flags D, B); docs/adr/0355-flags-of-faults.md.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np

from bihuan.series.catalogue import Series
from bihuan.series.instants import instant_of, micros
from bihuan.series.rules import AlarmRule
from bihuan.series.store.reading import holding_rows, line_of
from bihuan.series.store.rows import NONE, Rows
from bihuan.series.store.writing import Writer, append_rows

SOURCE = "fault"
_MINUTE = 60_000_000


def flag_incident(
    writer: Writer, subject: str, rule: AlarmRule, opened: datetime, closed: datetime | None, letter: str
) -> int:
    """Flag the values that an incident rests on; returns how many are flagged by this call.

    Args:
        writer: Of the series; the caller's transaction works for its district. opened, closed: Of the incident; without
            an end, up to now. letter: One that takes part in nothing.

    Of a stuck instrument the whole stretch of the same value is meant, which began before anybody could know.

    Source: docs/adr/0355-flags-of-faults.md.
    """
    series = writer.series
    line = line_of(writer.district, series.name, subject)
    if line is None:
        return 0
    begin, end = micros(opened), micros(closed or writer.now)
    back = 3 * rule.minutes * _MINUTE if rule.kind == "stuck" and rule.minutes is not None else 0
    held = holding_rows([line], instant_of(begin - back), instant_of(end + 1)).rows
    chosen = _meant(held, begin, series, stuck=bool(back))
    if not len(chosen):
        return 0
    fresh = chosen.copy()
    fresh["line"], fresh["flag"] = 0, ord(letter)
    fresh["arrived"] = np.maximum(micros(writer.now), chosen["arrived"] + 1)
    return append_rows(writer, fresh, [subject], tacit=True).stored


def _meant(held: Rows, begin: int, series: Series, *, stuck: bool) -> Rows:
    """The valid values from the beginning of the incident on; of a stuck one those before it that are the same."""
    first = int(np.searchsorted(held["at"], begin))
    while stuck and 0 < first < len(held) and held["value"][first - 1] == held["value"][first]:
        first -= 1
    valid = np.isin(held["flag"], [ord(each) for each in series.declared.valid]) & (held["value"] != NONE)
    valid[:first] = False
    chosen: Rows = held[valid]
    return chosen
