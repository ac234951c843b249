"""The fence of purpose: roles × programmes × doors, and queries typed by hand with the application's role."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from bihuan.registers.isolation import in_district
from bihuan.registers.roles import all_roles
from bihuan.subjects import asking, fence
from bihuan.subjects.fence import FenceClosed, Looker
from bihuan.subjects.pure.cells import Row
from bihuan.subjects.pure.types import SubjectType
from tests.subjects.makers import DAY, HERE, TOY, declared, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("app_role")]
PURPOSE = "purpose: {roles: [analyst], programmes: [census]}\n"
TABLES = ("subject_version", "subject_found", "subject_sealed")
READER = Looker("user:reader", frozenset({"analyst"}), frozenset({"census"}), "yearly report")
DOORS: dict[str, Callable[[SubjectType, Looker], Any]] = {
    "find": lambda kind, who: asking.find(HERE, kind, asking.Viewpoint(DAY), who),
    "by field": lambda kind, who: asking.find(HERE, kind, asking.Viewpoint(DAY, equal={"colour": "red"}), who),
    "count": lambda kind, who: asking.count(HERE, kind, asking.Viewpoint(DAY), who),
    "get": lambda kind, who: asking.get(HERE, kind, "a", DAY, who),
    "history": lambda kind, who: asking.history(HERE, kind, "a", who),
    "stream": lambda kind, who: list(asking.stream(HERE, kind, asking.Viewpoint(DAY), who)),
}


@pytest.fixture
def kind(tmp_path: Path) -> SubjectType:
    found = declared(tmp_path, TOY + PURPOSE)
    write(found, [Row(1, "a", None, None, {"number": "a", "colour": "red"}, {"owner": "张三"})])
    return found


@pytest.fixture
def fenced(kind: SubjectType) -> SubjectType:
    """The look of the load belongs to the test's own transaction, which pretends to be another one."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ALTER TABLE subject_look DISABLE TRIGGER append_only; ALTER TABLE subject_look DISABLE TRIGGER "
                       "stamp; UPDATE subject_look SET xact = '1'; ALTER TABLE subject_look ENABLE TRIGGER stamp; "
                       "ALTER TABLE subject_look ENABLE TRIGGER append_only")  # fmt: skip
        cursor.execute(f'SET ROLE "{_role()}"')
    return kind


def _role() -> str:
    from django.conf import settings

    return str(settings.BIHUAN_APP_ROLE)


def counted(table: str) -> int:
    with in_district(HERE), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("door", list(DOORS))
def test_only_the_named_role_in_the_named_programme_passes_each_door(door: str, fenced: SubjectType) -> None:
    for role in sorted(all_roles()):
        for programme in ("census", "inspection", ""):
            who = Looker("user:1", frozenset({role}), frozenset({programme} - {""}), "a reason")
            if (role, programme) == ("analyst", "census"):
                continue
            with pytest.raises(FenceClosed):
                DOORS[door](fenced, who)
    assert DOORS[door](fenced, READER)


def test_a_reader_says_why_and_every_look_is_on_record(fenced: SubjectType) -> None:
    with pytest.raises(FenceClosed, match="no purpose"):
        asking.get(HERE, fenced, "a", DAY, READER._replace(purpose=" "))
    asking.get(HERE, fenced, "a", DAY, READER)
    with in_district(HERE), connection.cursor() as cursor:
        cursor.execute("SELECT actor, role, programme, purpose FROM subject_look WHERE role = 'analyst'")
        assert cursor.fetchall() == [("user:reader", "analyst", "census", "yearly report")]


@pytest.mark.parametrize("table", TABLES)
def test_a_query_by_hand_sees_nothing_behind_the_fence(table: str, fenced: SubjectType) -> None:
    assert counted(table) == 0
    with in_district(HERE):
        fence.enter(HERE, fenced, READER)
        assert counted(table) == (0 if table == "subject_sealed" else 1)
    with in_district("999999"), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone() == (0,), "another district"


@pytest.mark.parametrize("role", ["inspector", "admin", ""])
def test_the_database_refuses_the_look_of_another_purpose(role: str, fenced: SubjectType) -> None:
    look = (
        "INSERT INTO subject_look (district_id, fence, role, programme, actor, purpose, at) "
        "VALUES (%s, %s, %s, %s, 'me', 'curious', now())"
    )
    for programme in ("inspection", "census", ""):
        refused = pytest.raises(DatabaseError, match="is closed")
        with refused, transaction.atomic(), in_district(HERE), connection.cursor() as cursor:
            cursor.execute(look, [HERE, fenced.fence, role, programme])


def test_a_fence_cannot_be_widened_by_hand(fenced: SubjectType) -> None:
    for statement in (
        "UPDATE subject_fence SET roles = '[]'",
        "DELETE FROM subject_fence",
        "UPDATE subject_version SET fence = ''",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), in_district(HERE), connection.cursor() as cursor:
            cursor.execute(statement)


def test_what_was_collected_for_one_purpose_stays_behind_it(fenced: SubjectType, tmp_path: Path) -> None:
    wider = declared(tmp_path, TOY + PURPOSE.replace("[census]", "[census, inspection]"))
    write(wider, [Row(1, "b", None, None, {"number": "b", "colour": "blue"}, None)])
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; ALTER TABLE subject_look DISABLE TRIGGER append_only; UPDATE subject_look SET "
                       "xact = '1'; ALTER TABLE subject_look ENABLE TRIGGER append_only; "
                       f'SET ROLE "{_role()}"')  # fmt: skip
    inspector = READER._replace(programmes=frozenset({"inspection"}))
    assert [held.key for held in asking.find(HERE, wider, asking.Viewpoint(DAY), inspector)] == ["b"]
    assert json.dumps(sorted(wider.purpose.programmes if wider.purpose else ())) == '["census", "inspection"]'


def test_sealed_fields_are_opened_with_a_logged_look(fenced: SubjectType) -> None:
    held = asking.get(HERE, fenced, "a", DAY, READER)
    assert held is not None
    assert "owner" not in held.values
    assert asking.open_sealed(HERE, fenced, held, READER) == {"owner": "张三"}
    with in_district(HERE), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM subject_look WHERE sealed_id = %s", [held.sealed])
        assert cursor.fetchone() == (1,)
