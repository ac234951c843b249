"""`bihuan doctor` says when the log falls behind, and only then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import connection

from bihuan.ledger import doctoring, store
from bihuan.registers.pure.ids import new_id

pytestmark = pytest.mark.django_db


def queue(event: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_queue (event_id, event_hash) VALUES (%s, %s)", [event, bytes(32)])


def promised(seconds_ago: float) -> UUID:
    """A UUIDv7 as made some time ago."""
    milliseconds = int((datetime.now(UTC) - timedelta(seconds=seconds_ago)).timestamp() * 1000)
    return UUID(int=(milliseconds << 80) | (new_id().int & ((1 << 80) - 1)))


def test_a_promise_older_than_a_minute_is_a_warning() -> None:
    assert (store.oldest_waiting(), doctoring.ledger().level) == (None, "ok")
    queue(promised(20))
    assert doctoring.ledger().level == "ok"
    queue(promised(300))
    found = doctoring.ledger()
    assert found.level == "warning"
    assert "2 events wait" in found.message
    assert "bihuan worker" in found.remedy
    oldest = store.oldest_waiting()
    assert oldest is not None
    assert 295 < (datetime.now(UTC) - oldest).total_seconds() < 330
