"""Notices on pages: what was delivered stands in the case's story, what is new waits in the unit's workspace."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.test import Client

from bihuan.ledger import store as ledger
from bihuan.notices import timeline
from bihuan.notices.models import Delivery, Notice
from bihuan.notices.planning import plan_notices
from bihuan.registers.models import User
from tests.faces import cases
from tests.faces.conftest import forget, load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("built", "model_district")]


@pytest.fixture
def model_district(db: None) -> Iterator[None]:
    """The model district in a transaction of its own."""
    load()
    yield
    forget()


def told() -> None:
    """Plan the notices of everything that has happened."""
    ledger.sequence_leaves()
    while plan_notices():
        pass


def browser(username: str) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_unit_sees_what_is_new_and_marks_it_seen() -> None:
    case = cases.then(cases.opened()[0], "operator", "dispatch", unit="street-110108011")
    told()
    handler = browser("handler")
    new = f"<strong>New case: {case.number}</strong>"
    assert new in page(handler, "/unit/")
    notice = Notice.objects.get(recipient=f"unit:{case.lead}")
    other = browser("handler-urban")
    assert case.number not in page(other, "/unit/")
    other.post("/unit/notices/seen/", {"notice": str(notice.id)})
    assert new in page(handler, "/unit/")
    assert handler.post("/unit/notices/seen/", {"notice": "x"}).status_code == 400
    assert handler.post("/unit/notices/seen/", {"notice": str(notice.id)}).status_code == 302
    after = page(handler, "/unit/")
    assert new not in after
    assert f"New case: {case.number}" in after


def test_unseen_notices_come_first() -> None:
    older, newer = (cases.then(cases.opened()[0], "operator", "dispatch", unit="street-110108011") for _ in range(2))
    told()
    Notice.objects.filter(case_id=newer.id, port="in_app").update(seen_at=datetime.now(UTC))
    text = page(browser("handler"), "/unit/")
    assert text.index(f"New case: {older.number}") < text.index(f"New case: {newer.number}")


def test_the_story_of_a_case_says_who_was_told() -> None:
    case = cases.then(cases.opened()[0], "operator", "dispatch", unit="street-110108011")
    told()
    receipt = Notice.objects.get(case_id=case.id, kind="receipt")
    for status in ("failed", "sent"):
        Delivery.objects.create(notice=receipt, at=datetime.now(UTC), status=status, port="sms")
    found = timeline.deliveries_of_case(case.id)
    assert [(t.kind, t.port, t.status) for t in found if t.port == "sms"] == [
        ("receipt", "sms", "failed"),
        ("receipt", "sms", "sent"),
    ]
    assert ("dispatched", "in_app", "unseen") in [(t.kind, t.port, t.status) for t in found]
    text = page(browser("handler"), f"/cases/{case.number}/")
    assert "Notice “Received”: SMS, sent" in text
    assert "Notice “Received”: SMS, not taken, will be tried again" in text
    assert "Notice “New case”: workspace, not yet seen" in text
    assert "13800138000" not in text
