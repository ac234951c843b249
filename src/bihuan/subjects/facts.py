"""The one question that loops ask of subjects: what is known of this one, on this day, and who said so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from bihuan.registers.live import current_registers
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.types import state_of

LOOP = Looker("system:loop", frozenset(), frozenset(), "a decision of a loop")
STATE = "state"
"""In place of a field: the state that follows from its dates."""


def kinds() -> Collection[str]:
    """Every type of subjects."""
    return subject_types().keys()


def ask(kind: str, district: str, key: str, at: datetime) -> tuple[Any, Mapping[str, Any]] | None:
    """Return what was known at an instant to hold on its day, and the citation.

    Args:
        kind: A type: all open values of the subject; or `TYPE.FIELD`, or `TYPE.state`: one.
        key: Of the subject. at: Aware; what became known afterwards does not change the answer.

    Returns:
        None when the subject does not exist on that day, or nothing is known of the field.

    Raises:
        FenceClosed: the type is closed to loops.
        KeyError: the type has no such open field.

    Source: DESIGN §14 (`Facts.ask(kind, id, at)`); docs/adr/0251-facts.md.
    """
    base, _, name = kind.partition(".")
    found = subject_type(base)
    if name and name != STATE and name not in found.open_fields:
        raise KeyError(f"{base} has no open field {name!r}")
    day = at.astimezone(current_registers(district).calendar.zone).date()
    held = asking.get(district, found, key, day, LOOP, at)
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
    return (held.values[name], cited) if name in held.values else None
