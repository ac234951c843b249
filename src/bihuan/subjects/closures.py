"""What follows from dated links: everything upstream, every part, the same group, who controls whom; as of a day.

Reaching is one recursive query over sets of keys, so a circle of links ends by itself. Control is decided exactly, on
the shares of everything that can be reached. Source: docs/topics/subjects.md, "Links"; PostgreSQL documentation 7.8.2.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import msgspec
from django.db import connection

from bihuan.registers.isolation import in_district
from bihuan.subjects import fence
from bihuan.subjects.asking import known_then
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.control import Holding, controlled_by
from bihuan.subjects.pure.types import SubjectType

Direction = Literal["along", "against", "both"]
SHARE = "share"


class On(NamedTuple):
    """Where and when: the district, the day, and as known when (None: now)."""

    district: str
    day: date
    known: datetime | None = None


class Edge(NamedTuple):
    """One link that holds: its ends and its attributes."""

    start: str
    end: str
    values: dict[str, str]


def reached(
    link: SubjectType, keys: Iterable[str], on: On, looker: Looker, direction: Direction = "along"
) -> list[str]:
    """Return every subject that links lead to from some, themselves included, in the order of their keys.

    Args:
        link: A link as a type (`catalogue.subject_type("facility:downstream")`).
        direction: Along the links (downstream, the whole a part belongs to), against them, or either way (same group).

    Raises:
        FenceClosed: the links are closed to the looker.

    Source: docs/topics/subjects.md, "Links".
    """
    with in_district(on.district), connection.cursor() as cursor:
        fence.enter(on.district, link, looker)
        sql = f"{_reach(direction, on)} SELECT key FROM reached ORDER BY key"  # noqa: S608 - own names only
        cursor.execute(sql, _given(link, keys, on))
        return [key for (key,) in cursor.fetchall()]


def edges_among(
    link: SubjectType, keys: Iterable[str], on: On, looker: Looker, direction: Direction = "along"
) -> list[Edge]:
    """Return every link that is passed on the way from some subjects as far as links lead. Arguments as `reached`.

    Source: docs/topics/subjects.md, "Links".
    """
    near = "to" if direction == "against" else "from"
    sql = f"""{_reach(direction, on)}
        SELECT v.values::text FROM subject_version v WHERE v.id IN (
            SELECT f.version_id FROM reached r JOIN subject_found f ON f.district_id = %(district)s
                AND f.type = %(type)s AND f.field = '{near}' AND f.value = left(r.key, 200)
        ) AND {_holds(on)} ORDER BY v.key"""  # noqa: S608 - own names only
    with in_district(on.district), connection.cursor() as cursor:
        fence.enter(on.district, link, looker)
        cursor.execute(sql, _given(link, keys, on))
        found = [msgspec.json.decode(values) for (values,) in cursor.fetchall()]
    return [Edge(values["from"], values["to"], values) for values in found]


def controlled(link: SubjectType, root: str, on: On, looker: Looker, above: Decimal = Decimal(50)) -> list[str]:
    """Return whom a subject controls: those in which it and whom it controls together hold more than `above` percent.

    Raises:
        FenceClosed: the links are closed to the looker.

    Source: 公司法第二百六十五条第（二）项 (more than fifty percent).
    """
    return sorted(controlled_by(root, _holdings(edges_among(link, [root], on, looker)), above))


def controllers(link: SubjectType, key: str, on: On, looker: Looker, above: Decimal = Decimal(50)) -> list[str]:
    """Return who controls a subject, direct and through others. Arguments and errors as of `controlled`.

    Source: docs/topics/subjects.md, "Links".
    """
    above_it = reached(link, [key], on, looker, "against")
    holdings = _holdings(edges_among(link, above_it, on, looker))
    return sorted(each for each in above_it if each != key and key in controlled_by(each, holdings, above))


def _holdings(edges: Sequence[Edge]) -> list[Holding]:
    return [Holding(edge.start, edge.end, Decimal(edge.values[SHARE])) for edge in edges if SHARE in edge.values]


def _reach(direction: Direction, on: On) -> str:
    ways = {"along": [("from", "to")], "against": [("to", "from")], "both": [("from", "to"), ("to", "from")]}[direction]
    pairs = ", ".join(f"('{near}', '{far}')" for near, far in ways)
    return f"""
WITH RECURSIVE reached(key) AS (
    SELECT unnest(%(keys)s::text[])
    UNION
    SELECT v.values->>w.far FROM reached r
    CROSS JOIN (VALUES {pairs}) AS w(near, far)
    JOIN subject_found f ON f.district_id = %(district)s AND f.type = %(type)s AND f.field = w.near
        AND f.value = left(r.key, 200)
    JOIN subject_version v ON v.id = f.version_id AND v.values->>w.near = r.key AND {_holds(on)}
)"""  # noqa: S608 - own names only


def _holds(on: On) -> str:
    days = "v.valid_from <= %(day)s AND (v.valid_to IS NULL OR v.valid_to > %(day)s)"
    return f"{days} AND {known_then(on.known)}"


def _given(link: SubjectType, keys: Iterable[str], on: On) -> dict[str, Any]:
    return {"district": on.district, "type": link.id, "keys": sorted(set(keys)), "day": on.day, "known": on.known}
