"""Forms on the page without scripts: filled in, all defects at once, saved, resumed, sent once, seen by staff."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from bihuan.documents.forms.models import DraftRow, SubmissionRow
from bihuan.faces.parts.assets import MANIFEST
from bihuan.loop.models import CaseRow
from bihuan.registers.models import User
from tests.documents.toy_forms import ANSWERS, declared, jpeg
from tests.faces.conftest import BACKEND, forget, load

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not MANIFEST.exists(), reason="the front end is not built"),
]
FILLED = {**{name: str(value) for name, value in ANSWERS.items()}, "sign-true_words": "李某某", "key": "a-key"}


@pytest.fixture
def stall(db: None) -> Iterator[None]:
    """The toy form in the model district."""
    load()
    with declared():
        yield
    forget()


def paper() -> SimpleUploadedFile:
    return SimpleUploadedFile("licence.jpg", jpeg(), "image/jpeg")


def post(client: Client, **more: Any) -> Any:
    return client.post("/forms/toy-stall/", {**FILLED, **more})


def test_a_resident_fills_in_sends_once_and_keeps_a_receipt(stall: None) -> None:
    client = Client()
    assert "临时摊位申请" in client.get("/forms/").content.decode()
    page = client.get("/forms/toy-stall/")
    assert page.headers["Cache-Control"] == "no-cache", "a blank form may be kept for the way without a connection"
    assert "仅在以下情形填写" in page.content.decode(), "without scripts the page says when a field is asked"
    sent = post(client, paper=paper())
    assert sent.status_code == 302, re.findall(r"<li>.*?</li>", sent.content.decode())
    receipt = client.get(sent["Location"]).content.decode()
    case = CaseRow.objects.get()
    assert case.number in receipt
    assert SubmissionRow.objects.get().number == case.number
    back = client.get("/forms/toy-stall/submissions/")
    assert back.status_code == 302, "staff only"


def test_every_defect_stands_on_the_page_and_a_chosen_file_is_not_lost(stall: None) -> None:
    client = Client()
    answer = post(client, stalls="many", firm="", paper=paper(), kind="food")
    page = answer.content.decode()
    assert answer.status_code == 422
    for field in ("firm", "stalls", "tested"):
        assert f'<a href="#{field}">' in page
        assert f'id="f-{field}-error"' in page
    assert "paper" not in re.findall(r'<a href="#(\w+)">', page)
    (kept,) = re.findall(r'name="kept-paper" value="([0-9a-f-]+)"', page)
    assert post(client, **{"kept-paper": kept}).status_code == 302


def test_a_form_is_saved_and_resumed_on_another_device(stall: None) -> None:
    client, other = Client(), Client()
    saved = post(client, save="yes", paper=paper(), why="还没写完")
    (code,) = re.findall(r'number-plate">([0-9A-Z]{12})<', saved.content.decode())
    assert "还没写完".encode() not in bytes(DraftRow.objects.get().sealed)
    assert code not in post(client, save="yes", why="再写一点").content.decode(), "it is shown once"
    assert other.post("/forms/resume/", {"code": "0" * 12}).status_code == 422
    assert other.post("/forms/resume/", {"code": code.lower()})["Location"] == "/forms/toy-stall/"
    page = other.get("/forms/toy-stall/")
    assert page.headers["Cache-Control"] == "no-store"
    assert "再写一点" in page.content.decode()
    assert "李某某" not in page.content.decode(), "a signature is given when it is sent, not before"
    assert post(other, paper=paper()).status_code == 302
    assert not DraftRow.objects.exists()


def test_on_paper_and_in_both_languages(stall: None) -> None:
    client = Client()
    blank = client.get("/forms/toy-stall/print/", headers={"Accept-Language": "en"}).content.decode()
    assert "Street stall" in blank
    assert "nonce=" in blank
    english = client.get("/forms/toy-stall/", headers={"Accept-Language": "en"}).content.decode()
    assert "What is sold" in english
    assert client.get("/forms/worker.js").headers["Content-Type"] == "text/javascript"
    assert client.get("/forms/none/").status_code == 404


def test_staff_see_what_became_of_it_and_nothing_personal(stall: None) -> None:
    post(Client(), paper=paper())
    staff = Client()
    staff.force_login(User.objects.get(username="operator"), backend=BACKEND)
    page = staff.get("/forms/toy-stall/submissions/").content.decode()
    assert CaseRow.objects.get().number in page
    assert "图书" in page
    row = SubmissionRow.objects.get()
    sheet = staff.get(f"/forms/toy-stall/submissions/{row.pk}/").content.decode()
    assert bytes(row.hash).hex() in sheet
    assert "李某" not in sheet
    assert "玩具公司" in sheet
