"""Once, whoever looks and in whatever order things become known: two processes, kill -9, any order of arrival."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.crashing import run_and_kill
from tests.examples import examples
from tests.watches.toys import AT, HERE, forget, look, permit, watch_text, write_toys

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
FOUND = 60


@pytest.fixture
def town(transactional_db: None) -> Iterator[None]:
    """Committed: the toy programme, the district, permits that expire."""
    from bihuan.registers import live
    from bihuan.server.home import current_home
    from tests.shipped import load_shipped

    load_shipped()
    folder = write_toys(current_home().path)
    yield
    shutil.rmtree(folder, ignore_errors=True)
    forget()
    live.forget_snapshots()


def counted() -> tuple[int, int, int, int]:
    """Incidents, those with a case, cases, opening events."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM watch_incident), (SELECT count(DISTINCT case_id) FROM watch_incident), "
            "(SELECT count(*) FROM loop_case), (SELECT count(*) FROM watch_event WHERE kind = 'opened')"
        )
        found = cursor.fetchone()
    assert found is not None
    return found


def test_two_processes_open_once(town: None) -> None:
    for n in range(FOUND):
        permit(f"p{n:03}", valid_to="2026-12-20")
    connections.close_all()
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            try:
                run = look(AT, "toy-expires")
                os._exit(0 if all(each.fault is None for each in run.looks) else 3)
            finally:
                os._exit(4)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    assert counted() == (FOUND, FOUND, FOUND, FOUND)


def test_a_run_that_is_killed_leaves_nothing_half(town: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from bihuan.watches import opening

    monkeypatch.setattr(opening, "BATCH", 5)
    for n in range(FOUND):
        permit(f"p{n:03}", valid_to="2026-12-20")

    def work() -> str:
        return str(sum(each.counts["opened"] for each in look(AT, "toy-expires").looks))

    run_and_kill([work, work], longest=0.05)
    incidents, with_case, cases, events = counted()
    assert incidents == with_case == cases == events, "each incident has its case, each case its incident"
    look(AT, "toy-expires")
    assert counted() == (FOUND, FOUND, FOUND, FOUND)


FACTS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.integers(0, 5),  # from which day on
        st.sampled_from(["80", "95", "120", "91", "89"]),
        st.sampled_from(["2026-12-20", "2028-01-01"]),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(
    max_examples=examples(15), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(facts=FACTS, order=st.randoms(use_true_random=False), looks=st.lists(st.booleans(), min_size=8, max_size=8))
def test_any_order_of_arrival_ends_with_the_same_incidents(town: None, facts: Any, order: Any, looks: Any) -> None:
    """Each (permit, day) is said once, so that what holds in the end does not depend on the order of saying it."""
    said = {(key, day): (load, valid) for key, day, load, valid in facts}
    ends = []
    for shuffled in (False, True):
        rows = list(said.items())
        if shuffled:
            order.shuffle(rows)
        with transaction.atomic():
            for ((key, day), (load, valid)), looked in zip(rows, looks, strict=False):
                since = date(2026, 11, 1) + timedelta(days=day)
                _say(key, since, load, valid)
                if looked and shuffled:
                    look(AT, "toy-expires", "toy-load")
            look(AT + timedelta(hours=1), "toy-expires", "toy-load")
            ends.append(_standing())
            transaction.set_rollback(True)
    assert ends[0] == ends[1]


def _say(key: str, since: date, load: str, valid: str) -> None:
    """For one day alone: what is said of another day does not touch it."""
    from bihuan.subjects.catalogue import subject_type
    from bihuan.subjects.pure.cells import Row
    from bihuan.subjects.writing import Authorship, write_rows

    kind = subject_type("toy-permit")
    until = None if since == date(2026, 11, 6) else since + timedelta(days=1)
    values = {"number": key, "load": load, "valid_to": valid, "plan": "x"}
    write_rows(kind, [Row(1, key, since, until, values, None)], Authorship(HERE, "system:test", "test"), since)


def _standing() -> list[tuple[Any, ...]]:
    """What is open, and how many cases each open incident has: one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.watch, i.subject, i.part, count(c.id) FROM watch_incident i "
            "LEFT JOIN loop_case c ON c.id = i.case_id WHERE i.ended_at IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
        )
        return cursor.fetchall()


def test_many_watches_on_a_type_read_it_once(town: None, monkeypatch: pytest.MonkeyPatch) -> None:
    from bihuan.server.home import current_home
    from bihuan.watches.scene import Scene

    folder = current_home().path / "programmes" / "toywatch" / "watches"
    for n in range(30):
        text = watch_text(f"{{expires: {{field: valid_to, within: {n + 1} days}}}}")
        (folder / f"many-{n:02}.yaml").write_text(text, encoding="utf-8")
    forget()
    permit("p1")
    read, whole = Scene._read, []

    def counted_read(self: Scene, kind: Any, names: Any) -> Any:
        whole.append(kind.id)
        return read(self, kind, names)

    monkeypatch.setattr(Scene, "_read", counted_read)
    look(AT, *[f"many-{n:02}" for n in range(30)])
    assert whole == ["toy-permit"]
