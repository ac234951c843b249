"""`alarm`: an incident of a series is one incident of the watch; what a correction retracts there is retracted here.

The series room folds incidents from the values in whatever order they came; this kind carries them into the loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from bihuan.declare.fieldtype import Words
from bihuan.declare.model import Strict
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import UnknownSeries, current_catalogue
from bihuan.series.rounding import shown
from bihuan.series.showing import labelled
from bihuan.watches.model import Fact, Fault, Hits, Over, WatchKind, Within
from bihuan.watches.scene import Scene

_INCIDENTS = """
SELECT l.subject, i.opened_at, i.kind, i.closed_at, i.peak, i.values, i.cited, i.batch, i.made_at
FROM (SELECT DISTINCT ON (i.line, i.opened_at) i.* FROM series_incident i
      JOIN series_line l ON l.id = i.line
      WHERE i.district_id = %(district)s AND l.series = %(series)s AND i.rule = %(rule)s AND i.opened_at <= %(at)s
        AND (%(only)s::text[] IS NULL OR l.subject = ANY(%(only)s))
      ORDER BY i.line, i.opened_at, i.id DESC) i
JOIN series_line l ON l.id = i.line
WHERE i.opened_at >= %(since)s OR i.closed_at IS NULL OR i.made_at >= %(since)s
ORDER BY l.subject, i.opened_at
"""


class Alarm(Strict):
    """An alarm rule of the series, and how far back incidents that have ended still become cases."""

    rule: str
    within: Within = "30 days"


class AlarmRow(NamedTuple):
    """The last event of an incident of a series."""

    subject: str
    opened: datetime
    kind: str
    closed: datetime | None
    peak: int | None
    values: int
    cited: str
    batch: int
    made: datetime


def find(scene: Scene, over: Over, rule: Alarm) -> Hits:
    """Every incident that the values support. Source: docs/topics/watches.md, "alarm"; docs/adr/0256."""
    series = current_catalogue().get(over.series or "")
    given: dict[str, Any] = {
        "district": scene.district, "series": series.name, "rule": rule.rule, "at": scene.at,
        "since": scene.since(rule.within), "only": None if scene.only is None else sorted(scene.only),
    }  # fmt: skip
    with in_district(scene.district), connection.cursor() as cursor:
        cursor.execute(_INCIDENTS, given)
        rows = [AlarmRow(*each) for each in cursor.fetchall()]
    held = [each for each in rows if each.kind != "retracted"]
    declared = series.declared
    keeper = declared.keeper if isinstance(declared.keeper, str) else f"{declared.subject}.{declared.keeper.field}"

    def peak_of(row: AlarmRow) -> str:
        return f"{shown(row.peak, declared.precision)} {declared.unit}"

    def tell(chosen: Sequence[int]) -> list[list[Fact]]:
        return [
            [
                Fact(f"{series.name}.peak", peak_of(held[n]), keeper,
                     labelled(declared, held[n].opened), held[n].made.isoformat(), f"vintage {held[n].batch}"),
                Fact(f"{series.name}.values", str(held[n].values), keeper,
                     cited=held[n].cited or declared.citation),
            ]
            for n in chosen
        ]  # fmt: skip

    openings = [each.opened.isoformat() for each in held]
    ended = frozenset(n for n, each in enumerate(held) if each.closed is not None and each.closed <= scene.at)
    retracted = frozenset((each.subject, each.opened.isoformat()) for each in rows if each.kind == "retracted")
    return Hits([each.subject for each in held], openings, openings, tell, len(rows), ended=ended, retracted=retracted)


def why(rule: Alarm) -> Words:
    """The rule in words."""
    return Words(f"告警规则“{rule.rule}”成立", f"the alarm {rule.rule} holds")


def faults(scene: Any, over: Over, rule: Alarm) -> Iterator[Fault]:
    """The series has such an alarm."""
    try:
        known = [each.name for each in current_catalogue().get(over.series or "").declared.alarms]
    except UnknownSeries as error:
        yield (), error.message, "a watch looks at declared series", error.remedy
        return
    if rule.rule not in known:
        yield ("rule",), f"{over.series} has no alarm {rule.rule!r}", "an alarm of the series", f"one of: {known}"


KIND = WatchKind(
    "alarm",
    Words("序列告警", "Alarm of a series"),
    Words("监测序列的告警事件", "an incident that the values of a series support"),
    Alarm, frozenset({"series"}), find, why, faults=faults,
)  # fmt: skip
