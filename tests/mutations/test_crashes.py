"""Invariant 10 can turn red: what is not done in one transaction is lost or doubled by a crash between two statements.

The crash is an error at the worst place (after it, the transaction is gone, as after `kill -9`); the tests with real
kills are in `tests/*/test_crash.py` and `test_kill.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import pytest

from bihuan.ledger import store as ledger
from bihuan.loop.models import CaseRow, EventRow
from bihuan.loop.store import appending
from tests.loop.district import facts
from tests.loop.test_store import opening

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


class CrashError(Exception):
    """The power goes."""


class Statements:
    """Stands in for `django.db.transaction` where everything is committed statement by statement."""

    @staticmethod
    def atomic(*args: Any, **options: Any) -> AbstractContextManager[None]:
        return nullcontext()


def crash(*args: Any, **options: Any) -> Any:
    raise CrashError


def a_report_is_not_lost(patch: pytest.MonkeyPatch) -> None:
    """Crashed between claiming the key and writing the case: sent again, the report makes its case, once."""
    with patch.context() as broken:
        broken.setattr("bihuan.loop.store.write.insert", crash)
        with pytest.raises(CrashError):
            appending.append([opening("k")], facts=facts())
    again = appending.append([opening("k")], facts=facts())[0]
    assert again.case is not None, "the report is lost: its key is taken and there is no case"
    assert CaseRow.objects.count() == 1


def an_event_is_logged_once(patch: pytest.MonkeyPatch) -> None:
    """Crashed between taking an event from the queue and putting it into the tree: each event has one leaf."""
    appending.append([opening("k")], facts=facts())
    with patch.context() as broken:
        broken.setattr(ledger, "leaf_hashes", crash)
        with pytest.raises(CrashError):
            ledger.sequence_leaves()
    ledger.sequence_leaves()
    assert ledger.count_waiting_leaves() == 0
    assert ledger.size() == EventRow.objects.count(), "an event has two leaves, or none"


PLAYS = ((a_report_is_not_lost, appending), (an_event_is_logged_once, ledger))


@pytest.mark.parametrize(("play", "module"), PLAYS, ids=lambda each: each.__name__)
def test_without_a_fault_the_play_is_green(
    play: Callable[[pytest.MonkeyPatch], None], module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(monkeypatch)


@pytest.mark.parametrize(("play", "module"), PLAYS, ids=lambda each: each.__name__)
def test_without_one_transaction_the_crash_is_noticed(
    play: Callable[[pytest.MonkeyPatch], None], module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "transaction", Statements)
    with pytest.raises(AssertionError, match=r"lost|leaves"):
        play(monkeypatch)
