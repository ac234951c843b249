"""Whom a watch reminds, and the notices that do it: in the transaction of the incident, over when the watch clears.

Once per (watch, subject, incident), because the incident is written once whoever looks. Its words are the watch's own;
which subject, and why, stands on the page of the notice. Source: docs/topics/watches.md, "Reminders"; docs/adr/0328.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from bihuan.notices.telling import Telling, end_notices, resume_notices, tell_people
from bihuan.registers.roles import all_roles
from bihuan.series.catalogue import current_catalogue as current_series
from bihuan.series.providing import keeper_of
from bihuan.watches.catalogue import Watch
from bihuan.watches.model import Said
from bihuan.watches.scene import Scene

SOURCE, KIND = "watch", "reminder"
NOBODY = "nobody_to_remind"
LONGEST = 80
_WHOM = """
UPDATE watch_incident i SET reminded = w.whom FROM unnest(%s::uuid[], %s::text[]) AS w(id, whom)
WHERE i.id = w.id AND i.reminded <> w.whom
"""


class Reminded(NamedTuple):
    """An incident that somebody is to be reminded of: its id and whom, as `addressed` gives it."""

    id: UUID
    whom: str


def addressed(watch: Watch, scene: Scene, subject: str, unit: str | None) -> str:
    """Return whom a reminder of a subject goes to: `unit:CODE` or `role:NAME`; empty for a watch that opens cases.

    Args:
        watch: The watch. scene: What it sees. subject: Key. unit: What the declaration's `unit` says of the subject.

    Source: docs/topics/watches.md, "Reminders".
    """
    reminds = watch.declared.reminds
    if reminds is None:
        return ""
    if reminds.role is not None:
        return f"role:{reminds.role}"[:LONGEST]
    if reminds.keeper:
        unit = _keeper(watch, scene, subject)
    return f"unit:{unit or ''}"[:LONGEST]


def unit_said(watch: Watch) -> Said | None:
    """Return what the declaration says of the unit that is reminded. Source: docs/topics/watches.md, "Reminders"."""
    return watch.declared.reminds.unit if watch.declared.reminds is not None else None


def send_reminders(watch: Watch, scene: Scene, fresh: Sequence[Reminded]) -> set[UUID]:
    """Write the notices of new incidents, in the caller's transaction.

    Returns:
        Incidents of which there is nobody to remind: no such unit that day, no such role.

    Source: docs/topics/watches.md, "Reminders".
    """
    tellings, nobody = [], set()
    for each in fresh:
        to = _recipient(each.whom, scene)
        if to is None:
            nobody.add(each.id)
            continue
        tellings.append(Telling(each.id, KIND, SOURCE, each.id, to, watch.programme, _words(watch)))
    tell_people(scene.district, tellings, scene.at)
    return nobody


def note_whom(again: Sequence[Reminded]) -> None:
    """Write down whom incidents remind by now, where the register was corrected meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(_WHOM, [[each.id for each in again], [each.whom for each in again]])


def follow_ends(watch: Watch, told: Sequence[tuple[UUID, str]], at: datetime) -> None:
    """Let reminders of incidents that ended be over, and those of incidents that are back hold again.

    Args:
        watch: The watch. told: Id of an incident and what became of it. at: When.

    Source: docs/adr/0328-notices-without-a-case.md.
    """
    if watch.declared.reminds is None:
        return
    if over := [key for key, how in told if how in ("cleared", "retracted")]:
        end_notices(SOURCE, over, at)
    if back := [key for key, how in told if how == "returned"]:
        resume_notices(SOURCE, back)


def _recipient(whom: str, scene: Scene) -> str | None:
    kind, _, key = whom.partition(":")
    if kind == "role":
        return whom if key in all_roles() else None
    heirs = scene.registers.organisations.successors(key, scene.day) if key else ()
    return f"unit:{heirs[0]}" if heirs else None


def _keeper(watch: Watch, scene: Scene, subject: str) -> str:
    series = current_series().series.get(watch.declared.over.series or "")
    return keeper_of(series.declared, scene.district, subject, scene.day) if series is not None else ""


def _words(watch: Watch) -> Mapping[str, Any]:
    assert watch.declared.reminds is not None
    say, name = watch.declared.reminds.say, watch.declared.name
    return {
        "say": {"zh": say.zh, "en": say.en}, "name": {"zh": name.zh, "en": name.en}, "watch": watch.name,
    }  # fmt: skip
