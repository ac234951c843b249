"""Rows of every table out of a database and into an empty one whose tables our own migrations made.

Out: one snapshot, COPY in text form, table by table. In: as the owner, never as superuser, in one transaction, only
into tables and columns that stand there already; nothing that comes with the rows is ever executed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import sql

from bihuan.faults import Fault

type Connection = psycopg.Connection[tuple[Any, ...]]

VOLATILE = frozenset({"django_session", "server_cache", "server_limit"})
"""Never saved: who is signed in, and counts that expire. A restored house begins without both."""
OURS = "django_migrations"
"""Saved to say which state the rows have; never loaded: what stands there was written by the migrations themselves."""
PART = 8 << 20

_COLUMNS = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
GROUP BY c.relname ORDER BY c.relname
"""
_SEQUENCES = "SELECT sequencename::text, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
_FORCED = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relforcerowsecurity"
_TRIGGERS = """
SELECT c.relname, t.tgname, t.tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal AND t.tgparentid = 0 ORDER BY 1, 2
"""
_PARTITIONED = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'p'"


_FENCED = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
  AND row_security_active(oid)
ORDER BY 1
"""


class RowsError(Fault):
    """The rows do not fit the tables of this version; nothing was loaded."""

    remedy = "换一份未改动的副本 · take an unchanged copy; nothing was loaded"


class HeldRows(NamedTuple):
    """What a database holds: its tables with their columns, and where its sequences stand."""

    tables: dict[str, list[str]]
    sequences: dict[str, int | None]


def read_held(connection: Connection) -> HeldRows:
    """The tables and sequences of a database, without those of extensions. Source: docs/adr/0210 (rows, no dump)."""
    tables = {name: list(columns) for name, columns in connection.execute(_COLUMNS).fetchall()}
    return HeldRows(tables, dict(connection.execute(_SEQUENCES).fetchall()))


def rows_to_save(connection: Connection) -> HeldRows:
    """Return what of it goes into a backup.

    Source: docs/adr/0210, "Consequences" (sessions and expiring counts are not saved).
    """
    found = read_held(connection)
    return found._replace(tables={t: columns for t, columns in found.tables.items() if t not in VOLATILE})


def see_all(connection: Connection) -> None:
    """See to it that this role sees every row, as the owner of the tables does; it needs no other right.

    Raises:
        RowsError: row security fences it: the backup would lack rows.

    Source: docs/adr/0210, "Consequences" (every row is read as the owner).
    """
    if fenced := [name for (name,) in connection.execute(_FENCED).fetchall()]:
        raise RowsError(
            f"当前角色看不到全部数据 · this role cannot read every row of {', '.join(fenced[:5])}",
            "把 DATABASE_OWNER_URL 设为表的所有者 · name the owner of the tables in DATABASE_OWNER_URL",
        )
    connection.execute("SET row_security = off")  # from here an error rather than a backup without what is fenced


def copy_parts(connection: Connection, table: str, columns: Sequence[str]) -> Iterator[tuple[bytes, int]]:
    """Yield the rows of a table as COPY text, in parts of about eight megabytes, each with how many rows it holds.

    Source: docs/adr/0210 (rows, no dump)
    """
    buffer, rows = bytearray(), 0
    # A query, for COPY does not read a partitioned table by its name.
    with (
        connection.cursor() as cursor,
        cursor.copy(_copy("COPY (SELECT {1} FROM {0}) TO STDOUT", table, columns)) as copy,
    ):
        for row in copy:
            buffer += row
            rows += 1
            if len(buffer) >= PART:
                yield bytes(buffer), rows
                buffer, rows = bytearray(), 0
    if rows:
        yield bytes(buffer), rows


class Loader:
    """One transaction that fills empty tables; leaving it without an error is what makes the rows stand.

    Args:
        connection: of the owner of the tables, not autocommit.
        wanted: what the backup says it holds.

    Raises:
        RowsError: a table or column that this schema has not, or one that the backup lacks.
    """

    def __init__(self, connection: Connection, wanted: HeldRows) -> None:
        self._connection, self._wanted = connection, wanted
        here = read_held(connection)
        _compare(wanted, here)
        self._forced = [name for (name,) in connection.execute(_FORCED).fetchall()]
        self._triggers = connection.execute(_TRIGGERS).fetchall()
        self._partitioned = {name for (name,) in connection.execute(_PARTITIONED).fetchall()}
        self._tables = sorted(here.tables)
        # Rows that a migration wrote make room for the saved ones.
        emptied = [table for table in self._tables if table != OURS]
        connection.execute(_named("TRUNCATE {}", emptied))
        # Triggers would answer to every row a second time, and the owner is fenced by row security like everybody.
        self._each("ALTER TABLE {} DISABLE TRIGGER USER", {table for table, _, _ in self._triggers})
        self._each("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY", self._forced)

    def copy(self, table: str, chunks: Iterable[bytes]) -> None:
        """Load rows of one table, in COPY text form.

        Raises:
            RowsError: a row breaks a rule of the table.

        Source: docs/adr/0210 (rows, no dump)
        """
        if table == OURS:
            for _ in chunks:
                pass
            return
        try:
            if table in self._partitioned:
                self._copy_by_month(table, chunks)
            else:
                self._copy_into(_copy("COPY {} ({}) FROM STDIN", table, self._wanted.tables[table]), chunks)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise RowsError(_broken(table, error)) from error

    def _copy_into(self, statement: sql.Composed, chunks: Iterable[bytes]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(statement) as copy:
            for chunk in chunks:
                copy.write(chunk)

    def _copy_by_month(self, table: str, chunks: Iterable[bytes]) -> None:
        """Into a partitioned table, whose function TABLE_months(first, last) makes the months that the rows need."""
        columns = self._wanted.tables[table]
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        parts = {"table": sql.Identifier("public", table), "months": sql.Identifier("public", f"{table}_months")}
        self._connection.execute(sql.SQL("CREATE TEMPORARY TABLE held (LIKE {table}) ON COMMIT DROP").format(**parts))
        self._copy_into(sql.SQL("COPY held ({}) FROM STDIN").format(listed), chunks)
        self._connection.execute(
            sql.SQL("SELECT {months}(min(at), max(at)) FROM held HAVING count(*) > 0").format(**parts)
        )
        insert = sql.SQL("INSERT INTO {table} ({columns}) SELECT {columns} FROM held")
        self._connection.execute(insert.format(**parts, columns=listed))
        self._connection.execute("DROP TABLE held")

    def close(self, rows: Mapping[str, int]) -> None:
        """Check what came in, bring guards and sequences back; the caller commits.

        Raises:
            RowsError: another number of rows than the backup counted, or a reference that leads nowhere.

        Source: docs/adr/0210 (references, guards and counts are checked).
        """
        try:
            self._connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except psycopg.IntegrityError as error:
            raise RowsError(_broken("…", error)) from error
        self._each("ALTER TABLE {} FORCE ROW LEVEL SECURITY", self._forced)
        counted = count_rows(self._connection, [table for table in self._wanted.tables if table != OURS])
        if wrong := {t: (rows.get(t, 0), n) for t, n in counted.items() if n != rows.get(t, 0)}:
            raise RowsError(f"行数与备份不符（备份、现在） · rows differ (backup, now): {wrong}")
        self._each("ALTER TABLE {} ENABLE TRIGGER USER", {table for table, _, _ in self._triggers})
        if self._connection.execute(_TRIGGERS).fetchall() != self._triggers:
            raise RowsError("触发器与迁移所建不同 · a trigger is not as our migrations made it; report this fault")
        for name, value in self._wanted.sequences.items():
            if value is not None:
                place = sql.Identifier("public", name).as_string(None)
                self._connection.execute("SELECT setval(%s::regclass, %s)", [place, value])

    def _each(self, statement: str, tables: Iterable[str]) -> None:
        for table in sorted(tables):
            self._connection.execute(_named(statement, [table]))


def count_rows(connection: Connection, tables: Iterable[str]) -> dict[str, int]:
    """Return how many rows each table has, as far as this role may see them. Source: docs/adr/0210 (rows, no dump)."""
    counted = {}
    for table in tables:
        row = connection.execute(_named("SELECT count(*) FROM {}", [table])).fetchone()
        counted[table] = int(row[0]) if row else 0
    return counted


def _compare(wanted: HeldRows, here: HeldRows) -> None:
    if strange := sorted(wanted.tables.keys() - here.tables.keys()):
        raise RowsError(f"备份含本版本没有的表 · tables that this version has not: {', '.join(strange)}")
    if lacking := sorted(here.tables.keys() - wanted.tables.keys() - VOLATILE):
        raise RowsError(f"备份缺少表 · the backup lacks tables: {', '.join(lacking)}")
    for table, columns in wanted.tables.items():
        if sorted(columns) != sorted(here.tables[table]):
            differing = sorted(set(columns) ^ set(here.tables[table])) or ["…"]
            raise RowsError(f"表 {table} 的列不符 · columns of table {table} differ: {', '.join(differing)}")
    if strange := sorted(wanted.sequences.keys() - here.sequences.keys()):
        raise RowsError(f"备份含本版本没有的序列 · sequences that this version has not: {', '.join(strange)}")


def _broken(table: str, error: psycopg.Error) -> str:
    # Only which rule and table: the message's details may hold what a resident wrote.
    rule = error.diag.constraint_name or error.diag.message_primary
    return f"表 {table} 的数据不合规则 · rows of table {table} break a rule: {rule}"


def _copy(statement: str, table: str, columns: Sequence[str]) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL(statement).format(sql.Identifier("public", table), listed)


def _named(statement: str, tables: Sequence[str]) -> sql.Composed:
    listed = sql.SQL(", ").join(sql.Identifier("public", table) for table in tables)
    return sql.SQL(statement).format(listed)
