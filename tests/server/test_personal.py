"""The register of personal words is complete: no column, event key or folder is outside it."""

from __future__ import annotations

import random
from uuid import uuid4

import pytest
from django.db import connection, transaction

from bihuan.extend import PERSONAL
from bihuan.loop.erasing import files_of
from bihuan.loop.kernel.model import Event
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.kernel.table import table
from bihuan.loop.media import keep
from bihuan.loop.models import EventRow
from bihuan.loop.personal import EVENT_KEYS
from bihuan.loop.store import append
from bihuan.server import emptying
from tests.loop.district import START, facts, handler
from tests.loop.test_cleaning import letter
from tests.loop.test_invariants import DECLARED, walk
from tests.loop.test_store import opening, then
from tests.loop.walker import Move

TEXTUAL = ("text", "character varying", "jsonb", "json", "bytea", "ARRAY", "tsvector")


@pytest.mark.django_db
def test_every_column_that_can_hold_words_is_declared() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name || '.' || column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND data_type = ANY(%s)",
            [list(TEXTUAL)],
        )
        found = {name for (name,) in cursor.fetchall()}
    declared = {p.where for p in PERSONAL.all() if "." in p.where and not p.where.endswith(".env")}
    assert found - declared - emptying.plain_columns() == set(), "add it to the personal.py of its room"
    gone = {p.where for p in PERSONAL.all() if p.column in ("taken_at", "lon_e6", "lat_e6")}  # no texts, yet personal
    assert declared - found - gone == set(), "declared and gone"
    assert emptying.plain_columns() - found == set(), "declared and gone"
    assert declared & emptying.plain_columns() == set(), "both personal and plain"


FORMER = {"conditions", "remedy", "script", "summary", "text"}
"""Words that an earlier version wrote into public data: their events still decode, none is written any more."""


def _declared_keys() -> set[str]:
    """Keys that some event's payload declares."""
    return {name for kind in table().kinds.values() for name in kind.payload.__struct_encode_fields__}


def test_every_key_of_public_event_data_is_declared() -> None:
    assert _declared_keys() - EVENT_KEYS - FORMER == set(), "add it to EVENT_KEYS, or put it into the private words"
    assert len(_declared_keys()) > 60
    played = {
        key
        for programme, kind in DECLARED
        for seed in range(3)
        for event in _walked(programme, kind, seed)
        for key in event.data
    }
    assert len(played) > 30
    assert not played & FORMER
    assert played - EVENT_KEYS == set(), "add it to EVENT_KEYS, or put it into the private words"


def _walked(programme: Programme, kind: str, seed: int) -> list[Event]:
    luck = random.Random(seed)
    moves = [
        Move(*(luck.randrange(200) for _ in range(4)), luck.randrange(10_000), luck.random() < 0.5) for _ in range(60)
    ]
    return [event for _key, events in walk(programme, kind, moves).events.items() for event in events]


@pytest.mark.django_db
def test_erasing_a_case_empties_every_place_of_it_and_nothing_of_another() -> None:
    one, other = (r.case for r in append([opening("one"), opening("two")], facts=facts()))
    assert one is not None
    assert other is not None
    for case in (one, other):
        keep(letter(), "user:x", START, "110108", case.id)
    append([then(one.id, "note", handler(one.lead), 1)], facts=facts())
    before = emptying.count_held(other.id)
    assert files_of(one.id) == []  # the other case has the same bytes
    with transaction.atomic():
        held = emptying.empty_places(one.id)
    assert held["loop_event_private.body"] >= 1
    assert held["loop_case.title"] == 1
    assert set(emptying.count_held(one.id).values()) == {0}
    assert emptying.count_held(other.id) == before
    assert EventRow.objects.filter(case_id=one.id).exists(), "events stay"


def test_erasing_outside_a_transaction_is_refused(transactional_db: None) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        emptying.empty_places(uuid4())
