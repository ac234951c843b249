"""One bad row never stops the clock: it is set aside with its reason, the others go on, and it is shown."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection

from bihuan.loop import stuck
from bihuan.loop.models import StuckRow
from bihuan.loop.store import append, get_case, tick
from bihuan.loop.store.current import current_facts
from bihuan.registers import live
from bihuan.registers.loading.districts import load_district
from tests.loop.district import OPERATOR, START, facts
from tests.loop.test_store import opening, then

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def district(db: None) -> None:
    live.forget()
    load_district("haidian", users=False)
    live.forget()
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

    access.forget()
    ids = [r.case.id for r in append([opening() for _ in range(3)], facts=facts()) if r.case]
    spoil(ids[1])
    operator = caller("operator")
    desk = Client(raise_request_exception=False)
    desk.force_login(operator.user, "django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]  # callers with a role have an account
    page = desk.get("/desk/")
    assert page.status_code == 200
    assert "无法读取" in page.content.decode() or "cannot be read" in page.content.decode()
    shown = desk.get("/desk/stuck/").content.decode()
    bad = StuckRow.objects.get()
    assert bad.number in shown
    assert "ValidationError" in shown or "UnreadableCase" in shown
    assert "读不出来" in shown or "cannot be read" in shown
    assert desk.get(f"/desk/{bad.number}/").status_code == 409
    assert operator.get(f"/cases/{bad.number}").status_code == 409
    assert operator.get("/cases").status_code == 200
    health = desk.get("/health/ready")
    assert (health.status_code, health.json()["stuck"]) == (503, ["lists: 1 set aside, see /desk/stuck/"])


def test_every_loop_that_sets_aside_is_named_in_both_languages() -> None:
    from pathlib import Path

    import bihuan
    from bihuan.faces.views.stuck import WORK

    code = [p.read_text() for p in Path(bihuan.__file__).parent.rglob("*.py")]
    named = {m for text in code if "stuck." in text for m in re.findall(r'^LOOP = "([\w.]+)"', text, re.MULTILINE)}
    assert len(named) >= 9
    assert named <= WORK.keys()
