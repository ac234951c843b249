"""Reading: one case, its events, the one query of what an actor may see, and the one rule of whose words they read."""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from django.db.models import BooleanField, CharField, ExpressionWrapper, F, Q, QuerySet, Value, When
from django.db.models import Case as Choose

from bihuan.loop.kernel.apart import retold
from bihuan.loop.kernel.model import Actor, Case, Event
from bihuan.loop.models import CaseRow, EventPrivate, EventRow

EVERY, NONE = Q(pk__isnull=False), Q(pk=None)


def get_case(key: UUID | str) -> Case | None:
    """Return the case of an id or a number, or None. Source: docs/adr/0001 (3); DESIGN §9 (4, state = fold(events))."""
    row = CaseRow.objects.filter(**({"id": key} if isinstance(key, UUID) else {"number": key})).values("fold").first()
    return case_of(row["fold"]) if row else None


class UnreadableCase(ValueError):
    """A stored fold that is no case: written by an earlier version, or damaged. Lists and loops go on without it."""


def case_of(fold: dict[str, object]) -> Case:
    """Return the case from a fold that Django has already decoded.

    Raises:
        UnreadableCase: the fold cannot be read.

    Source: docs/adr/0001 (3); DESIGN §9 (4, state = fold(events))
    """
    try:
        return msgspec.convert(fold, Case)
    except msgspec.ValidationError as error:
        raise UnreadableCase(str(error)) from error


def history(case_id: UUID, *, private: bool = False) -> list[Event]:
    """Return a case's events in order; with their words when `private` (erased ones stay None).

    Source: docs/adr/0001 (3); DESIGN §9 (4, state = fold(events))
    """
    rows = list(EventRow.objects.filter(case_id=case_id).order_by("version"))
    words = (
        dict(EventPrivate.objects.filter(event_id__in=[r.id for r in rows]).values_list("event_id", "body"))
        if private
        else {}
    )
    return [event_of(row, words.get(row.id)) for row in rows]


def event_of(row: EventRow, words: dict[str, object] | None = None) -> Event:
    """Return an event from its row. Source: docs/adr/0001 (3); DESIGN §9 (4, state = fold(events))."""
    return Event(row.case_id, row.version, row.kind, row.occurred_at, row.recorded_at, row.actor, row.data, words)


def history_for(actor: Actor, case_id: UUID) -> list[Event]:
    """Return a case's events in order, with their words where this actor may read the words of this case.

    Source: docs/adr/0234 (capability `read_words`); DESIGN §8.
    """
    return course(case_id, words=reads_words(actor, case_id))


def course(case_id: UUID, *, words: bool) -> list[Event]:
    """Return a case's events as people read them: what was written only with `words`, whichever version kept it where.

    Source: docs/adr/0234 (capability `read_words`); DESIGN §8.
    """
    return [retold(event) for event in history(case_id, private=words)]


def asked_words(rows: Iterable[CaseRow]) -> dict[UUID, dict[str, dict[str, object]]]:
    """Return what was written in the requests that wait, by case and request; only of rows whose words are seen.

    Source: docs/adr/0234 (capability `read_words`); DESIGN §8.
    """
    keys = [row.id for row in rows if row.words_seen and row.pending]
    if not keys:
        return {}
    asked = EventRow.objects.filter(case_id__in=keys, data__has_keys=["pending", "request"])
    found = {row.id: row for row in asked.order_by("version")}
    said = dict(EventPrivate.objects.filter(event_id__in=list(found)).values_list("event_id", "body"))
    told: dict[UUID, dict[str, dict[str, object]]] = {}
    for key, row in found.items():
        told.setdefault(row.case_id, {})[row.data["pending"]] = retold(event_of(row, said.get(key) or {})).private or {}
    return told


def reads_words(actor: Actor, case_id: UUID) -> bool:
    """Whether this actor may read the words of a case and see its photographs; it must be one they may see at all.

    Source: docs/adr/0234 (capability `read_words`); DESIGN §8.
    """
    allowed = words_of(actor)
    if allowed in (EVERY, NONE):
        return allowed == EVERY
    return CaseRow.objects.filter(allowed, pk=case_id).exists()


def words_of(actor: Actor) -> Q:
    """Return the cases whose words this actor may read, as a condition; by role, in the role's scope or the own unit.

    Source: docs/adr/0234 (capability `read_words`); DESIGN §8.
    """
    return _seen(actor, actor.roles_that("read_words"))


def visible_to(actor: Actor) -> QuerySet[CaseRow]:
    """Return every case the actor may see: by role in its scope, unit or own report; restrictions hide.

    How far a role sees, and whether what is restricted, is what its row in the role catalogue says.

    Each row carries `title`, empty where the actor may not read the words of the case, and `words_seen`.

    Source: DESIGN §7 (visibility is one query); docs/adr/0234.
    """
    seen = _seen(actor, actor.roles)
    if actor.case is not None and _roles_seeing(actor, actor.roles, "own"):
        seen |= Q(pk=actor.case)
    return _titled(CaseRow.objects.filter(seen).filter(_unrestricted(actor, _units(actor))), words_of(actor))


