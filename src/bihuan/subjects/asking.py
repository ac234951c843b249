"""Questions: what holds on a day, as known on a day; by key, by field, page by page; the whole history of one subject.

`known` None means now. Every value names its source: the change that said it. Source: docs/topics/subjects.md,
"For a day, as known on a day"; R. T. Snodgrass, Developing Time-Oriented Database Applications in SQL (1999), ch. 10.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from bihuan.registers.identity import sealer
from bihuan.registers.isolation import in_district
from bihuan.subjects import fence
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.types import SubjectType

PAGE = 50
MOST = 100_000


@dataclass(frozen=True, slots=True)
class HeldFacts:
    """What holds of a subject on some days.

    Args:
        valid_from, valid_to: The days, the last not included; None: until further notice.
        recorded_at, superseded_at: Between these instants it was what was known.
        change: The change that recorded it; `source` where that came from.
        sources: Field → source, for fields that came from elsewhere.
    """

    key: str
    values: dict[str, Any]
    valid_from: date
    valid_to: date | None
    recorded_at: datetime
    superseded_at: datetime | None
    change: UUID
    source: str
    actor: str
    sources: Mapping[str, str] = dataclasses.field(default_factory=dict)
    sealed: UUID | None = None

    def source_of(self, name: str) -> str:
        """Where the value of a field came from."""
        return self.sources.get(name) or self.sources.get("*") or self.source


@dataclass(frozen=True)
class Viewpoint:
    """Which day, known when, which subjects.

    Args:
        day: The day. known: The instant of knowledge; None: now.
        equal: Field or `key` → its value; begins: field or `key` → what it begins with. Only fields to be found by.
        after: Key after which the page begins. limit: At most so many.
    """

    day: date
    known: datetime | None = None
    equal: Mapping[str, str] = dataclasses.field(default_factory=dict)
    begins: Mapping[str, str] = dataclasses.field(default_factory=dict)
    after: str = ""
    limit: int = PAGE


def end_of(day: date, zone: tzinfo) -> datetime:
    """The last instant of a day in the district: what was recorded on it was known on it.

    Source: docs/topics/subjects.md, "For a day, as known on a day".
    """
    return datetime.combine(day + timedelta(days=1), time(), zone) - timedelta(microseconds=1)


def find(district: str, kind: SubjectType, asked: Viewpoint, looker: Looker) -> list[HeldFacts]:
    """Return a page of subjects in the order of their keys.

    Raises:
        FenceClosed: the type is closed to the looker.
        KeyError: a field is asked for that the type is not found by.

    Source: docs/adr/0233 (a list goes on after a key).
    """
    sources, given = _matching(district, kind, asked)
    pages = [f"({_COLUMNS} {source} ORDER BY v.key LIMIT %(limit)s)" for source in sources]
    sql = pages[0][1:-1]
    if len(pages) > 1:  # each half has an index in the order of keys
        sql = f"SELECT * FROM ({' UNION ALL '.join(pages)}) u ORDER BY key LIMIT %(limit)s"  # noqa: S608 - own names only
    with in_district(district):
        fence.enter(district, kind, looker)
        return _held(sql, {**given, "limit": min(asked.limit, MOST)})


def count(district: str, kind: SubjectType, asked: Viewpoint, looker: Looker, most: int = MOST) -> int:
    """Return how many subjects match, counted to `most`. Raises as `find`.

    Source: docs/topics/subjects.md, "For a day, as known on a day".
    """
    sources, given = _matching(district, kind, dataclasses.replace(asked, after=""))
    rows = " UNION ALL ".join(f"(SELECT FROM {source} LIMIT %(limit)s)" for source in sources)
    with in_district(district), connection.cursor() as cursor:
        fence.enter(district, kind, looker)
        sql = f"SELECT least(count(*), %(limit)s) FROM ({rows}) c"  # noqa: S608 - own names only
        cursor.execute(sql, {**given, "limit": most})
        return int(cursor.fetchone()[0])


def get(
    district: str, kind: SubjectType, key: str, day: date, looker: Looker, known: datetime | None = None
) -> HeldFacts | None:
    """Return what holds of one subject on a day, or None. Raises as `find`.

    Source: docs/topics/subjects.md, "For a day, as known on a day".
    """
    found = find(district, kind, Viewpoint(day, known, {"key": key}, limit=1), looker)
    return found[0] if found else None


def history(district: str, kind: SubjectType, key: str, looker: Looker) -> list[HeldFacts]:
    """Return every version of one subject, superseded ones too, by day and then as they became known.

    Raises:
        FenceClosed: the type is closed to the looker.

    Source: docs/topics/subjects.md, "For a day, as known on a day".
    """
    sql = (
        f"{_COLUMNS} {_FROM} WHERE v.district_id = %(district)s AND v.type = %(type)s AND v.key = %(key)s "
        "ORDER BY v.valid_from, v.id"
    )
    with in_district(district):
        fence.enter(district, kind, looker)
        return _held(sql, {"district": district, "type": kind.id, "key": key})


def spans(
    district: str, kind: SubjectType, first: date, last: date, looker: Looker, *, key: str = "", limit: int = MOST
) -> list[HeldFacts]:
    """Return what is known now of the days from `first` until `last`, last included: by key, then by day.

    Args:
        key: Of one subject; empty: of all. limit: Versions at most.

    Raises:
        FenceClosed: the type is closed to the looker.

    Source: docs/topics/subjects.md, "For a day, as known on a day".
    """
    sql = (
        f"{_COLUMNS} {_FROM} WHERE v.district_id = %(district)s AND v.type = %(type)s AND v.superseded_at IS NULL "
        f"AND v.valid_from <= %(last)s AND (v.valid_to IS NULL OR v.valid_to > %(first)s) "
        f"{'AND v.key = %(key)s ' if key else ''}ORDER BY v.key, v.valid_from LIMIT %(limit)s"
    )
    given = {"district": district, "type": kind.id, "first": first, "last": last, "key": key, "limit": limit}
    with in_district(district):
        fence.enter(district, kind, looker)
        return _held(sql, given)


def stream(
    district: str, kind: SubjectType, asked: Viewpoint, looker: Looker, batch: int = 5000
) -> Iterator[HeldFacts]:
    """Yield every subject that matches, batch by batch after the last key. Raises as `find`.

    Source: docs/topics/subjects.md, "For a day, as known on a day".
    """
    after = asked.after
    while True:
        found = find(district, kind, dataclasses.replace(asked, after=after, limit=batch), looker)
        yield from found
        if len(found) < batch:
            return
        after = found[-1].key


def columns(
    district: str, kind: SubjectType, asked: Viewpoint, looker: Looker, names: Sequence[str]
) -> tuple[list[str], dict[str, list[str]]]:
    """Return keys in their order and, for each named field, the texts of all subjects that match; empty: not known.

    One statement that carries nothing else: a register in columns, for methods that judge all of it.

    Raises:
        KeyError: a field is sealed or none of the type's. Otherwise as `find`.

    Source: DESIGN §14 (evaluated over a whole register in columns)
    """
    for name in names:
        if name not in kind.open_fields:
            raise KeyError(f"{kind.id} has no open field {name!r}")
    sources, given = _matching(district, kind, asked)
    chosen = ", ".join(f"coalesce(v.values->>%(c{place})s, '')" for place in range(len(names)))
    given |= {f"c{place}": name for place, name in enumerate(names)}
    heads = f"v.key{', ' if chosen else ''}{chosen}"
    sql = " UNION ALL ".join(f"(SELECT {heads} FROM {source})" for source in sources)  # noqa: S608 - own names only
    with in_district(district), connection.cursor() as cursor:
        fence.enter(district, kind, looker)
        cursor.execute(f"{sql} ORDER BY 1", given)
        rows = cursor.fetchall()
    cells = list(zip(*rows, strict=True)) or [()] * (len(names) + 1)
    return list(cells[0]), {name: list(column) for name, column in zip(names, cells[1:], strict=True)}


def titles(
    district: str, kind: SubjectType, keys: Collection[str], day: date, looker: Looker, known: datetime | None = None
) -> dict[str, str]:
    """Return what subjects are called, by key, in one statement; who has no open title or is not known is left out.

    Raises:
        FenceClosed: the type is closed to the looker.

    Source: docs/topics/subjects.md, "For a day, as known on a day".
    """
    if not keys or kind.title_field not in kind.open_fields:
        return {}
    sql = f"{_TITLES} AND {known_then(known)}"
    given: dict[str, Any] = {
        "district": district,
        "type": kind.id,
        "title": kind.title_field,
        "keys": list(keys),
        "day": day,
    }
    with in_district(district), connection.cursor() as cursor:
        fence.enter(district, kind, looker)
        cursor.execute(sql, given | {"known": known})
        return {key: title for key, title in cursor.fetchall() if title}


def open_sealed(district: str, kind: SubjectType, held: HeldFacts, looker: Looker) -> dict[str, Any]:
    """Return the sealed fields of what holds; the look is logged in the same transaction.

    Returns:
        Values by field; empty when there are none or they were erased.

    Raises:
        FenceClosed: closed to the looker, or no purpose given.

    Source: docs/topics/subjects.md, "Personal fields"; 个人信息保护法第六条.
    """
    if held.sealed is None:
        return {}
    with in_district(district), connection.cursor() as cursor:
        fence.enter(district, kind, looker)
        fence.look_at_sealed(district, [held.sealed], min(looker.roles, default=""), looker)
        cursor.execute("SELECT ciphertext, key_id FROM subject_sealed WHERE id = %s", [held.sealed])
        row = cursor.fetchone()
    if row is None:
        return {}
    opened: dict[str, Any] = msgspec.json.decode(sealer().unseal_bytes(bytes(row[0]), row[1], district, held.sealed))
    return opened


_COLUMNS = (
    "SELECT v.key, v.values::text, v.valid_from, v.valid_to, v.recorded_at, v.superseded_at, v.change_id, "
    "v.origin::text, v.sealed_id FROM"
)
_FROM = "subject_version v"
_TITLES = (
    "SELECT v.key, v.values->>%(title)s FROM subject_version v "
    "WHERE v.district_id = %(district)s AND v.type = %(type)s AND v.key = ANY(%(keys)s) "
    "AND v.valid_from <= %(day)s AND (v.valid_to IS NULL OR v.valid_to > %(day)s)"
)


def _matching(district: str, kind: SubjectType, asked: Viewpoint) -> tuple[list[str], dict[str, Any]]:
    """FROM and WHERE of the versions that answer, without `SELECT … FROM`; and what fills them in.

    As known then there are two: what still is known, and what was superseded since; an OR would use no index.
    """
    given: dict[str, Any] = {"district": district, "type": kind.id, "day": asked.day, "known": asked.known}
    where = [
        "v.district_id = %(district)s", "v.type = %(type)s", "v.valid_from <= %(day)s",
        "(v.valid_to IS NULL OR v.valid_to > %(day)s)",
    ]  # fmt: skip
    joins = [_FROM]
    if asked.after:
        where.append("v.key > %(after)s")
        given["after"] = asked.after
    for number, (name, value, begins) in enumerate(_wanted(asked)):
        if name == "key":
            column = "v.key"
        elif name in kind.found_by:
            column = f"f{number}.value"
            joins.append(f"JOIN subject_found f{number} ON f{number}.version_id = v.id AND f{number}.key = v.key")
            alias = f"f{number}"
            where.append(f"{alias}.district_id = %(district)s AND {alias}.type = %(type)s")
            where.append(f"{alias}.field = %(n{number})s")
            if asked.after:
                where.append(f"{alias}.key > %(after)s")
            given[f"n{number}"] = name
        else:
            raise KeyError(f"{kind.id} is not found by {name!r}; by: key, {', '.join(kind.found_by)}")
        given[f"q{number}"] = value[:200]
        if begins:
            given[f"e{number}"] = value[:200] + "\U0010ffff"
            where.append(f"{column} >= %(q{number})s AND {column} < %(e{number})s")
        else:
            where.append(f"{column} = %(q{number})s")
    answer = f"{' '.join(joins)} WHERE {' AND '.join(where)}"
    if asked.known is None:
        return [f"{answer} AND v.superseded_at IS NULL"], given
    then = f"{answer} AND v.recorded_at <= %(known)s AND v.superseded_at"
    return [f"{then} IS NULL", f"{then} > %(known)s"], given


def _wanted(asked: Viewpoint) -> Sequence[tuple[str, str, bool]]:
    return [
        *((name, value, False) for name, value in asked.equal.items()),
        *((name, value, True) for name, value in asked.begins.items()),
    ]


def known_then(known: datetime | None, alias: str = "v") -> str:
    """The SQL condition that a version was what was known at `%(known)s`; None: that it is known now.

    Source: docs/topics/subjects.md, "For a day, as known on a day".
    """
    if known is None:
        return f"{alias}.superseded_at IS NULL"
    return f"{alias}.recorded_at <= %(known)s AND ({alias}.superseded_at IS NULL OR {alias}.superseded_at > %(known)s)"


def _held(sql: str, given: Mapping[str, Any]) -> list[HeldFacts]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        rows = cursor.fetchall()
    origins = [msgspec.json.decode(row[7]) if row[7] else {} for row in rows]
    changes = {row[6] for row in rows} | {UUID(each) for origin in origins for each in origin.values()}
    told = _told(list(changes))
    pairs = zip(rows, origins, strict=True)
    return [
        HeldFacts(
            key, msgspec.json.decode(values), first, last, recorded, superseded, change, *told.get(change, ("", "")),
            {name: told.get(UUID(each), ("", ""))[0] for name, each in origin.items()}, sealed,
        )
        for (key, values, first, last, recorded, superseded, change, _, sealed), origin in pairs
    ]  # fmt: skip


def _told(changes: Sequence[UUID]) -> dict[UUID, tuple[str, str]]:
    """Source and actor of changes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, source, actor FROM subject_change WHERE id = ANY(%s)", [list(changes)])
        return {change: (source, actor) for change, source, actor in cursor.fetchall()}
