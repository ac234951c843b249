"""The planner's statistics after a bulk load.

PostgreSQL's autovacuum refreshes them within a minute or two. A report asked for in between is planned as if the tables
were empty: the indicators of 2,000 freshly played cases once took more than twelve minutes, and two seconds afterwards.
"""

from __future__ import annotations

from django.db import connection


def refresh() -> None:
    """Refresh the statistics of every table now; call at the end of an import, a simulation or a restore.

    Source: PostgreSQL documentation, ANALYZE.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT refresh_statistics()")
