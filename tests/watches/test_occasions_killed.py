"""Letters after entries, forms and alarms when their writers are killed: none is lost, none is doubled.

A file of its own that begins early: its children render letters, which a process that was forked from one that had
rendered some cannot do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from bihuan.ledger import store as ledger
from tests.crashing import run_and_kill
from tests.watches.test_forms import send
from tests.watches.test_occasions import follow, letters, occasions_town, pay, store
from tests.watches.toys import AT

pytestmark = [pytest.mark.slow]


@pytest.fixture
def town(transactional_db: None) -> Iterator[Path]:
    """The toy programme with a book, a form, a series and a letter after each, committed."""
    yield from occasions_town()


@pytest.mark.django_db(transaction=True)
def test_killed_in_the_middle_no_letter_is_lost_or_doubled(town: Path) -> None:
    if "typst" in sys.modules:
        pytest.skip("letters were rendered in this process already: the threads of that do not survive a fork")
    for number in range(5):
        pay(number)
    for n in range(1):
        send("p1", AT - timedelta(hours=n))
    store(("p1", 0, 5), ("p1", 1, 12))
    while ledger.sequence_leaves():
        pass

    def work() -> str:
        follow()
        return "done"

    run_and_kill([work, work], longest=0.3)
    follow()
    found = [name for name, _ in letters()]
    assert found == ["toy-alarm"] + ["toy-entry"] * 5 + ["toy-form"] * 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT letter, count(*), max(count) FROM documents_letter GROUP BY 1 ORDER BY 1")
        assert cursor.fetchall() == [("toy-alarm", 1, 1), ("toy-entry", 5, 5), ("toy-form", 1, 1)]
