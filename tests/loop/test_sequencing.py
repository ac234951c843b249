"""One leaf that cannot enter the log stops no other: it is held, its case waits behind it in order, and it is shown."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test import Client

from bihuan.ledger import holding, store
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.verification import verify_log
from bihuan.loop import stuck
from bihuan.loop.background import sequence
from bihuan.loop.models import CaseRow, EventRow, StuckRow
from bihuan.loop.store import append
from bihuan.loop.store.current import current_facts
from tests.loop.district import OPERATOR, START, facts
from tests.loop.test_store import opening, then
from tests.shipped import load_shipped

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def district(db: None) -> None:
    load_shipped()
    current_facts()


def cases(count: int) -> list[UUID]:
    """Dispatched cases: two events each, promised and not yet in the log."""
    ids = [r.case.id for r in append([opening() for _ in range(count)], facts=facts()) if r.case]
    append([then(i, "dispatch", OPERATOR, 0.5) for i in ids], facts=facts())
    return ids


def sql(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def shorten(event: UUID) -> bytes:
    """A queued hash that lost a byte; returns the right one."""
    ((hash_,),) = sql("SELECT event_hash FROM ledger_queue WHERE event_id = %s", event)
    sql("UPDATE ledger_queue SET event_hash = substring(event_hash FROM 1 FOR 31) WHERE event_id = %s", event)
    return bytes(hash_)


def events_of(case: UUID) -> list[UUID]:
    return list(EventRow.objects.filter(case_id=case).order_by("version").values_list("id", flat=True))


def logged() -> list[UUID]:
    rows = sql("SELECT index, event_id FROM ledger_entry ORDER BY index")
    assert [index for index, _ in rows] == list(range(len(rows))), "the indexes have no gap"
    assert store.size() == len(rows)
    return [event for _, event in rows]


def test_one_leaf_that_cannot_enter_stops_no_other_and_its_case_keeps_its_order() -> None:
    ids = [r.case.id for r in append([opening() for _ in range(5)], facts=facts()) if r.case]
    sequence()
    start = len(logged())
    for kind, data in (("classify", {"urgency": "urgent"}), ("restrict", {"kind": "minor"})):
        done = append([then(i, kind, OPERATOR, 0.2, **data) for i in ids], facts=facts())
        assert not any(r.refusal for r in done), [r.refusal for r in done]
    bad = events_of(ids[2])[1]
    right = shorten(bad)
    assert sequence() == 8
    assert sequence() == 0
    inside = logged()
    assert len(inside) == start + 8
    assert not {bad, events_of(ids[2])[2]} & set(inside), "what follows the held leaf in its case waits behind it"
    (row,) = StuckRow.objects.all()
    assert (row.loop, row.subject, row.tries) == ("sequencer", str(bad), 1)
    assert row.number == CaseRow.objects.get(pk=ids[2]).number
    assert row.reason.startswith("hash_length")
    health = Client().get("/health/ready")
    assert (health.status_code, health.json()["stuck"]) == (503, ["sequencer: 1 set aside, see /desk/stuck/"])

    append([then(i, "classify", OPERATOR, 0.4, urgency="general") for i in (ids[2], ids[0])], facts=facts())
    assert sequence() == 1, "an act of later waits too; other cases do not"
    sql("UPDATE ledger_queue SET event_hash = %s WHERE event_id = %s", right, bad)
    assert sequence() == 0, "it rests until it is tried again"
    StuckRow.objects.update(retry_at=START)
    assert sequence() == 3
    assert [e for e in logged() if e in events_of(ids[2])] == events_of(ids[2])
    assert not StuckRow.objects.exists()
    assert stuck.red() == []
    assert verify_log().ok


def test_a_leaf_that_the_log_has_already_is_held_and_tried_with_growing_pauses() -> None:
    ids = cases(2)
    sequence()
    twice = events_of(ids[0])[0]
    sql("INSERT INTO ledger_queue (event_id, event_hash) VALUES (%s, %s)", twice, bytes(32))
    more = cases(1)
    assert sequence() == 2
    assert set(events_of(more[0])) <= set(logged())
    (row,) = StuckRow.objects.all()
    assert row.reason.startswith("logged_already")
    StuckRow.objects.update(retry_at=START)
    assert sequence() == 0
    assert StuckRow.objects.get().tries == 2
    assert sum(event == twice for event in logged()) == 1


def test_what_is_appended_directly_does_not_overtake_a_held_leaf_of_its_case() -> None:
    (case, other) = cases(2)
    first = events_of(case)[0]
    shorten(first)
    with transaction.atomic():
        later, apart = UUID(int=7), UUID(int=8)
        sql(
            "INSERT INTO loop_event SELECT "
            "(jsonb_populate_record(e, jsonb_build_object('id', %s::text, 'version', 3))).* "
            "FROM loop_event e WHERE id = %s",
            str(later), events_of(case)[1],
        )  # fmt: skip
        done = store.append_batch([(later, bytes(32)), (apart, bytes(32))])
    assert done.count == 1
    assert logged() == [*events_of(other), apart]
    assert holding.leaves_kept_back() == {*events_of(case)}


def test_a_fault_that_is_no_leafs_own_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    cases(1)

    def gone() -> Any:
        raise LedgerError("the key is not in force")

    monkeypatch.setattr(store.keyring, "signing_key", gone)
    with pytest.raises(LedgerError, match="not in force"):
        sequence()
    assert not StuckRow.objects.exists()
