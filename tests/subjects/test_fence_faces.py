"""The fence of purpose over roles × endpoints × tables: pages, files and API in HTTP, the lake, and SQL typed by hand.

A marked value of a fenced type may be met by one role for one programme with a purpose, and by nobody else anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from bihuan.extend import LAKE_TABLES, LakeCut
from bihuan.registers.isolation import in_district
from bihuan.registers.live import forget_snapshots
from bihuan.registers.models import District, User
from bihuan.registers.roles import all_roles
from bihuan.server.home import current_home
from bihuan.subjects import catalogue
from tests.api.callers import Caller, caller
from tests.subjects.makers import DAY, HERE, TOY, row, write

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MARK, NEIGHBOUR = "maroon", "b-secret"
PURPOSE = "purpose: {roles: [analyst], programmes: [hotline]}\n"
PAGES = (
    "/subjects/", "/subjects/toy/", "/subjects/toy/a/", "/subjects/toy.csv", "/subjects/toy.json",
    "/subjects/toy.geojson", "/subjects/toy:beside/", "/subjects/toy:beside.csv", "/declared/", "/declared.csv",
)  # fmt: skip
ENDPOINTS = (
    "/subjects", "/subjects/toy", "/subjects/toy/a", "/subjects/toy/a/history", "/subjects/toy:beside", "/declared",
)  # fmt: skip
WIRES = ("/ogc/collections", "/ogc/collections/toy", "/ogc/collections/toy/items", "/ogc/collections/toy/items/a")
SAYS_NOTHING = {"/subjects/", "/declared/", "/declared.csv", "/subjects", "/declared", *WIRES[:2]}
"""What answers everybody, without any value."""
TABLES = ("subject_version", "subject_found", "subject_sealed")


@pytest.fixture
def fenced(db: None) -> Iterator[None]:
    """A type of the city behind a fence, with a place, a neighbour and a sealed field."""
    District.objects.get_or_create(
        pk=HERE, defaults={"name_zh": "海淀区", "name_en": "Haidian", "zone": "Asia/Shanghai", "calendar": "CN"}
    )
    forget_snapshots()
    placed = TOY.replace("key: number", "key: number\ngeometry: spot").replace(
        "  colour:", "  spot: {type: place, name: {zh: 位置, en: Spot}}\n  colour:"
    )
    file = current_home().path / "programmes" / "toys" / "subjects" / "toy.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(placed + PURPOSE, encoding="utf-8")
    catalogue.forget()
    kind = catalogue.subject_type("toy")
    write(kind, [row("a", colour=MARK, spot=[116300000, 39950000]), row(NEIGHBOUR, colour=MARK)])
    write(kind.link_type("beside"), [row(f"a|{NEIGHBOUR}")._replace(values={"from": "a", "to": NEIGHBOUR})])
    with connection.cursor() as cursor:  # the looks of the load are of another transaction
        cursor.execute("ALTER TABLE subject_look DISABLE TRIGGER append_only; ALTER TABLE subject_look DISABLE TRIGGER "
                       "stamp; UPDATE subject_look SET xact = '1'; ALTER TABLE subject_look ENABLE TRIGGER stamp; "
                       "ALTER TABLE subject_look ENABLE TRIGGER append_only")  # fmt: skip
    yield
    file.unlink()
    file.parent.rmdir()
    file.parent.parent.rmdir()
    catalogue.forget()


def signed_in(who: Caller) -> Client:
    client = Client(raise_request_exception=False)
    assert isinstance(who.user, User)
    client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def asked(programme: str, purpose: str) -> dict[str, str]:
    return {"at": DAY.isoformat(), "programme": programme, "purpose": purpose}


def told(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode())


@pytest.mark.parametrize("role", sorted(all_roles()))
def test_no_endpoint_tells_another_role_or_another_purpose(role: str, fenced: None, app_role: None) -> None:
    who = caller(role)
    client = signed_in(who)
    for programme, purpose in (
        ("hotline", "yearly report"),
        ("whistle", "yearly report"),
        ("", "why not"),
        ("hotline", ""),
    ):
        mine = (role, programme, bool(purpose)) == ("analyst", "hotline", True)
        for path in PAGES:
            answer = client.get(path, asked(programme, purpose))
            check(path, answer, mine, (role, programme, purpose, path))
        for path in ENDPOINTS:
            answer = who.get(path, **asked(programme, purpose))
            check(path, answer, mine, (role, programme, purpose, path))
        for path in WIRES:
            answer = who.client.get(path, asked(programme, purpose), headers=who.headers)
            check(path, answer, mine, (role, programme, purpose, path))


def check(path: str, answer: Any, mine: bool, where: object) -> None:
    text = told(answer)
    if path in SAYS_NOTHING:
        assert MARK not in text, where
    elif mine:
        assert answer.status_code == 200, (where, text[:200])
        assert MARK in text or NEIGHBOUR in text, where
    else:
        assert answer.status_code in (302, 401, 403, 404), (where, answer.status_code)
        assert MARK not in text, where
        assert NEIGHBOUR not in text, where


@pytest.mark.parametrize("table", TABLES)
def test_no_query_by_hand_sees_a_row(table: str, fenced: None, app_role: None) -> None:
    with in_district(HERE), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone() == (0,)


def test_the_lake_takes_nothing_from_behind_a_fence(fenced: None, tmp_path: Path) -> None:
    """Even the tables' owner, who passes the fence, copies none of it."""
    table = next(each for each in LAKE_TABLES.all() if each.name == "subjects")
    cut = LakeCut(HERE, "Asia/Shanghai", 0, 2**40)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_char(min(recorded_at) AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') FROM subject_version")
        (month,) = cursor.fetchone()
        cursor.execute(table.rows(LakeCut(**{**vars(cut), "months": (month,)})))
        assert cursor.fetchall() == []
