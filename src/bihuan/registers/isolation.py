"""The district of a transaction, and the row-level security that reads it.

The application names its district with the transaction-local setting `bihuan.district`; a table with `district_policy`
then shows and takes only rows of that district, and none when no district is named. The tables' owner passes the fence,
which is why the application never connects as owner.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from bihuan.server.roles import WithoutModels, for_application_role

SETTING = "bihuan.district"


def here(column: str = "district_id") -> str:
    """Return the SQL condition that a row belongs to the transaction's district; false when none is named.

    Source: DESIGN §7 (row-level security: district isolation)
    """
    return f"{column} = nullif(current_setting('{SETTING}', true), '')"


def district_policy(table: str, column: str = "district_id") -> WithoutModels:
    """Return a migration operation that fences a table by district; `column` holds the district's code.

    Source: docs/adr/0030 (8); PostgreSQL, "Row Security Policies".
    """
    condition = here(column)
    return for_application_role(
        [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY district ON {table} USING ({condition}) WITH CHECK ({condition})",
        ],
        [f"DROP POLICY district ON {table}", f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"],
    )


def naming(code: str) -> tuple[str, str, str]:
    """Return the statement that names a transaction's district, with its values.

    Source: docs/adr/0030 (8).
    """
    return "SELECT set_config(%s, %s, true)", SETTING, code


@contextmanager
def in_district(code: str) -> Iterator[None]:
    """Run a block in one transaction that works for a district; one statement to name it.

    The setting ends with the transaction. Inside another transaction it holds until that one ends.

    Source: docs/adr/0030 (8).
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            statement, *values = naming(code)
            cursor.execute(statement, values)
        yield
