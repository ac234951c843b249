"""Every place that can hold something of a person, as the rooms declare it, and how the places of a case are emptied.

Each room declares its own columns and folders in `ROOM/personal.py` and gives them through `bihuan.extend`. A column, a
key of event data or a folder that nobody declares fails a test, so nothing personal is kept where erasure and retention
do not look; what is declared plain is searched for people by the identity canary test.

Erasure of one case walks `empty_places(case)` inside the transaction that records it as an event; whoever erases on
request adds the sealed identities (`bihuan.registers.identity.erase_identity`, which logs) and the files.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from bihuan.extend import PERSONAL, PLAIN, PersonalPlace


def plain_columns() -> frozenset[str]:
    """Return every `table.column` declared to hold nothing personal.

    Source: docs/adr/0220 (one register of personal words).
    """
    return frozenset(f"{each.table}.{column}" for each in PLAIN.all() for column in each.columns.split())


def places_of_cases() -> list[PersonalPlace]:
    """List the places that are kept by case and emptied with it.

    Source: docs/topics/operations.md, "Erasure on request"; docs/adr/0220 (one register of personal words).
    """
    return [place for place in PERSONAL.all() if place.of_case and place.emptied]


def count_held(case: UUID) -> dict[str, int]:
    """Count the rows of a case in which each place still holds something, by `table.column`.

    Source: docs/topics/operations.md, "Erasure on request" (what went is told by numbers).
    """
    counted = {}
    tables = _tables()
    with connection.cursor() as cursor:
        for place in places_of_cases():
            if place.table in tables:
                filled = "" if place.emptied == "DELETE" else f" AND {place.column} IS DISTINCT FROM {place.emptied}"
                sql = f"SELECT count(*) FROM {place.table} WHERE {place.of_case}{filled}"  # noqa: S608 - own constants
                cursor.execute(sql, {"case": case})
                counted[place.where] = int(cursor.fetchone()[0])
    return counted


def identities_beside(case: UUID) -> list[UUID]:
    """List the sealed identities that go with a case besides those of its reports, such as senders of mails about it.

    Source: docs/topics/operations.md, "Erasure on request".
    """
    found: dict[UUID, None] = {}
    tables = _tables()
    with connection.cursor() as cursor:
        for place in places_of_cases():
            if place.seals and place.table in tables:
                sql = f"SELECT DISTINCT {place.seals} FROM {place.table} WHERE {place.of_case}"  # noqa: S608 - ours
                cursor.execute(sql, {"case": case})
                found |= dict.fromkeys(key for (key,) in cursor.fetchall() if key is not None)
    return list(found)


def empty_places(case: UUID) -> dict[str, int]:
    """Empty every place of a case, inside the caller's transaction; return how many rows each one had.

    Raises:
        RuntimeError: outside a transaction: an erasure stands or falls with the event that records it.

    Source: 个人信息保护法第四十七条; docs/topics/operations.md, "Erasure on request".
    """
    if not connection.in_atomic_block:
        raise RuntimeError("erase inside the transaction that records the erasure as an event")
    held = count_held(case)
    with connection.cursor() as cursor:
        for place in places_of_cases():
            if held.get(place.where):
                sql = (
                    f"DELETE FROM {place.table} WHERE {place.of_case}"  # noqa: S608 - own constants
                    if place.emptied == "DELETE"
                    else f"UPDATE {place.table} SET {place.column} = {place.emptied} WHERE {place.of_case}"  # noqa: S608
                )
                cursor.execute(sql, {"case": case})
    return held


def _tables() -> set[str]:
    return set(connection.introspection.table_names())
