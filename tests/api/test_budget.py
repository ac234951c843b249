"""Query budgets, counted by the database itself: a create costs at most 12 statements, a list of 50 at most 8."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import connection

from tests.api.callers import caller, report
from tests.shipped import load_shipped

pytestmark = pytest.mark.django_db(transaction=True)
REPEATS = 20


@pytest.fixture
def statements(private_postgres: Any, transactional_db: None) -> Callable[[Callable[[int], None]], float]:
    """`statements(work)`: how many statements one call of `work` costs on average, everything included."""
    load_shipped()
    name = connection.settings_dict["NAME"]

    def count(work: Callable[[int], None]) -> float:
        work(-1)  # caches of registers, token and plans are warm, as in a running server
        with psycopg.connect(**private_postgres.conninfo("postgres", name), autocommit=True) as watcher:
            known = watcher.execute("SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'").fetchone()
            assert known == (1,), "this PostgreSQL has no pg_stat_statements; the budget cannot be counted"
            watcher.execute("SELECT pg_stat_statements_reset()")
            for n in range(REPEATS):
                work(n)
            row = watcher.execute(
                "SELECT sum(calls) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
                "WHERE d.datname = %s AND query NOT LIKE '%%pg_stat_statements%%'",
                [name],
            ).fetchone()
        assert row is not None
        return float(row[0]) / REPEATS

    return count


def test_a_create_costs_at_most_twelve_statements(statements: Callable[[Callable[[int], None]], float]) -> None:
    me = caller("integrator")

    def create(n: int) -> None:
        assert me.post("/reports", report(), key=f"budget-{n}").status_code == 201

    cost = statements(create)
    print(f"statements per create: {cost}")
    assert 4 <= cost <= 12


def test_a_list_of_fifty_costs_at_most_eight_statements(statements: Callable[[Callable[[int], None]], float]) -> None:
    me = caller("operator")
    for n in range(50):
        me.post("/reports", report(), key=f"row-{n}")

    def listing(n: int) -> None:
        assert len(me.get("/cases", limit=50).json()["items"]) == 50

    cost = statements(listing)
    print(f"statements per list of 50: {cost}")
    assert 1 <= cost <= 8
