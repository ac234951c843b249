"""Background loops outlive errors, and stop between batches."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from bihuan.extend import LOOPS, Loop
from bihuan.server import beating, limits
from bihuan.server.background import Loops
from bihuan.server.endless import endless_work

calls: list[str] = []
plan: list[int | Exception] = []


def step() -> int:
    """A loop's function that follows `plan`, then has nothing to do."""
    calls.append(threading.current_thread().name)
    outcome = plan.pop(0) if plan else 0
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@pytest.fixture(autouse=True)
def _fresh() -> None:
    calls.clear()
    plan.clear()


def loop(interval: float, run: Callable[[], int] = step) -> Loop:
    return Loop("probe", run, interval, "试", "probe")


@pytest.mark.django_db(transaction=True)
def test_full_batches_follow_at_once_and_an_error_does_not_end_the_loop(wait_until: Callable[..., None]) -> None:
    plan.extend([5, 5, RuntimeError("database away"), 5])
    with Loops([loop(0.05)]):
        wait_until(lambda: len(calls) >= 5)
    assert set(calls) == {"loop-probe"}


@pytest.mark.django_db(transaction=True)
def test_closing_waits_for_the_batch_under_way(wait_until: Callable[..., None]) -> None:
    begun, finish, done = threading.Event(), threading.Event(), threading.Event()

    def slow() -> int:
        begun.set()
        finish.wait(10)
        done.set()
        return 1

    loops = Loops([loop(60, slow)])
    with loops:
        assert begun.wait(5)
        threading.Timer(0.1, finish.set).start()
    assert done.is_set()
    assert not any(thread.is_alive() for thread in loops.threads)


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_never_ends_does_not_keep_the_worker(capfd: pytest.CaptureFixture[str]) -> None:
    begun, finish = threading.Event(), threading.Event()

    def hanging() -> int:
        begun.set()
        finish.wait(60)
        return 0

    with Loops([loop(60, hanging)], grace=0.2) as loops:
        assert begun.wait(5)
    assert [t.name for t in loops.threads if t.is_alive()] == ["loop-probe"]
    assert "in hanging" in capfd.readouterr().err, "where it hangs is told"
    finish.set()
    loops.threads[0].join(10)


@pytest.mark.django_db(transaction=True)
def test_old_counts_of_limits_are_forgotten_by_the_worker(wait_until: Callable[..., None]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM server_limit")
    limits.seconds_to_wait(limits.WRITES, "192.0.2.1")
    limits.seconds_to_wait(limits.WRITES, "192.0.2.2")

    def kept() -> int:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM server_limit")
            return int(cursor.fetchone()[0])

    with connection.cursor() as cursor:
        cursor.execute("UPDATE server_limit SET since = since - interval '2 hours' WHERE ctid = "
                       "(SELECT ctid FROM server_limit LIMIT 1)")  # fmt: skip
    with Loops([each for each in LOOPS.all() if each.name == "retention"]):
        wait_until(lambda: kept() == 1)


def test_every_loop_has_a_name_for_people() -> None:
    assert [each.name for each in endless_work() if beating.name_of(each.name) != (each.zh, each.en)] == []
    assert all(each.zh and each.en and each.zh != each.en for each in endless_work())
    assert beating.name_of("of another version") == ("of another version", "of another version")


@pytest.mark.django_db
def test_no_table_is_left_of_a_queue_that_nothing_used() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT proname FROM pg_proc WHERE proname LIKE 'procrastinate%'")
        left = cursor.fetchall()
        cursor.execute("SELECT typname FROM pg_type WHERE typname LIKE 'procrastinate%'")
        assert left + cursor.fetchall() == []
