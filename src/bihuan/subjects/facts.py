"""The one question that loops ask of subjects: what is known of this one, on this day, and who said so.

Which types and fields there are is known without tables: a declaration is checked before a database exists. What needs
rows is imported by the functions that ask.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from bihuan.extend import FactQuestion
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.availability import available_at
from bihuan.subjects.pure.types import state_of

LOOP = Looker("system:loop", frozenset(), frozenset(), "a decision of a loop")
STATE = "state"
"""In place of a field: the state that follows from its dates."""
OPEN = "open"
"""In place of a field: whether it is open at that instant, where the type says how that is known."""


def kinds() -> Collection[str]:
    """Every type of subjects. Source: docs/adr/0251 (a loop asks rooms it does not know)."""
    return subject_types().keys()


def connected(kind: str, district: str, at: datetime) -> bool:
    """Return whether a type is kept here: something was loaded, and, where the type says how often, not too long ago.

    Args:
        kind: A type, or `TYPE.FIELD`. Source: docs/topics/forms.md, "No paper that a register holds".
    """
    from bihuan.registers.isolation import in_district
    from bihuan.subjects.models import Change  # a declaration is checked without Django; it asks this module's names

    found = subject_type(kind.partition(".")[0])
    rows = Change.objects.filter(district_id=district, type=found.id, recorded_at__lte=at)
    if found.fresh_days is not None:
        rows = rows.filter(recorded_at__gte=at - timedelta(days=found.fresh_days))
    with in_district(district):
        return rows.exists()


def names(kind: str) -> Collection[str]:
    """The fields of a type that may be asked for, derived values included.

    Source: docs/adr/0251 (a loop asks rooms it does not know).
    """
    found = subject_type(kind)
    return (*found.open_fields, *found.derived, STATE, *([OPEN] if found.availability else []))


def ask(question: FactQuestion) -> tuple[Any, Mapping[str, Any]] | None:
    """Return what was known at an instant to hold of a subject on a day, and the citation.

    Args:
        question: `kind` is a type: all open values of the subject; or `TYPE.FIELD`, or `TYPE.state`: one.

    Returns:
        None when the subject does not exist on that day, or nothing is known of the field.

    Raises:
        FenceClosed: the type is closed to loops.
        KeyError: the type has no such open field.

    Source: DESIGN §14 (`Facts.ask(kind, id, at)`); docs/adr/0251-facts.md.
    """
    from bihuan.registers.live import current_registers
    from bihuan.subjects import asking
    from bihuan.subjects.deriving import Deriving

    base, _, name = question.kind.partition(".")
    found = subject_type(base)
    if name and name not in names(base):
        raise KeyError(f"{base} has no open field {name!r}")
    district, key = question.district, question.key
    local = question.at.astimezone(current_registers(district).calendar.zone)
    day = local.date()
    looker = LOOP._replace(programmes=frozenset({question.programme} if question.programme else ()))
    held = asking.get(district, found, key, day, looker, question.known)
    if held is None:
        return None
    cited = {
        "subject": f"{base}/{key}", "edition": found.edition, "change": str(held.change),
        "source": held.source_of(name), "valid_from": held.valid_from.isoformat(),
        "recorded_at": held.recorded_at.isoformat(),
    }  # fmt: skip
    if not name:
        return held.values, cited
    if name == STATE:
        state = state_of(found, held.values, day.isoformat())
        return (state.id, cited) if state else None
    if name in found.derived:
        value = Deriving(district, found, key, held.values, day, looker, question.known).value(name)
        return None if value is None else (value, {**cited, "source": "", "derived": name})
    if name == OPEN and found.availability:
        told = available_at(found, held.values, local.replace(tzinfo=None))
        return None if told is None else (told.open, cited)
    return (held.values[name], cited) if name in held.values else None
