"""The narrow rows of units' queues say what the wide rows say, whoever writes those."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from bihuan.loop.models import CaseRow, UnitQueueRow
from bihuan.loop.store.queues import unit_lists
from tests.faces import cases
from tests.faces.conftest import loaded  # noqa: F401 - a fixture

pytestmark = pytest.mark.slow


def _expected() -> set[tuple[Any, ...]]:
    found = set()
    for row in CaseRow.objects.all():
        held = row.holder_kind == "unit"
        for unit in row.involved:
            found.add((
                row.id, unit, row.district_id, row.holder_id if held else None, row.holder_person if held else None,
                row.deadline, row.opened_at, row.ended_at, row.restricted,
            ))  # fmt: skip
    return found


def _kept() -> set[tuple[Any, ...]]:
    names = ("case_id", "unit", "district_id", "held_by", "person", "deadline", "opened_at", "ended_at", "restricted")
    return set(UnitQueueRow.objects.values_list(*names))


def test_each_step_is_followed(loaded: None, db: None, app_role: None) -> None:  # noqa: F811
    case, _code = cases.opened()
    assert _kept() == _expected() == set()
    for username, command, data in (
        ("operator", "dispatch", {"unit": "street-110108011"}), ("handler", "accept", {}), ("handler", "contact", {}),
        ("handler", "add_evidence", {"sha256": "a" * 64, "type": "photo"}), ("handler", "submit", {}),
    ):  # fmt: skip
        cases.then(case, username, command, **data)
        assert _kept() == _expected() != set()


def test_many_rows_by_one_statement_and_a_unit_that_is_out_of_it(loaded: None, db: None, app_role: None) -> None:  # noqa: F811
    for _ in range(3):
        cases.handled()
    assert len(_kept()) == 3
    CaseRow.objects.update(
        involved=["a", "b"], ended_at=datetime(2026, 3, 2, tzinfo=UTC), holder_kind=None, holder_id=None
    )
    assert len(_kept()) == 6
    CaseRow.objects.update(involved=["b"], restricted="minor")
    assert {row[1] for row in _kept()} == {"b"}
    assert _kept() == _expected()


def test_what_stood_before_is_filled_in(loaded: None, db: None) -> None:  # noqa: F811
    from importlib import import_module

    cases.handled()
    before = _kept()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM loop_unit_queue")
        for _ in range(2):  # interrupted and run again
            cursor.execute(import_module("bihuan.loop.migrations.0017_queue_indexes").FILL)
    assert _kept() == before != set()


def test_a_person_of_two_units_meets_a_case_once(loaded: None, db: None) -> None:  # noqa: F811
    case, _code = cases.handled()
    actor = cases.person("handler")
    (unit,) = CaseRow.objects.get(number=case.number).involved
    CaseRow.objects.filter(number=case.number).update(involved=["a", unit])
    both = type(actor)(actor.id, actor.roles, actor.unit, actor.units | {"a"}, None, actor.limits)
    away = unit_lists(both, datetime.now(UTC), whole=False)["away"]
    assert sum(stream.count() for stream in away) == 1
