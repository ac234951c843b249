"""The queue of a unit, read from narrow rows: what it has, what it waits for, what has ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from bihuan.loop.kernel.model import Actor
from bihuan.loop.models import UnitQueueRow
from bihuan.loop.store.read import in_unit_queue, visible_to

KEYS = ("deadline", "opened_at", "case_id")
"""What the rows call the columns of `loop_case` that lists are ordered by."""
SOON = timedelta(hours=24)
ENDED_WITHIN = timedelta(days=30)

type Rows = QuerySet[UnitQueueRow]


def units_of(actor: Actor) -> list[str]:
    """Return the units in whose queues somebody works."""
    return sorted({*actor.units, actor.unit or ""} - {""})


def unit_lists(actor: Actor, now: datetime, *, whole: bool) -> dict[str, list[Rows]]:
    """The lists of a unit's workspace by name, each as one stream per unit; no case stands in two streams of a list.

    Args:
        actor: Sees the cases in which their units are involved; restricted ones as `visible_to` has it.
        now: What is late by.
        whole: All that the units have, not only what is this person's or nobody's yet.

    Source: docs/adr/0233 (a unit's queue is a narrow row per case and unit)
    """
    units, seen = units_of(actor), _seen(actor)
    mine = Q() if whole else Q(person=actor.id) | Q(person__isnull=True)
    lists: dict[str, list[Rows]] = {"todo": [], "late": [], "soon": [], "away": [], "ended": []}
    for unit in units:
        rows = seen.filter(unit=unit)
        todo = held(rows).filter(mine)
        lists["todo"].append(todo)
        lists["late"].append(todo.filter(deadline__lt=now))
        lists["soon"].append(todo.filter(deadline__gte=now, deadline__lt=now + SOON))
        once = _not_before(rows, units, unit)
        lists["away"].append(once.filter(ended_at__isnull=True).exclude(held_by__in=units))
        lists["ended"].append(once.filter(ended_at__gte=now - ENDED_WITHIN))
    return lists


def held(rows: Rows) -> Rows:
    """Those that the unit of the queue has now.

    Source: docs/adr/0233 (a unit's queue is a narrow row per case and unit)
    """
    return rows.filter(ended_at__isnull=True, held_by=F("unit"))


def held_by_units(actor: Actor) -> Rows:
    """What the actor's units have now. Source: docs/adr/0233 (a unit's queue is a narrow row per case and unit)."""
    return held(_seen(actor).filter(unit__in=units_of(actor)))


def _not_before(rows: Rows, units: list[str], unit: str) -> Rows:
    """Without what stands in the queue of an earlier one of some units already."""
    if earlier := units[: units.index(unit)]:
        return rows.exclude(Exists(UnitQueueRow.objects.filter(case_id=OuterRef("case_id"), unit__in=earlier)))
    return rows


def _seen(actor: Actor) -> Rows:
    """Return the rows of cases that the actor may see, as `visible_to` has it."""
    narrow = in_unit_queue(actor)
    if narrow is None:
        return UnitQueueRow.objects.filter(case_id__in=visible_to(actor).values("pk"))
    return UnitQueueRow.objects.filter(narrow)
