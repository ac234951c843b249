"""A petition over the pages: made on a phone, followed by number and code, review asked for by the petitioner alone.

And who sees what: the name nobody, the matter never whoever is complained about, the statement only until it is given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from bihuan.effects.following import follow_events
from bihuan.faces.parts.assets import MANIFEST
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import CaseRow, EventRow
from bihuan.loop.programmes import all_programmes
from bihuan.loop.sequencing import sequence
from bihuan.loop.store import Order, append, visible_to
from bihuan.registers.identity import person_index
from bihuan.registers.live import current_registers
from bihuan.registers.models import User
from bihuan.registers.roles import all_roles
from bihuan.simulator import cast
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.loading import load_file
from tests.faces.conftest import BACKEND, forget, load

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not MANIFEST.exists(), reason="the front end is not built"),
]
SAID = {
    "matter": "M-01", "what": "物业移交后公共收益账目一直没有公开，请查清并答复。", "area": "110108011",
    "organ": "urban-management", "again": "no", "several": "one", "name": "孙某某", "phone": "13800001111",
    "sign-true_words": "yes", "key": "k1",
}  # fmt: skip


@pytest.fixture
def office(db: None, tmp_path: Path) -> Iterator[None]:
    """The model district with two matters."""
    load()
    rows = [
        {"code": "M-01", "name": "小区物业移交遗留问题", "way": "petition"},
        {"code": "M-court", "name": "对行政处罚决定不服", "way": "litigation", "competent": "人民法院"},
    ]
    file = tmp_path / "matters.jsonl"
    file.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    load_file(subject_type("petition-matter"), file, "user:x", source="catalogue", day=timezone.now().date())
    yield
    forget()


def make(client: Client, **more: str) -> tuple[str, str]:
    """Send the form; number and access code of the receipt."""
    sent = client.post("/forms/petition-make/", {**SAID, **more})
    assert sent.status_code == 302, re.findall(r'<a href="#.*?</a>', sent.content.decode())
    number, code = re.findall(r'number-plate">([0-9A-Z-]+)<', client.get(sent["Location"]).content.decode())[:2]
    return number, code


def follow(number: str, code: str) -> Client:
    """A browser in which the petitioner has opened the own page."""
    client = Client()
    assert client.post("/track/", {"number": number, "code": code}).status_code == 302
    return client


def officer(n: int = 0) -> Actor:
    """Somebody of the petition office."""
    made = cast.officer("petition_officer", None, n)
    return Actor(
        f"{made.id}:{n}", made.roles, None, made.units, None, {}, {"petition_officer": all_roles()["petition_officer"]}
    )


def member(unit: str, role: str = "handler") -> Actor:
    """Somebody of a unit, by its code."""
    found = current_registers().unit(unit, timezone.localdate())
    assert found is not None
    made = cast.officer(role, found.id, 0)
    return Actor(f"{made.id}:{unit}"[:64], made.roles, found.id, made.units)


def act(number: str, by: Actor, command: str, words: Any = None, **data: Any) -> None:
    case = CaseRow.objects.get(number=number)
    order = Order(Command(command, by, datetime.now(UTC), data, words), UUID(str(case.id)))
    (result,) = append([order])
    assert result.refusal is None, result.refusal


def settle() -> None:
    """What the worker does: the log numbers events, effects reach the register."""
    while sequence(1000):
        pass
    while follow_events(current_registers().district.code):
        pass


def answered(number: str) -> None:
    """Sent to another body than the one complained about, answered, checked and served."""
    unit = member("housing-construction")
    act(number, officer(), "dispatch", unit=unit.unit)
    act(number, unit, "accept")
    act(number, unit, "submit", {"text": "经核查，答复如下。"})
    act(number, officer(1), "verify", result="passed")
    settle()


def test_it_is_made_on_a_phone_and_all_defects_are_told_at_once(office: None) -> None:
    client = Client()
    blank = client.get("/forms/petition-make/").content.decode()
    assert "小区物业移交遗留问题" in blank, "the matters of the register are offered"
    wrong = client.post(
        "/forms/petition-make/", {**SAID, "matter": "M-99", "name": "", "several": "many", "sign-true_words": ""}
    )
    assert wrong.status_code == 422
    told = re.findall(r'<a href="#(\w+)">', wrong.content.decode())
    assert set(told) >= {"matter", "name", "signers", "true_words"}
    number, _ = make(client)
    case = CaseRow.objects.get(number=number)
    assert (case.kind, case.fold["subject"], case.area) == ("petition", "M-01", "110108011")
    opened = json.dumps(EventRow.objects.get(case_id=case.id, version=1).data, ensure_ascii=False)
    assert "孙某某" not in opened
    assert "13800001111" not in opened
    assert json.loads(opened)["fields"]["person"] == person_index("孙某某", "13800001111", "")


def test_the_same_person_is_known_again_and_two_with_one_telephone_are_two(office: None) -> None:
    ours = person_index("孙某某", "13800001111", "")
    assert person_index(" 孙某某 ", "+86 138-0000-1111", "") == ours
    assert person_index("李某某", "13800001111", "") != ours
    assert person_index("", "", "") == ""


def test_the_own_page_tells_the_days_and_offers_review_until_its_last_day(office: None) -> None:
    number, code = make(Client())
    settle()
    mine = follow(number, code)
    page = mine.get("/track/report/").content.decode()
    due = timezone.localdate() + timedelta(days=15)
    assert f'datetime="{due.isoformat()}"' in page
    assert "/forms/petition-ask-review/" not in page, "nothing was answered yet"
    answered(number)
    page = mine.get("/track/report/").content.decode()
    assert "/forms/petition-ask-review/" in page
    assert Client().get("/forms/petition-ask-review/").status_code in (302, 403)


def test_what_the_pages_rest_on_is_declared() -> None:
    """`tells` of either case, `unseen` of a statement, and the field that intake fills in: `of`."""
    cases = all_programmes()["petitions"].cases
    petition, review, statement = (cases[each] for each in ("petition", "review", "statement"))
    assert petition.tells is not None
    assert review.tells is not None
    assert (petition.tells.subject, petition.tells.key) == ("petition", "number")
    assert (review.tells.subject, review.tells.key) == ("petition", "subject")
    assert {"answered", "ask_review_until"} <= set(petition.tells.fields)
    assert {each.form for each in petition.tells.forms} == {"petition-ask-review"}
    assert statement.unseen == ["verifying", "closed", "invalid"]
    assert [name for name, rule in petition.fields.items() if rule.of == "reporter"] == ["person"]


def test_review_is_asked_for_by_the_petitioner_about_no_other_petition(office: None) -> None:
    number, code = make(Client())
    answered(number)
    other, _ = make(Client(), key="k2", name="李某某")
    mine = follow(number, code)
    assert number in mine.get("/forms/petition-ask-review/").content.decode()
    sent = mine.post("/forms/petition-ask-review/", {
        "petition": other, "level": "review", "grounds": "账目仍未公开", "new_facts": "no", "name": "孙某某",
        "sign-asked_by_petitioner": "yes", "key": "r1",
    })  # fmt: skip
    assert sent.status_code == 302, re.findall(r'<a href="#.*?</a>', sent.content.decode())
    review = CaseRow.objects.get(kind="review")
    assert review.fold["subject"] == number
    settle()
    assert "/forms/petition-ask-review/" not in mine.get("/track/report/").content.decode(), "it was asked for"


def test_the_body_complained_about_sees_its_question_alone_and_nothing_after_its_answer(office: None) -> None:
    number, _ = make(Client())
    settle()
    asked = member("urban-management")
    head = member("urban-management", "unit_head")
    (receipt,) = receive([NewReport(
        key="statement", programme="petitions", kind="statement", channel="inspector", at=datetime.now(UTC),
        title="情况说明", subject=number, fields={"matter": "请说明公共收益账目公开的时间和依据"},
    )], actor=officer())  # fmt: skip
    assert receipt.refusal is None, receipt.refusal
    act(receipt.number, officer(), "dispatch")
    for who in (asked, head):
        seen = {row.number for row in visible_to(who)}
        assert receipt.number in seen
        assert number not in seen
    act(receipt.number, asked, "accept")
    act(receipt.number, asked, "submit", {"text": "说明如下"})
    for who in (asked, head):
        assert not visible_to(who).filter(number__in=[number, receipt.number]).exists()
    act(receipt.number, officer(1), "verify", result="failed")
    assert visible_to(asked).filter(number=receipt.number).exists(), "it is asked again"


@pytest.mark.parametrize("role", ["handler", "head"])
def test_no_endpoint_tells_the_body_complained_about_anything_after_its_answer(office: None, role: str) -> None:
    street = "street-110108011"
    number, _ = make(Client(), organ=street)
    settle()
    (receipt,) = receive([NewReport(
        key="statement", programme="petitions", kind="statement", channel="inspector", at=datetime.now(UTC),
        title="情况说明", subject=number, fields={"matter": "请说明办理经过"},
    )], actor=officer())  # fmt: skip
    act(receipt.number, officer(), "dispatch")
    own = member(street)
    client = Client()
    client.force_login(User.objects.get(username=role), backend=BACKEND)
    assert receipt.number in client.get(f"/cases/{receipt.number}/").content.decode(), (
        "it is asked, and sees the question"
    )
    act(receipt.number, own, "accept")
    act(receipt.number, own, "submit", {"text": "说明如下"})
    act(receipt.number, officer(1), "verify", result="passed")
    settle()
    for path in (
        f"/cases/{number}/", f"/cases/{receipt.number}/", f"/subjects/petition/{number}/", "/subjects/petition/",
        "/unit/", "/desk/", "/letters/", f"/search/?q={number}", "/programmes/petitions/page/overview/",
        f"/api/v1/cases/{number}", f"/api/v1/cases/{receipt.number}", "/api/v1/cases",
        f"/api/v1/subjects/petition/{number}", "/api/v1/subjects/petition", "/api/v1/letters",
    ):  # fmt: skip
        answer = client.get(path)
        told, secrets = answer.content.decode(), {number, receipt.number}
        assert "孙某某" not in told, path
        assert "公共收益" not in told, path
        assert answer.status_code in (302, 403, 404) or not any(each in path.partition("?")[0] for each in secrets), (
            path
        )
        for secret in secrets:
            assert secret in path or secret not in told, f"{path} tells {secret}"
