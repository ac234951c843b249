"""A watch that reminds reaches whom it names: once, in both languages, over when it clears, quiet when silenced."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from bihuan.declare.problems import DeclarationError
from bihuan.notices.models import Notice
from bihuan.registers.isolation import in_district
from tests.api.callers import caller
from tests.watches.toys import AT, HERE, forget, look, permit, watch_text, write_toys

UNIT, OTHER = "street-110108011", "street-110108012"
SAY = "say: {zh: 许可将到期请核对, en: A permit is about to expire}"
SOON = "{expires: {field: valid_to, within: 30 days}}"
REMINDS = {
    "toy-unit": watch_text(SOON, acts=f"reminds: {{unit: {{field: holder}}, {SAY}}}"),
    "toy-role": watch_text(SOON, acts=f"reminds: {{role: arbiter, {SAY}}}"),
}
SOON_OVER = {"valid_to": "2026-12-20"}


@pytest.fixture
def town(db: None) -> Iterator[None]:
    """Two watches over permits: one reminds the unit in a field, one a role."""
    yield from _town()


@pytest.fixture
def real_town(transactional_db: None) -> Iterator[None]:
    """The same, committed."""
    yield from _town()


def _town() -> Iterator[None]:
    from bihuan.registers import live
    from bihuan.server.home import current_home
    from tests.shipped import load_shipped

    load_shipped()
    folder = write_toys(current_home().path, REMINDS)
    yield
    shutil.rmtree(folder, ignore_errors=True)
    forget()
    live.forget_snapshots()


def unit_id(code: str = UNIT) -> str:
    from bihuan.registers.live import current_registers

    return str(current_registers().organisations.id_of(code))


def notices(**asked: Any) -> list[Notice]:
    with in_district(HERE):
        return list(Notice.objects.filter(source="watch", **asked).order_by("recipient"))


def browser(role: str, unit: str | None = None, language: str = "en", **more: Any) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    user = caller(role, unit, **more).user
    assert user is not None
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.django_db
class TestReminders:
    def test_a_unit_is_reminded_once_reads_why_and_it_is_over_when_the_watch_clears(self, town: None) -> None:
        permit("p1", holder=UNIT, **SOON_OVER)
        for hours in (0, 1):
            look(AT + timedelta(hours=hours), "toy-unit")
        (notice,) = notices()
        assert (notice.recipient, notice.port, notice.programme) == (f"unit:{unit_id()}", "in_app", "toywatch")
        mine, others = browser("handler", unit_id()), browser("handler", unit_id(OTHER))
        assert "<strong>Reminder: A permit is about to expire</strong>" in mine.get("/unit/").content.decode()
        assert "about to expire" not in others.get("/notices/").content.decode()
        address = f"/notices/{notice.id}/"
        assert others.get(address).status_code == 404
        page = mine.get(address).content.decode()
        assert all(word in page for word in ("p1", "2026-12-20", "a register", "Valid to"))
        assert "提醒：许可将到期请核对" in mine.get(address, HTTP_ACCEPT_LANGUAGE="zh").content.decode()
        assert notices()[0].seen_at is not None, "whoever opened it has seen it"
        permit("p1", valid_to="2031-01-01", holder=UNIT)
        look(AT + timedelta(hours=2), "toy-unit")
        assert notices()[0].over_at is not None
        assert "nothing more to do" in mine.get("/notices/").content.decode()
        permit("p1", holder=UNIT, **SOON_OVER)
        look(AT + timedelta(hours=3), "toy-unit")
        (again,) = notices()
        assert (again.id, again.over_at, again.seen_at) == (notice.id, None, None), "back, and not told anew"

    def test_a_role_is_reminded_where_its_grant_reaches_and_by_mail(self, town: None) -> None:
        whole, narrow = caller("arbiter"), caller("arbiter", scope=("programme", "hotline"))
        assert whole.user is not None
        whole.user.email = "arbiter@example.org"
        whole.user.save()
        permit("p1", **SOON_OVER)
        look(AT, "toy-role")
        shown, mailed = sorted(notices(), key=lambda each: each.port)
        assert (shown.recipient, mailed.recipient) == ("role:arbiter", f"user:{whole.user.pk}")
        assert (mailed.port, mailed.next_at is None) == ("mail", False)
        for who, sees in ((whole, True), (narrow, False)):
            client = Client(HTTP_ACCEPT_LANGUAGE="en")
            assert who.user is not None
            client.force_login(who.user, backend="django.contrib.auth.backends.ModelBackend")
            assert ("about to expire" in client.get("/notices/").content.decode()) is sees
            assert client.get(f"/notices/{shown.id}/").status_code == (200 if sees else 404)

    def test_who_is_silenced_reminds_nobody_and_who_names_nobody_is_shown(self, town: None) -> None:
        from bihuan.loop.models import StuckRow
        from bihuan.watches.catalogue import current_catalogue
        from bihuan.watches.models import IncidentRow
        from bihuan.watches.silences import silence

        watch = current_catalogue().get("toy-unit")
        silence(watch, HERE, "p1", AT + timedelta(days=2), "换证在办", "user:x", AT)
        permit("p1", holder=UNIT, **SOON_OVER)
        permit("p2", holder="nobody", **SOON_OVER)
        run = look(AT, "toy-unit")
        assert (run.counts["silenced"], run.counts["refused"], notices()) == (1, 1, [])
        assert StuckRow.objects.get(loop="watches").reason.startswith("nobody_to_remind: toy-unit: unit:nobody")
        permit("p2", holder=UNIT, **SOON_OVER)
        StuckRow.objects.update(retry_at=AT - timedelta(days=3000))
        look(AT + timedelta(hours=1), "toy-unit")
        (told,) = notices()
        with in_district(HERE):
            row = IncidentRow.objects.get(pk=told.source_id)
        assert (row.subject, row.reminded, row.refused) == ("p2", f"unit:{UNIT}", "")
        assert not StuckRow.objects.filter(loop="watches").exists()

    def test_another_district_sees_none_of_it(self, town: None, app_role: None) -> None:
        permit("p1", holder=UNIT, **SOON_OVER)
        look(AT, "toy-unit")
        with in_district("999999"):
            assert not Notice.objects.exists()
        assert len(notices()) == 1

    def test_whom_it_names_is_declared(self, town: None) -> None:
        from bihuan.server.home import current_home
        from bihuan.watches.catalogue import read_watch

        path = current_home().path / "programmes" / "toywatch" / "watches" / "toy-wrong.yaml"
        for whom, field in (
            ("role: nobody", "reminds.role"),
            ("keeper: true", "reminds.keeper"),
            ("unit: x, role: arbiter", "reminds"),
        ):
            path.write_text(watch_text(SOON, acts=f"reminds: {{{whom}, {SAY}}}"), encoding="utf-8")
            with pytest.raises(DeclarationError) as refused:
                read_watch(path)
            assert [each.field for each in refused.value.problems] == [field]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_workers_never_remind_twice(real_town: None) -> None:
    for n in range(40):
        permit(f"p{n:03}", holder=UNIT, **SOON_OVER)
    connections.close_all()
    children = []
    for _ in range(2):
        child = os.fork()
        if child == 0:
            try:
                run = look(AT, "toy-unit")
                os._exit(0 if all(each.fault is None for each in run.looks) else 3)
            finally:
                os._exit(4)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0]
    assert len({each.source_id for each in notices()}) == len(notices()) == 40
