"""Fixtures of the ledger's tests: an event table of its own and a log without cached keys."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def events(db: None) -> Iterator[Any]:
    """An empty event table beside an empty log, as the owner; rolled back after the test."""
    yield from _fresh()


@pytest.fixture
def committed_events(transactional_db: None) -> Iterator[Any]:
    """The same, committed for real: for tests with several connections."""
    yield from _fresh()


def _fresh() -> Iterator[Any]:
    from bihuan.ledger import keyring
    from tests.ledger.district import CREATE, District, execute

    execute(CREATE)
    keyring.forget_cached_keys()
    yield District()
    execute("DROP TABLE ledgertest_event, ledgertest_event_private")
    keyring.forget_cached_keys()
