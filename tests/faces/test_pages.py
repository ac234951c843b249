"""Who may see and do what through the pages, and what never appears on one."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from bihuan.faces.work import locks
from bihuan.loop.models import CaseRow
from bihuan.loop.store import get_case
from bihuan.registers.models import IdentityAccess
from tests.faces import cases

NAME, PHONE = "张三丰", "13800138000"
STAFF_PAGES = {
    "/desk/": {"operator", "operator2"},
    "/unit/": {"handler", "head", "handler-urban"},
    "/callback/": {"callback"},
    "/approvals/": {"arbiter"},
    "/cockpit/": {"leader", "operator", "operator2", "head", "arbiter", "auditor"},
}
PEOPLE = (
    "operator",
    "operator2",
    "handler",
    "handler-urban",
    "head",
    "callback",
    "arbiter",
    "leader",
    "auditor",
    "resident",
)


@pytest.fixture
def district(loaded: None, db: None) -> None:
    """The model district; what a test adds is rolled back."""


def test_each_staff_page_opens_for_its_roles_and_no_others(as_: Callable[[str | None], Client]) -> None:
    clients = {username: as_(username) for username in PEOPLE}
    seen = {
        (path, username): clients[username].get(path).status_code
        for path in ("/desk/", "/unit/", "/callback/", "/approvals/")
        for username in PEOPLE
    }
    wrong = {key: status for key, status in seen.items() if (status == 200) is not (key[1] in STAFF_PAGES[key[0]])}
    assert wrong == {}
    assert set(seen.values()) == {200, 403}
    assert as_(None).get("/desk/").status_code == 302


def test_who_reported_is_on_no_page_until_it_is_opened_for_a_reason(as_: Callable[[str | None], Client]) -> None:
    case, _code = cases.opened(phone=PHONE)
    case = cases.then(case, "operator", "dispatch", unit="street-110108011")
    pages = {
        "operator": [f"/desk/{case.number}/", f"/cases/{case.number}/", "/desk/?queue=out"],
        "handler": [f"/cases/{case.number}/", "/unit/"],
        "callback": [f"/cases/{case.number}/"],
        "leader": [f"/cases/{case.number}/", "/cockpit/"],
    }
    for username, paths in pages.items():
        client = as_(username)
        for path in paths:
            response = client.get(path)
            assert response.status_code == 200
            assert PHONE not in response.content.decode(), (username, path)
    before = IdentityAccess.objects.count()
    url = f"/cases/{case.number}/reporter/"
    refused = as_("handler").post(url, {"purpose": "curious"})
    assert refused.status_code == 403
    assert PHONE not in refused.content.decode()
    assert as_("operator").post(url, {"purpose": " "}).status_code == 422
    assert IdentityAccess.objects.count() == before
    opened = as_("operator").post(url, {"purpose": "call back about the address"})
    assert PHONE in opened.content.decode().replace("+86", "")
    assert IdentityAccess.objects.filter(kind="reveal", purpose="call back about the address").count() == 1


def test_a_caller_is_found_by_phone_and_the_search_is_logged(as_: Callable[[str | None], Client]) -> None:
    case, _code = cases.opened(phone=PHONE)
    other, _code = cases.opened(phone="13900139000")
    client = as_("operator")
    page = client.post("/desk/caller/", {"phone": "138 0013 8000", "purpose": "incoming call"}).content.decode()
    assert case.number in page
    assert other.number not in page
    assert IdentityAccess.objects.filter(kind="lookup", purpose="incoming call").count() == 1
    assert client.post("/desk/caller/", {"phone": PHONE, "purpose": ""}).status_code == 422


def test_a_case_about_the_units_own_staff_is_hidden_from_the_unit(as_: Callable[[str | None], Client]) -> None:
    case, _code = cases.opened()
    case = cases.then(case, "operator", "dispatch", unit="street-110108011")
    assert as_("handler").get(f"/cases/{case.number}/").status_code == 200
    cases.then(case, "operator", "restrict", kind="own_staff")
    assert as_("handler").get(f"/cases/{case.number}/").status_code == 404
    assert as_("handler").post(f"/cases/{case.number}/act/?command=accept").status_code == 404
    assert as_("arbiter").get(f"/cases/{case.number}/").status_code == 200


def test_another_units_case_does_not_exist_for_me(as_: Callable[[str | None], Client]) -> None:
    case, _code = cases.opened()
    case = cases.then(case, "operator", "dispatch", unit="street-110108011")
    client = as_("handler-urban")
    assert client.get(f"/cases/{case.number}/").status_code == 404
    assert client.post(f"/cases/{case.number}/act/?command=accept").status_code == 404


def test_an_impossible_command_is_refused_with_its_reason_and_changes_nothing(
    as_: Callable[[str | None], Client],
) -> None:
    case, _code = cases.opened()
    for command in ("submit", "record_history", "tick", "no_such"):
        response = as_("operator").post(f"/cases/{case.number}/act/?command={command}", {"outcome": "closed"})
        assert response.status_code == 422, command
    after = get_case(case.id)
    assert after is not None
    assert after.version == case.version


def test_the_same_form_sent_twice_has_one_effect(as_: Callable[[str | None], Client]) -> None:
    case, _code = cases.opened()
    client = as_("operator")
    url = f"/cases/{case.number}/act/?command=note"
    for _ in range(2):
        assert client.post(url, {"text": "called the estate office", "key": "k1"}).status_code == 302
    after = get_case(case.id)
    assert after is not None
    assert after.version == case.version + 1


def test_after_an_action_one_is_not_led_to_another_site(as_: Callable[[str | None], Client]) -> None:
    case, _code = cases.opened()
    client = as_("operator")
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        response = client.post(f"/cases/{case.number}/act/?command=note", {"text": "x", "next": target})
        assert response.headers["Location"] == f"/cases/{case.number}/"


def test_a_forgotten_lock_ends_and_a_held_one_does_not(district: None) -> None:
    case, _code = cases.opened()
    now = datetime.now(UTC)
    assert locks.take_lock(case.id, "110108", "user:a", now)
    assert not locks.take_lock(case.id, "110108", "user:b", now + timedelta(seconds=30))
    assert locks.take_lock(case.id, "110108", "user:a", now + timedelta(seconds=60))
    assert not locks.take_lock(case.id, "110108", "user:b", now + timedelta(seconds=120))
    assert locks.take_lock(case.id, "110108", "user:b", now + timedelta(seconds=200))
    assert locks.held([case.id], now + timedelta(seconds=210)) == {case.id: "user:b"}


def _forget_limits() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM server_limit")


def test_guessing_access_codes_is_stopped(as_: Callable[[str | None], Client]) -> None:
    _forget_limits()
    case, code = cases.opened()
    client = as_(None)
    for _ in range(20):
        client.post("/track/", {"number": case.number, "code": "0000000000"})
    assert client.post("/track/", {"number": case.number, "code": code}).status_code == 429
    _forget_limits()
    assert client.post("/track/", {"number": case.number, "code": code}).status_code == 302


def test_a_merged_reporter_does_not_read_the_words_of_the_first(as_: Callable[[str | None], Client]) -> None:
    first, _code = cases.opened("只有我知道的秘密")
    second, code = cases.opened("路灯不亮")
    operator = as_("operator")
    response = operator.post(f"/desk/{second.number}/merge/", {"parent": first.number})
    assert response.status_code == 302
    merged = get_case(second.id)
    assert merged is not None
    assert merged.state == "merged"
    client = as_(None)
    client.post("/track/", {"number": second.number, "code": code})
    page = client.get("/track/report/").content.decode()
    assert "路灯不亮" in page
    assert "秘密" not in page
    cases.then(first, "operator", "dispatch", unit="street-110108011")
    assert "中关村街道办事处" in client.get("/track/report/").content.decode()
    operator.post(f"/desk/{second.number}/merge/", {"split": "1"})
    split = get_case(second.id)
    assert split is not None
    assert split.state == "received"


def test_the_queue_costs_no_more_statements_with_more_cases(as_: Callable[[str | None], Client]) -> None:
    client = as_("operator")
    cases.opened()
    client.get("/desk/")
    with CaptureQueriesContext(connection) as few:
        client.get("/desk/")
    for _ in range(8):
        cases.opened()
    with CaptureQueriesContext(connection) as many:
        client.get("/desk/")
    assert len(many) <= len(few)  # what is asked anew every few seconds may fall into either


def test_a_receipt_is_checked_and_an_altered_one_is_not(as_: Callable[[str | None], Client]) -> None:
    client = as_(None)
    sent = {"text": "路灯不亮了", "area": "110108011", "key": "r1"}
    assert client.post("/report/", sent).status_code == 302
    receipt = client.get("/report/receipt.json").content.decode()
    good = client.post("/audit/", {"receipt": receipt})
    assert good.status_code == 200
    assert 'data-verdict="pending"' in good.content.decode()
    altered = json.loads(receipt) | {"case": "2611110000001"}
    told = client.post("/audit/", {"receipt": json.dumps(altered)})
    assert (told.status_code, 'data-verdict="broken"' in told.content.decode()) == (200, True)
    assert client.post("/audit/", {"receipt": "{"}).status_code == 422


def test_the_same_report_sent_twice_is_one_case(as_: Callable[[str | None], Client]) -> None:
    client = as_(None)
    for _ in range(2):
        assert client.post("/report/", {"text": "路灯不亮了", "area": "110108011", "key": "same"}).status_code == 302
    assert CaseRow.objects.count() == 1


def photo(taken: str = "2026:11:23 10:00:00", offset: str = "") -> bytes:
    exif = Image.Exif()
    details = exif.get_ifd(0x8769)
    details[0x9003] = taken
    if offset:
        details[0x9011] = offset
    place = exif.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (39.0, 58.0, 48.0), "E", (116.0, 18.0, 36.0)
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=exif)
    return out.getvalue()


def test_a_program_named_photo_is_not_taken(as_: Callable[[str | None], Client]) -> None:
    case, _code = cases.opened()
    case = cases.then(case, "operator", "dispatch", unit="street-110108011")
    cases.then(case, "handler", "accept")
    client = as_("handler")
    url = f"/cases/{case.number}/act/?command=add_evidence"
    script = SimpleUploadedFile("photo.jpg", b"#!/bin/sh\nrm -rf /\n", "image/jpeg")
    assert client.post(url, {"type": "photo", "file": script}).status_code == 422
    real = SimpleUploadedFile("photo.jpg", photo(), "image/jpeg")
    assert client.post(url, {"type": "photo", "file": real}).status_code == 302
    after = get_case(case.id)
    assert after is not None
    assert after.evidence[0]["place"] == [116_310_000, 39_980_000]
    digest = after.evidence[0]["sha256"]
    shown = client.get(f"/cases/{case.number}/files/{digest}/")
    assert (shown.status_code, shown.headers["Content-Type"]) == (200, "image/jpeg")
    assert as_("handler-urban").get(f"/cases/{case.number}/files/{digest}/").status_code == 404


def test_an_inspector_opens_a_finding_from_the_declared_form(as_: Callable[[str | None], Client]) -> None:
    client = as_("inspector")
    url = "/programmes/street-scene/finding/new/"
    form = client.get(url)
    assert form.status_code == 200
    assert client.post(url, {"text": "", "key": "a"}).status_code == 422
    sent = client.post(
        url,
        {
            "text": "暴露垃圾",
            "category": "cleanliness.litter",
            "area": "110108011",
            "place": "116.31, 39.98",
            "key": "b",
        },
    )
    assert sent.status_code == 302, sent.content.decode()[-3000:]
    row = CaseRow.objects.get()
    assert (row.programme, row.shape, row.category, row.lon_e6) == (
        "street-scene",
        "patrol",
        "cleanliness.litter",
        116_310_000,
    )
    assert as_("handler").get(url).status_code == 403
