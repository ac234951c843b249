"""kill -9 in the middle of a load: what was acknowledged is there whole, nothing else is there at all."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection

from bihuan.subjects.pure.types import SubjectType
from tests.crashing import run_and_kill
from tests.subjects.makers import declared, row, write

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
ROWS = 400


@pytest.fixture
def toy(tmp_path: Path) -> SubjectType:
    return declared(tmp_path)


def test_a_load_that_is_cut_off_leaves_nothing(toy: SubjectType) -> None:
    def load() -> str:
        prefix = uuid4().hex[:8]
        written = write(toy, [row(f"{prefix}-{n}", colour=prefix) for n in range(ROWS)])
        return f"{prefix} {written.change}"

    told = dict(line.split() for line in run_and_kill([load, load]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT change_id::text, count(*), min(values->>'colour') FROM subject_version GROUP BY 1")
        found = {colour: (change, count) for change, count, colour in cursor.fetchall()}
        assert all(count == ROWS for _change, count in found.values()), "no load stands in part"
        assert all(found[prefix] == (change, ROWS) for prefix, change in told.items()), "what was answered is there"
        assert len(found) <= len(told) + 2
        cursor.execute("SELECT count(*) FROM subject_found")
        assert cursor.fetchone() == (ROWS * len(found),)
        cursor.execute(
            "SELECT count(*), count(q.event_id) FROM subject_change c LEFT JOIN ledger_queue q "
            "ON q.event_id = c.statement_id"
        )
        assert cursor.fetchone() == (len(found), len(found)), "each has its leaf"
