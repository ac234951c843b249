"""Surge alarms kept: looked for every minute, one row per surge, which grows while it lasts.

A surge whose row cannot be kept is set aside; the others go on (`bihuan.loop.stuck`).
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import transaction

from bihuan.intake import surge
from bihuan.intake.models import Surge
from bihuan.loop import scope, stuck
from bihuan.loop.models import CaseRow
from bihuan.registers.live import default_district
from bihuan.registers.pure.ids import new_id
from bihuan.server.log_lines import log_committed

LOOP = "surges"


def watch_surges(now: datetime | None = None) -> list[Surge]:
    """Look for surges at `now`; returns the alarms raised or grown.

    History that was imported is no signal of the present and does not count.

    Source: docs/topics/import.md, "Surge alarm".
    """
    now, rule = now or datetime.now(UTC), surge.surge_rule()
    district = default_district()
    with transaction.atomic(), scope.district(district):
        rows = CaseRow.objects.filter(
            district_id=district, opened_at__gt=now - rule.window - rule.baseline, opened_at__lte=now, history=None
        ).values_list("opened_at", "area", "lon_e6", "lat_e6", "category", "id")
        signals = []
        for at, area, lon, lat, category, case in rows.iterator():
            place, kind = surge.place_of(area, lon, lat), surge.kind_of(category, rule.level)
            if place and kind:
                signals.append(surge.SurgeReport(at, place, kind, str(case)))
        return _kept(surge.find_surges(signals, now, rule), district, now, rule)


def _kept(alarms: Sequence[surge.SurgeAlarm], district: str, now: datetime, rule: surge.SurgeRule) -> list[Surge]:
    """Return the rows of these alarms, without those that rest or are set aside now."""
    resting, known = stuck.resting(LOOP)
    kept: list[tuple[str, Surge]] = []

    def keep(some: Sequence[surge.SurgeAlarm]) -> int:
        rows = [(_subject(alarm), _keep(alarm, district, now, rule)) for alarm in some]
        kept.extend(rows)
        return len(rows)

    due = [alarm for alarm in alarms if _subject(alarm) not in resting]
    stuck.each(LOOP, due, keep, lambda alarm: (_subject(alarm), ""))
    stuck.mended(LOOP, known & {subject for subject, _ in kept})
    return [row for _, row in kept]


def _subject(alarm: surge.SurgeAlarm) -> str:
    return f"{alarm.place} {alarm.kind}"


def _keep(alarm: surge.SurgeAlarm, district: str, now: datetime, rule: surge.SurgeRule) -> Surge:
    """Return the row of this surge: the one still going on, or a new one. A surge that grows asks to be seen again."""
    going = Surge.objects.filter(
        district_id=district, area=alarm.place, category=alarm.kind, last_at__gte=alarm.first - rule.window
    ).order_by("-raised_at")
    row = going.first() or Surge(
        id=new_id(), district_id=district, area=alarm.place, category=alarm.kind, first_at=alarm.first,
        raised_at=now, cases=[], reports=0, last_at=alarm.first,
    )  # fmt: skip
    known = len(row.cases)
    cases = [*row.cases, *(c for c in alarm.cases if c not in row.cases)]
    if len(cases) >= 2 * max(1, row.reports):
        row.seen_at = row.seen_by = None
    row.cases, row.reports, row.last_at = cases, len(cases), max(row.last_at, alarm.last)
    row.expected = str(alarm.expected)
    if len(cases) > known:
        log_committed("surge_raised", surge=row.id, area=alarm.place, category=alarm.kind, reports=len(cases))
    row.save()
    return row
