"""From alarms of series to letters: `occasion: {series: NAME, incident: RULE, on: opened | cleared | retracted}`, once.

Follows what became known of incidents in its order, outside the work that found it; the position moves in the
transaction that writes the letters. An incident is its line, rule and beginning, so a correction that only changes its
peak writes nothing again. Source: docs/adr/0327-letters-after-entries-forms-incidents.md (2).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from bihuan.documents.letters.catalogue import DeclaredLetter, all_letters
from bihuan.documents.letters.gathering import LetterOccasion
from bihuan.documents.letters.models import LetterPosition
from bihuan.documents.letters.pure.composing import LetterRefused
from bihuan.documents.letters.sending import refused_reason, write_after
from bihuan.loop import stuck
from bihuan.loop.facts import LoopFacts
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import current_catalogue
from bihuan.series.incidents import lock_incidents
from bihuan.series.providing import keeper_of
from bihuan.series.rounding import shown

LOOP, SOURCE = "incident_letters", "series"
BATCH = 200
_TOP = "SELECT coalesce(max(id), -1) FROM series_incident WHERE district_id = %s"
_WHAT = """
SELECT i.id, i.kind, l.series, l.subject, i.rule, i.opened_at, i.closed_at, i.peak, i.values, i.cited, i.made_at, (
    SELECT n.kind FROM series_incident n WHERE n.line = i.line AND n.rule = i.rule AND n.opened_at = i.opened_at
    ORDER BY n.id DESC LIMIT 1)
FROM series_incident i JOIN series_line l ON l.id = i.line WHERE i.district_id = %s
"""
_NEXT = f"""{_WHAT} AND i.id > %s AND i.id <= %s
AND (l.series, i.rule) IN (SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY i.id LIMIT %s
"""  # noqa: S608 - built from constants
_AGAIN = f"{_WHAT} AND i.id = ANY(%s::bigint[]) ORDER BY i.id"
ON = {"opened": "opened", "closed": "cleared", "retracted": "retracted"}
"""What became known, as an occasion names it; a changed peak is no occasion."""


class SeriesHappening(NamedTuple):
    """What became known of an incident, and what is known of it last."""

    id: int
    kind: str
    series: str
    subject: str
    rule: str
    opened: datetime
    closed: datetime | None
    peak: int | None
    values: int
    cited: str
    made: datetime
    last: str

    @property
    def on(self) -> str:
        """As an occasion names it; empty for a changed peak."""
        return ON.get(self.kind, "")


def follow_alarms(world: LoopFacts, batch: int = BATCH) -> int:
    """Write the letters that alarms ask for; returns how many happenings were looked at.

    A letter on `opened` is not written of an incident that has ended meanwhile.

    Args:
        world: The facts in force, of the district that is worked for. batch: Happenings at most.

    Source: docs/adr/0327-letters-after-entries-forms-incidents.md (2).
    """
    district = world.registers.district.code
    named = sorted({(str(o.series), str(o.incident)) for o in _occasions() if o.incident is not None})
    if not named:
        return 0
    top = _settled(district)
    with in_district(district):
        position, _ = LetterPosition.objects.select_for_update().get_or_create(district_id=district, source=SOURCE)
        if top <= position.index:
            _write(_set_aside(district), world)
            return 0
        series, rules = (list(column) for column in zip(*named, strict=True))
        happened = _happened(_NEXT, district, position.index, top, series, rules, batch)
        _write(happened, world)
        index = happened[-1].id if len(happened) == batch else top
        LetterPosition.objects.filter(pk=position.pk).update(index=index)
    return len(happened)


def _occasions() -> list[Any]:
    return [each.letter.occasion for each in all_letters().values()]


def _settled(district: str) -> int:
    """The newest happening below which none is still being written: a number is given out before its row is seen."""
    with in_district(district):
        lock_incidents(alone=True)
        with connection.cursor() as cursor:
            cursor.execute(_TOP, [district])
            return int(cursor.fetchone()[0])


def _write(happened: Sequence[SeriesHappening], world: LoopFacts) -> None:
    for each in happened:
        if each.on == "opened" and each.last in ("closed", "retracted"):
            continue
        for declared in _letters_on(each):
            try:
                with transaction.atomic():
                    write_after(declared, _occasion(each, declared.programme, world), {}, world)
            except stuck.AWAY:
                raise
            except LetterRefused as refused:
                stuck.set_aside(LOOP, str(each.id), "", f"{declared.letter.letter}: {refused_reason(refused)}")
            except Exception as error:  # noqa: BLE001 - whatever one raises, the others go on; it is set aside, shown
                stuck.set_aside(LOOP, str(each.id), "", stuck.why(error))


def _letters_on(each: SeriesHappening) -> list[DeclaredLetter]:
    wanted = (each.series, each.rule, each.on)
    letters = [(declared, declared.letter.occasion) for declared in all_letters().values()]
    return [declared for declared, o in letters if (o.series, o.incident, o.on) == wanted]


def _occasion(each: SeriesHappening, programme: str, world: LoopFacts) -> LetterOccasion:
    key = f"incident:{each.series}:{each.rule}:{each.subject}:{each.opened.isoformat()}:{each.on}"
    return LetterOccasion(key, each.made, programme, _data(each, world), None, "system:series")


def _data(each: SeriesHappening, world: LoopFacts) -> dict[str, Any]:
    """What facts may take `from: {event: …}`."""
    declared, day = current_catalogue().get(each.series).declared, world.registers.calendar.local_date
    rule = next((alarm for alarm in declared.alarms if alarm.name == each.rule), None)
    title = rule.title if rule is not None else None
    return {
        "series": each.series, "rule": each.rule, "what": each.on, "type": declared.subject, "subject": each.subject,
        "title": {"zh": title.zh, "en": title.en} if title is not None else None,
        "quantity": {"zh": declared.quantity.zh, "en": declared.quantity.en}, "unit": declared.unit,
        "opened": each.opened.isoformat(), "closed": each.closed.isoformat() if each.closed else None,
        "day": day(each.opened).isoformat(), "peak": shown(each.peak, declared.precision),
        "values": each.values, "cited": each.cited or declared.citation,
        "keeper": keeper_of(declared, world.registers.district.code, each.subject, day(each.opened)),
    }  # fmt: skip


def _set_aside(district: str) -> list[SeriesHappening]:
    resting, known = stuck.resting(LOOP)
    due = sorted(known - resting)
    if not due:
        return []
    happened = _happened(_AGAIN, district, [int(each) for each in due])
    stuck.mended(LOOP, due)
    return happened


def _happened(sql: str, district: str, *given: Any) -> list[SeriesHappening]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [district, *given])
        return [SeriesHappening._make(row) for row in cursor.fetchall()]
