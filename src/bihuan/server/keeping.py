"""What an installation decides and learns, kept as rows: plans, draws, models, places, briefings, a city's programmes.

A thing is a room and a name with revisions; a new content is a new revision, the newest counts. Files in the data
folder are copies for people (`bihuan kept export`), so a backup of the rows has everything.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection, transaction

LONGEST = 200


@dataclass(frozen=True)
class Rows:
    """A shelf (`bihuan.insight.shelf`) that is a room of rows.

    Args:
        room: for example `prevention`.
        history: whether earlier contents are kept; not where they hold words that may have to be erased.
    """

    room: str
    history: bool = True

    def __str__(self) -> str:
        """For messages."""
        return f"the rows of {self.room!r}"

    def read(self, name: str) -> bytes | None:
        """Return the newest content of a thing, or None. Source: docs/adr/0211 (what is decided and learnt is rows)."""
        return find_content(self.room, name)

    def write(self, name: str, content: bytes) -> None:
        """Make this the newest content of a thing. Source: docs/adr/0211 (what is decided and learnt is rows)."""
        keep_content(self.room, name, content)
        if not self.history:
            forget_earlier(self.room, name)

    def names(self, beginning: str = "") -> list[str]:
        """Return what is kept here under names that begin so, sorted.

        Source: docs/adr/0211 (what is decided and learnt is rows)
        """
        return sorted(kept_names(self.room, beginning))


class KeptRevision(NamedTuple):
    """One revision; `revision` counts from 1, `sha256` is of the content."""

    name: str
    revision: int
    content: bytes
    sha256: str


def keep_content(room: str, name: str, content: bytes) -> bool:
    """Make this the newest content of a thing; False when it is that already.

    Args:
        room: for example `prevention`; name: as a file below the folder of that name would be called.

    Raises:
        ValueError: a name that no file could have.

    Source: docs/adr/0211.
    """
    if not name or len(name) > LONGEST or name.startswith("/") or ".." in name.split("/"):
        raise ValueError(f"{name!r} cannot be kept: a relative name of at most {LONGEST} characters is needed")
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"kept:{room}/{name}"])
        cursor.execute(
            "INSERT INTO server_kept (room, name, revision, content, sha256, kept_at)"
            " SELECT %(room)s, %(name)s, coalesce(max(revision), 0) + 1, %(content)s, %(sha256)s, now()"
            " FROM server_kept WHERE room = %(room)s AND name = %(name)s"
            " HAVING (SELECT sha256 FROM server_kept WHERE room = %(room)s AND name = %(name)s"
            "         ORDER BY revision DESC LIMIT 1) IS DISTINCT FROM %(sha256)s",
            {"room": room, "name": name, "content": content, "sha256": digest},
        )
        return bool(cursor.rowcount)


def forget_earlier(room: str, name: str) -> None:
    """Take every revision of a thing but the newest away. Source: docs/adr/0211."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM server_kept k WHERE room = %s AND name = %s AND revision < (SELECT max(revision)"
            " FROM server_kept n WHERE n.room = k.room AND n.name = k.name)",
            [room, name],
        )


def find_content(room: str, name: str) -> bytes | None:
    """Return the newest content of a thing, or None. Source: docs/adr/0211 (what is decided and learnt is rows)."""
    query = "SELECT content FROM server_kept WHERE room = %s AND name = %s ORDER BY revision DESC LIMIT 1"
    rows = _rows(query, room, name)
    return bytes(rows[0][0]) if rows else None


def newest_of_room(room: str, beginning: str = "") -> list[KeptRevision]:
    """Return the newest content of every thing of a room, by name.

    Source: docs/adr/0211 (what is decided and learnt is rows)
    """
    rows = _rows(
        "SELECT DISTINCT ON (name) name, revision, content, sha256 FROM server_kept"
        " WHERE room = %s AND starts_with(name, %s) ORDER BY name, revision DESC", room, beginning,
    )  # fmt: skip
    return [KeptRevision(name, revision, bytes(content), digest) for name, revision, content, digest in rows]


def newest_contents(room: str, wanted: list[str]) -> dict[str, bytes]:
    """Return the newest content of some things, in one question.

    Source: docs/adr/0211 (what is decided and learnt is rows)
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (name) name, content FROM server_kept WHERE room = %s AND name = ANY(%s)"
            " ORDER BY name, revision DESC",
            [room, wanted],
        )
        return {name: bytes(content) for name, content in cursor.fetchall()}


def kept_names(room: str, beginning: str = "") -> list[str]:
    """Return what is kept in a room, the last kept first; contents are not read.

    Source: docs/adr/0211 (what is decided and learnt is rows)
    """
    query = (
        "SELECT name FROM server_kept WHERE room = %s AND starts_with(name, %s) GROUP BY name"
        " ORDER BY max(kept_at) DESC, name"
    )
    return [name for (name,) in _rows(query, room, beginning)]


def kept_digests(room: str) -> dict[str, set[str]]:
    """Return the digests of every revision of each thing of a room.

    Source: docs/adr/0211 (what is decided and learnt is rows)
    """
    found: dict[str, set[str]] = {}
    for name, digest in _rows("SELECT name, sha256 FROM server_kept WHERE room = %s", room):
        found.setdefault(name, set()).add(digest)
    return found


def room_stamp(room: str) -> str:
    """Changes when anything in a room does. Source: docs/adr/0211 (what is decided and learnt is rows)."""
    (row,) = _rows("SELECT count(*), coalesce(max(kept_at)::text, '') FROM server_kept WHERE room = %s", room)
    return f"{row[0]}@{row[1]}"


def _rows(query: str, *given: str) -> list[tuple]:  # type: ignore[type-arg]  # columns differ
    with connection.cursor() as cursor:
        cursor.execute(query, given)
        return list(cursor.fetchall())
