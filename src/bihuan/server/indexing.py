"""Indexes of large tables, built while people work: concurrently, and again from the start after an interruption.

`CREATE INDEX CONCURRENTLY` takes no lock that stops writing, but one that is cut off leaves an invalid index behind,
which costs every write and serves no query. The operations here remove what an earlier try left and pass over what is
whole, so that running `bihuan migrate` again goes on where it was interrupted. Their migration needs `atomic = False`.

Source: PostgreSQL documentation, CREATE INDEX, "Building Indexes Concurrently"; ADR 0233.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import ProjectState

from bihuan.server.roles import WithoutModels

type Step = Callable[[object, BaseDatabaseSchemaEditor], None]

_VALID = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


class AddLargeIndex(AddIndexConcurrently):
    """Add an index that a model declares."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Build it, unless it stands already. Source: docs/adr/0233 (every index is built CONCURRENTLY)."""
        if not _stands(schema_editor, self.index.name):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


def large_index(name: str, table: str, definition: str) -> WithoutModels:
    """Return the operation that adds an index over an expression, which no model declares.

    Args:
        name: Of the index, unique in the schema.
        table: On which it is built.
        definition: What follows `ON table` in `CREATE INDEX`.

    Source: docs/adr/0233 (every index is built CONCURRENTLY)
    """
    return WithoutModels(*_built_and_dropped(name, table, definition))


def _built_and_dropped(name: str, table: str, definition: str) -> tuple[Step, Step]:
    def build(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        if not _stands(schema_editor, name):
            schema_editor.execute(f"CREATE INDEX CONCURRENTLY {name} ON {table} {definition}", params=None)

    def drop(_apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", params=None)

    return build, drop


def drop_large_index(name: str, table: str, definition: str) -> WithoutModels:
    """Return the operation that drops such an index without stopping anybody; backwards it is built again.

    Source: docs/adr/0233 (every index is built CONCURRENTLY)
    """
    build, drop = _built_and_dropped(name, table, definition)
    return WithoutModels(drop, build)


def _stands(schema_editor: BaseDatabaseSchemaEditor, name: str) -> bool:
    """Return whether the index is there and whole; half of one is removed."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_VALID, [name])
        found = cursor.fetchone()
        if found is not None and not found[0]:
            cursor.execute(f"DROP INDEX CONCURRENTLY {name}")
    return bool(found and found[0])
