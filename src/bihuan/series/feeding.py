"""Rows of a method's input out of a series: each value that holds, with fields of its subject, others beside it.

Pages and watches ask alike. Source: docs/topics/views.md, "Panels"; docs/topics/watches.md, "method".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.series.catalogue import current_catalogue
from bihuan.series.instants import instant_of
from bihuan.series.rounding import shown
from bihuan.series.store.reading import holding_rows, lines_by_subject
from bihuan.series.store.rows import NONE

SUBJECT, TIME, DAY, VALUE = "=subject", "=time", "=day", "=value"
OWN = (SUBJECT, TIME, DAY, VALUE)

type Held = Mapping[str, Mapping[str, Any]]


def feed_rows(
    district: str, name: str, first: datetime, end: datetime, columns: Mapping[str, str], held: Held,
    beside: Mapping[str, str] | None = None, most: int | None = None,
) -> list[list[Any]] | None:  # fmt: skip
    """Return a row for each value in first ≤ instant < end; None when there are more than `most`.

    Args:
        district: Code; the caller works for it. name: Of the series. held: Subjects that are wanted, with fields.
        columns: Column of the method → `=subject`, `=time` (in the series' zone), `=day`, `=value` or a field.
        beside: Further columns → another series of the same subjects, whose value of the same instant stands there.

    Source: docs/topics/watches.md, "method".
    """
    series = current_catalogue().get(name)
    zone, precision = ZoneInfo(series.declared.zone), series.declared.precision
    lines = {number: subject for subject, number in lines_by_subject(district, name, sorted(held)).items()}
    found = holding_rows(list(lines), first, end).rows.tolist() if lines else []
    if most is not None and len(found) > most:
        return None
    others = [_values(district, other, first, end, held) for other in (beside or {}).values()]
    rows: list[list[Any]] = []
    for line, at, _, value, *_ in found:
        if value == NONE:
            continue
        subject = lines[line]
        local = instant_of(at).astimezone(zone)
        own = {
            SUBJECT: subject, TIME: local.isoformat(), DAY: local.date().isoformat(), VALUE: shown(value, precision),
        }  # fmt: skip
        rows.append(
            [own[field] if field in own else held[subject].get(field) for field in columns.values()]
            + [other.get((subject, at), "") for other in others]
        )
    return rows


def _values(district: str, name: str, first: datetime, end: datetime, held: Held) -> dict[tuple[str, int], str]:
    precision = current_catalogue().get(name).declared.precision
    lines = {number: subject for subject, number in lines_by_subject(district, name, sorted(held)).items()}
    found = holding_rows(list(lines), first, end).rows.tolist() if lines else []
    return {(lines[line], at): shown(value, precision) for line, at, _, value, *_ in found if value != NONE}
