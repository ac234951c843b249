"""A month of a series is closed as it was known; what later changes its values restates it, by a row and a statement.

Nothing of a closed month is overwritten: the first row stays, each restatement names the vintage that it goes up to.
Source: DESIGN §14; packs: a late or corrected input in a closed month produces a restatement; docs/adr/0257.
"""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max

from bihuan.faults import Fault
from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.statements import promise_statement
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import Series, SeriesCatalogue
from bihuan.series.models import ClosedPeriod, ObservationBatch, SeriesLine
from bihuan.series.store.reading import holding_rows

STATEMENT = "series_closed"
LATE = "迟到或更正的数据 · late or corrected values"
_STALE = """
SELECT c.series, c.period, c.sequence, c.digest FROM series_closed c
WHERE c.district_id = %s AND c.sequence = (SELECT max(sequence) FROM series_closed o
    WHERE o.district_id = c.district_id AND o.series = c.series AND o.period = c.period)
  AND EXISTS (SELECT FROM series_batch b
    WHERE b.district_id = c.district_id AND b.series = c.series AND b.id > c.vintage)
ORDER BY c.series, c.period
"""


class PeriodClosed(Fault):
    """A month cannot be closed."""


class StandingValues(NamedTuple):
    """A month's values at a vintage: how many, and the digest over line, instant, value and flag."""

    vintage: int
    values: int
    digest: str


def close_month(district: str, series: Series, period: str, by: str, now: datetime) -> ClosedPeriod:
    """Close a month.

    Args:
        period: YYYY-MM, in the series' zone.

    Raises:
        PeriodClosed: it is no month, has not ended, or is closed already.

    Source: docs/adr/0257 (a closed month is restated).
    """
    _, end = _bounds(series, period)
    if end > now:
        raise PeriodClosed(f"{period} 尚未结束 · has not ended", "close it once it is over")
    with in_district(district):
        if ClosedPeriod.objects.filter(district_id=district, series=series.name, period=period).exists():
            raise PeriodClosed(f"{period} 已封 · is closed already", "late values restate it by themselves")
        return _write(district, series, period, 0, _standing(district, series, period), by, "", now)


def restate_closed(district: str, catalogue: SeriesCatalogue, now: datetime) -> int:
    """Restate closed months whose values have changed since; returns how many.

    Source: docs/adr/0257 (a closed month is restated).
    """
    done = 0
    with in_district(district):
        with connection.cursor() as cursor:
            cursor.execute(_STALE, [district])
            rows = cursor.fetchall()
        for name, period, sequence, digest in rows:
            series = catalogue.series.get(name)
            if series is None:
                continue
            standing = _standing(district, series, period)
            if standing.digest != digest:
                _write(district, series, period, sequence + 1, standing, "system:series", LATE, now)
                done += 1
    return done


def _standing(district: str, series: Series, period: str) -> StandingValues:
    first, end = _bounds(series, period)
    lines = list(SeriesLine.objects.filter(district_id=district, series=series.name).values_list("id", flat=True))
    held = holding_rows(sorted(lines), first, end)
    told = [[row[0], row[1], row[3], row[4]] for row in held.rows.tolist()]
    newest = ObservationBatch.objects.filter(district_id=district, series=series.name).aggregate(at=Max("id"))["at"]
    return StandingValues(newest or 0, len(told), sha256(canonical(told)).hexdigest())


def _write(
    district: str,
    series: Series,
    period: str,
    sequence: int,
    standing: StandingValues,
    by: str,
    reason: str,
    now: datetime,
) -> ClosedPeriod:
    body: dict[str, Any] = {
        "series": series.name, "period": period, "sequence": sequence, "vintage": standing.vintage,
        "values": standing.values, "digest": standing.digest,
    }  # fmt: skip
    return ClosedPeriod.objects.create(
        district_id=district, **body, reason=reason, made_by=by, made_at=now,
        statement_id=promise_statement(STATEMENT, body, now),
    )  # fmt: skip


def _bounds(series: Series, period: str) -> tuple[datetime, datetime]:
    try:
        year, month = int(period[:4]), int(period[5:])
        zone = ZoneInfo(series.declared.zone)
        first = datetime(year, month, 1, tzinfo=zone)
    except ValueError:
        raise PeriodClosed(f"{period!r} 不是月份 · is no month", "write 2026-03") from None
    return first, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=zone)
