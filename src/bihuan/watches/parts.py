"""What several kinds of rules share: hits from rows of a frame, faults of named fields, when a state began."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
from django.db import connection

from bihuan.registers.isolation import in_district
from bihuan.subjects import fence
from bihuan.subjects.asking import known_then
from bihuan.subjects.catalogue import UnknownType, subject_type
from bihuan.watches.forms import ENDED, faults_of_open_field
from bihuan.watches.model import STATE, Fault, Hits, Over, no_hits, strings
from bihuan.watches.scene import Scene


def hits_of_rows(
    scene: Scene, over: Over, table: pa.Table, rows: Sequence[int], *, incident: str = "", told: Sequence[str] = (),
    begin: Callable[[list[str]], list[str]] | None = None,
) -> Hits:  # fmt: skip
    """Rows of a frame as hits.

    Args:
        incident: Field whose value decides. begin: In its place, gives what decides for some keys, when they are new.
        told: Fields behind the verdict.
    """
    if not rows:
        return no_hits(table.num_rows)
    places = pa.array(rows, pa.int64())
    keys = strings(table["key"].take(places))
    deciding = strings(table[incident].take(places)) if incident else [""] * len(keys)

    def tell(chosen: Sequence[int]) -> list[list[Any]]:
        return scene.tell(over.subject or "", table, told, [rows[each] for each in chosen])

    asked = (lambda chosen: begin([keys[each] for each in chosen])) if begin is not None else None
    return Hits(keys, [""] * len(keys), deciding, tell, table.num_rows, asked)


def field_faults(over: Over, steps: tuple[str | int, ...], name: str, types: Sequence[str] = ()) -> Iterator[Fault]:
    """What is wrong with a field that a rule names: it must be an open field of the type, of one of some types."""
    if over.subject is not None:
        yield from faults_of_field(over.subject, steps, name, types)
    elif over.form is not None:
        yield from faults_of_open_field(over.form, steps, name, types, (ENDED,) if "where" in steps else ())


def faults_of_field(
    type_id: str, steps: tuple[str | int, ...], name: str, types: Sequence[str] = ()
) -> Iterator[Fault]:
    """As `field_faults`, of any type."""
    try:
        kind = subject_type(type_id)
    except UnknownType as error:
        yield steps, error.message, "a watch looks at declared types", error.remedy
        return
    if name == STATE and not types:
        return
    if name not in kind.open_fields:
        known = ", ".join(kind.open_fields)
        yield steps, f"{type_id} has no open field {name!r}", "a watch reads open fields", f"one of: {known}"
    elif types and kind.fields[name].type not in types:
        what = f"{type_id}.{name} is of type {kind.fields[name].type}"
        yield steps, what, f"here a field of type {' or '.join(types)} is needed", "name another field"


def fields_behind(type_id: str, names: set[str]) -> set[str]:
    """Return the fields that must be read for some fields of a type: behind a state stand its dates."""
    if STATE not in names:
        return names
    dates = {end for state in subject_type(type_id).states for end in (state.since, state.until, state.lasts) if end}
    return names - {STATE} | dates


_HISTORY = """
SELECT v.key, v.valid_from::text, v.valid_to::text, v.values->>'{0}' FROM subject_version v
WHERE v.district_id = %(district)s AND v.type = %(type)s AND v.key = ANY(%(keys)s) AND v.valid_from <= %(day)s AND {1}
ORDER BY v.key, v.valid_from
"""


def history_of(
    scene: Scene, type_id: str, keys: Sequence[str], name: str
) -> dict[str, list[tuple[str, str, str | None]]]:
    """Key → (first day, day after the last or empty, value) of a field until the scene's day, oldest first."""
    kind = subject_type(type_id)
    sql = _HISTORY.format(name, known_then(scene.known))
    given: dict[str, Any] = {
        "district": scene.district,
        "type": type_id,
        "keys": list(keys),
        "day": scene.day,
        "known": scene.known,
    }
    found: dict[str, list[tuple[str, str, str | None]]] = {key: [] for key in keys}
    with in_district(scene.district), connection.cursor() as cursor:
        fence.enter(scene.district, kind, scene.looker)
        cursor.execute(sql, given)
        for key, first, end, value in cursor.fetchall():
            found[key].append((first, end or "", value))
    return found


def began(history: Sequence[tuple[str, str, str | None]], holds: Callable[[str | None, bool], bool]) -> str | None:
    """The first day of the run of days up to the last one on which a condition holds; None when it does not hold.

    Args:
        history: First day, day after the last, value; oldest first. A day without a version breaks a run.
        holds: By the value, and whether it held before (hysteresis).
    """
    first: str | None = None
    end = ""
    for since, until, value in history:
        before = first if end == since else None
        first = (before or since) if holds(value, before is not None) else None
        end = until
    return first
