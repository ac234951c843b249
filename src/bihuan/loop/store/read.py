"""Reading: one case, its events, and the one query of what an actor may see."""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet

from bihuan.loop.kernel.model import Actor, Case, Event
from bihuan.loop.models import CaseRow, EventPrivate, EventRow

DISTRICT_WIDE = frozenset(
    {
        "operator",
        "callback_agent",
        "inspector",
        "arbiter",
        "analyst",
        "leader",
        "auditor",
        "district_admin",
        "system",
        "importer",
    }
)
SEES_RESTRICTED = frozenset({"arbiter", "district_admin", "system"})


def get_case(key: UUID | str) -> Case | None:
    """The case of an id or a number, or None."""
    row = CaseRow.objects.filter(**({"id": key} if isinstance(key, UUID) else {"number": key})).values("fold").first()
    return case_of(row["fold"]) if row else None


def case_of(fold: dict[str, object]) -> Case:
    """The case from a fold that Django has already decoded."""
    return msgspec.convert(fold, Case)


def history(case_id: UUID, *, private: bool = False) -> list[Event]:
    """A case's events in order; with their words when `private` (erased ones stay None)."""
    rows = list(EventRow.objects.filter(case_id=case_id).order_by("version"))
    words = (
        dict(EventPrivate.objects.filter(event_id__in=[r.id for r in rows]).values_list("event_id", "body"))
        if private
        else {}
    )
    return [event_of(row, words.get(row.id)) for row in rows]


def event_of(row: EventRow, words: dict[str, object] | None = None) -> Event:
    """An event from its row."""
    return Event(row.case_id, row.version, row.kind, row.occurred_at, row.recorded_at, row.actor, row.data, words)


def visible_to(actor: Actor) -> QuerySet[CaseRow]:
    """Every case the actor may see: by role in its scope, unit or own report; restrictions hide."""
    seen = Q(pk=None)
    for role in sorted(actor.roles & DISTRICT_WIDE):
        seen |= _scoped(actor.limits.get(role))
    units = sorted({*actor.units, *([actor.unit] if actor.unit else [])})
    if units and actor.roles & {"handler", "unit_head"}:
        seen |= Q(involved__overlap=units)
    if actor.case is not None:
        seen |= Q(pk=actor.case)
    return CaseRow.objects.filter(seen).filter(_unrestricted(actor, units))


def _scoped(scopes: tuple[str, ...] | None) -> Q:
    if scopes is None:
        return Q(pk__isnull=False)
    inside = Q(pk=None)
    for scope in scopes:
        kind, key = scope.split(":", 1)
        if kind == "district":
            return Q(pk__isnull=False)
        field = {"area": "area__startswith", "programme": "programme", "unit": "involved__contains"}[kind]
        inside |= Q(**{field: [key] if kind == "unit" else key})
    return inside


def _unrestricted(actor: Actor, units: Iterable[str]) -> Q:
    if actor.roles & SEES_RESTRICTED:
        return Q()
    own = Q(restricted__isnull=True) | (Q(holder_id__in=list(units)) & ~Q(restricted="own_staff"))
    return own | Q(pk=actor.case) if actor.case else own