def in_unit_queue(actor: Actor) -> Q | None:
    """Return what `visible_to` asks of a row in the queue of one of the actor's own units, in the columns of that row.

    None where the narrow row cannot tell: a programme's own role, or restrictions seen in some scopes only.

    Source: DESIGN §7 (visibility is one query); docs/adr/0234.
    """
    working = _roles_seeing(actor, actor.roles, "unit")
    everywhere = any(role not in actor.local for role in working) or _seen(actor, actor.roles) == EVERY
    trusted = _in_scopes(actor, sorted(actor.roles_that("see_restricted")))
    if not everywhere or trusted not in (EVERY, NONE):
        return None
    if trusted == EVERY:
        return Q()
    return Q(restricted__isnull=True) | (Q(held_by__in=_units(actor)) & ~Q(restricted="own_staff"))


def in_columns(actor: Actor) -> Q | None:
    """What `visible_to` asks of a case, when programme, area, restriction and holder answer it; None when units do.

    Source: DESIGN §7 (visibility is one query); docs/adr/0232 (4).
    """
    seen = _seen(actor, actor.roles)
    asked = seen & _unrestricted(actor, _units(actor))
    return None if actor.case is not None or _names(asked, "involved") else asked


def sees_by_units_alone(actor: Actor) -> bool:
    """Return whether the actor sees only cases in which own units take part. Source: docs/adr/0234."""
    return _in_scopes(actor, _roles_seeing(actor, actor.roles, "scope")) == NONE and actor.case is None


def _names(condition: Q, column: str) -> bool:
    """Return whether a condition asks something of a column."""
    parts = condition.children
    inside = any(_names(part, column) for part in parts if isinstance(part, Q))
    return inside or any(str(part[0]).startswith(column) for part in parts if isinstance(part, tuple))


def _titled(rows: QuerySet[CaseRow], allowed: Q) -> QuerySet[CaseRow]:
    if allowed in (EVERY, NONE):
        whole = F("heading") if allowed == EVERY else Value("", CharField())
        return rows.annotate(title=whole, words_seen=Value(allowed == EVERY, BooleanField()))  # type: ignore[no-redef]
    title = Choose(When(allowed, then=F("heading")), default=Value(""), output_field=CharField())
    return rows.annotate(title=title, words_seen=ExpressionWrapper(allowed, BooleanField()))  # type: ignore[no-redef]


def _seen(actor: Actor, roles: Iterable[str]) -> Q:
    held = frozenset(roles)
    seen = _in_scopes(actor, _roles_seeing(actor, held, "scope"))
    working = _roles_seeing(actor, held, "unit")
    if seen == EVERY or not working or not (units := _units(actor)):
        return seen
    inside = Q(involved__overlap=units)
    if all(role in actor.local for role in working):  # a programme's own role ends where the programme ends
        inside &= _in_scopes(actor, working)
    return inside if seen == NONE else seen | inside


def _roles_seeing(actor: Actor, roles: Iterable[str], level: str) -> list[str]:
    """Those of these roles that see as far as one level of the catalogue (`own`, `unit`, `scope`), in a fixed order."""
    return sorted(key for key in roles if (role := actor.role(key)) and role.sees == level)


def _in_scopes(actor: Actor, roles: Iterable[str]) -> Q:
    """Return the cases inside the scopes in which the actor holds these roles."""
    seen = NONE
    for role in roles:
        scoped = _scoped(actor.limits.get(role))
        if scoped == EVERY:
            return EVERY
        seen = scoped if seen == NONE else seen | scoped
    return seen


def _units(actor: Actor) -> list[str]:
    return sorted({*actor.units, *([actor.unit] if actor.unit else [])})


def _scoped(scopes: tuple[str, ...] | None) -> Q:
    if scopes is None:
        return EVERY
    inside = NONE
    for scope in scopes:
        kind, key = scope.split(":", 1)
        if kind == "district":
            return EVERY
        field = {"area": "area__startswith", "programme": "programme", "unit": "involved__contains"}[kind]
        inside |= Q(**{field: [key] if kind == "unit" else key})
    return inside


def _unrestricted(actor: Actor, units: Iterable[str]) -> Q:
    trusted = _in_scopes(actor, sorted(actor.roles_that("see_restricted")))
    if trusted == EVERY:
        return Q()
    own = Q(restricted__isnull=True) | (Q(holder_id__in=list(units)) & ~Q(restricted="own_staff"))
    own = own if trusted == NONE else own | trusted
    return own | Q(pk=actor.case) if actor.case else own
