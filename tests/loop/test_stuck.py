"""One bad row never stops the clock: it is set aside with its reason, the others go on, and it is shown."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from django.db import connection

import bihuan
from bihuan.loop import stuck
from bihuan.loop.models import StuckRow
from bihuan.loop.store import append, get_case, tick
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
    """Dispatched cases."""
    ids = [r.case.id for r in append([opening() for _ in range(count)], facts=facts()) if r.case]
    append([then(i, "dispatch", OPERATOR, 0.5) for i in ids], facts=facts())
    return ids


def spoil(case: UUID) -> None:
    """A fold that cannot be read, as an earlier version could store it."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loop_case SET fold = jsonb_set(fold, '{area}', '5') WHERE id = %s", [case])


@pytest.mark.parametrize("bulk", [False, True])
def test_one_unreadable_case_does_not_stop_the_others_clocks(bulk: bool) -> None:
    ids = cases(7)
    spoil(ids[3])
    late = START + timedelta(days=9)
    assert tick(late, facts=facts(), bulk=bulk) > 0
    for case in (i for i in ids if i != ids[3]):
        found = get_case(case)
        assert found is not None
        assert found.clocks["feedback"].missed
    (row,) = StuckRow.objects.all()
    assert (row.loop, row.subject) == ("ticks", str(ids[3]))
    assert "UnreadableCase" in row.reason
    assert stuck.red() == ["ticks: 1 set aside, see /desk/stuck/"]
    assert tick(late, facts=facts()) == 0, "it rests until it is tried again"
    StuckRow.objects.update(retry_at=START)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loop_case SET fold = jsonb_set(fold, '{area}', 'null') WHERE id = %s", [ids[3]])
    assert tick(late, facts=facts()) > 0
    assert not StuckRow.objects.exists(), "what was mended is no longer shown"


def test_a_clock_that_is_refused_is_set_aside_and_does_not_turn_in_circles() -> None:
    ids = cases(2)
    with connection.cursor() as cursor:  # the row says that something is due, the fold knows of nothing
        cursor.execute("UPDATE loop_case SET tick_at = %s WHERE id = %s", [START + timedelta(minutes=40), ids[0]])
    assert tick(START + timedelta(minutes=50), facts=facts()) == 0
    (row,) = StuckRow.objects.all()
    assert row.subject == str(ids[0])
    assert row.reason.startswith("nothing_due")


def test_an_unreadable_case_leaves_every_list_alive_and_is_shown() -> None:
    from django.test import Client

    from bihuan.faces.api import access
    from tests.api.callers import caller

    access.forget_tokens()
    ids = [r.case.id for r in append([opening() for _ in range(3)], facts=facts()) if r.case]
    spoil(ids[1])
    operator = caller("operator")
    desk = Client(raise_request_exception=False)
    desk.force_login(operator.user, "django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]  # callers with a role have an account
    page = desk.get("/desk/")
    assert page.status_code == 200
    assert "无法读取" in page.content.decode() or "cannot be read" in page.content.decode()
    bad = StuckRow.objects.get()
    keeper = Client(raise_request_exception=False)
    keeper.force_login(caller("district_admin").user, "django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]  # as above
    for person, told in ((desk, False), (keeper, True)):
        for code, since in (("zh-hans", "起始时间"), ("en", "Since")):
            person.cookies["django_language"] = code
            shown = person.get("/desk/stuck/").content.decode()
            assert bad.number in shown
            assert since in shown
            assert ("UnreadableCase" in shown) is told, "technical reasons are for whoever runs the system"
            assert "loop_" not in shown
            assert ("读不出来" if code == "zh-hans" else "cannot be read") in shown
            assert ("此案的记录无法读取" if code == "zh-hans" else "The record of this case cannot be read") in shown
    assert desk.get(f"/desk/{bad.number}/").status_code == 409
    assert operator.get(f"/cases/{bad.number}").status_code == 409
    assert operator.get("/cases").status_code == 200
    health = desk.get("/health/ready")
    assert (health.status_code, health.json()["stuck"]) == (503, ["lists: 1 set aside, see /desk/stuck/"])


def test_every_loop_that_sets_aside_says_in_both_languages_what_stands_still_and_what_to_do() -> None:
    from bihuan.extend import ASIDE

    source = Path(bihuan.__file__).parent
    code = "\n".join(file.read_text(encoding="utf-8") for file in source.rglob("*.py"))
    named = set(re.findall(r'^LOOP = "(\w+)', code, re.M)) | set(re.findall(r'set_aside\("(\w+)"', code))
    named |= set(re.findall(r'loop = f"(\w+)\.', code))
    assert named >= {"ticks", "lists", "suggestions"}
    assert named - {each.name for each in ASIDE.all()} == set(), "say in `aside()` of its room what stands still"
    for each in ASIDE.all():
        assert all((each.zh, each.en, each.zh != each.en, each.todo_zh, each.todo_en, each.todo_zh != each.todo_en))
