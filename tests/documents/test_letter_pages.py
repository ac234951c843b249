"""Pages and API of letters: who sees what, the addressee's page with every source, served once, no name for staff."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bihuan.documents.letters.models import LetterDelivery, LetterRow
from bihuan.loop.codes import code_of
from bihuan.loop.models import ReportRow
from bihuan.registers.isolation import in_district
from bihuan.registers.models import IdentityAccess
from tests.api.callers import caller
from tests.documents.test_sending import DISTRICT, PERSON, by_hand, follow, letters
from tests.notices.test_notices import reported

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
type Declare = Callable[..., None]


@pytest.fixture
def row(declare: Declare) -> LetterRow:
    """A letter to a reporter."""
    reported("1", **PERSON)
    follow()
    return letters()[0]


def staff(role: str) -> Client:
    client = Client()
    user = caller(role, None).user
    assert user is not None
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def served() -> int:
    with in_district(DISTRICT):
        return LetterDelivery.objects.filter(status="served").count()


def test_the_addressee_opens_it_by_number_and_code_and_reads_why(row: LetterRow) -> None:
    client = Client()
    wrong = client.post("/letters/read/", {"number": row.number["zh"], "code": "AAAA"})
    assert (wrong.status_code, served()) == (422, 0)
    assert client.get("/letters/mine/").status_code == 302
    given = {"number": row.number["zh"], "code": code_of(row.id)}
    page = client.post("/letters/read/", given, follow=True)
    text = page.content.decode()
    assert page.status_code == 200
    assert all(
        said in text for said in ("受理告知书", "赵标记", "为何收到此函", "办理记录 event:", "未与原文核对", "第九条")
    )
    assert text.count("<h1") == 1
    assert all(digest in text for digest in row.files.values())
    pdf = client.get("/letters/mine/zh.pdf")
    assert hashlib.sha256(pdf.content).hexdigest() == row.files["zh.pdf"]
    assert pdf["X-Content-Type-Options"] == "nosniff"
    assert client.get("/letters/mine/zh.exe").status_code == 404
    assert served() == 1


def test_the_page_of_the_report_leads_to_its_letters_and_to_no_others(row: LetterRow) -> None:
    by_hand()
    client = Client()
    report = ReportRow.objects.get(pk=row.report_id)
    session = client.session
    session["report"] = str(report.id)
    session.save()
    assert f"/track/report/letters/{row.id}/" in client.get("/track/report/").content.decode()
    assert client.get(f"/track/report/letters/{row.id}/", follow=True).status_code == 200
    other = next(each for each in letters() if each.report_id is None)
    assert client.get(f"/track/report/letters/{other.id}/").status_code == 404
    assert Client().get(f"/track/report/letters/{row.id}/").status_code == 404


def test_staff_see_the_letter_without_its_addressee_and_open_the_file_on_record(row: LetterRow) -> None:
    desk = staff("operator")
    assert row.number["zh"] in desk.get("/letters/").content.decode()
    text = desk.get(f"/letters/{row.id}/").content.decode()
    assert "受理告知书" in text
    assert "赵标记" not in text
    assert served() == 0, "staff who look are no addressee"
    before = IdentityAccess.objects.count()
    opened = desk.get(f"/letters/{row.id}/zh.pdf")
    assert hashlib.sha256(opened.content).hexdigest() == row.files["zh.pdf"]
    assert IdentityAccess.objects.count() == before + 1
    assert staff("analyst").get(f"/letters/{row.id}/zh.pdf").status_code == 403
    seen = staff("analyst").get(f"/letters/{row.id}/").content.decode()
    assert "已受理" not in seen.replace("受理告知书", "")
    assert "电梯" not in seen


def test_a_receipt_is_recorded_by_hand_and_the_post_list_taken(row: LetterRow) -> None:
    by_hand()
    desk = staff("operator")
    desk.post(f"/letters/{row.id}/delivery/", {"way": "post", "status": "returned"})
    desk.post(f"/letters/{row.id}/delivery/", {"way": "fax", "status": "returned"})
    desk.post(f"/letters/{row.id}/delivery/", {"way": "post", "status": "exported"})
    with in_district(DISTRICT):
        made = LetterDelivery.objects.filter(letter_id=row.id, way="post").values_list("status", flat=True)
        assert list(made) == ["returned"]
    listed = desk.post("/letters/post-list.csv").content.decode("utf-8-sig")
    assert listed.splitlines()[0] == "number,dated,name,address"
    assert "暗号路7号" in listed


def test_programs_read_write_and_record(row: LetterRow) -> None:
    who = caller("operator", None)
    told = who.get("/letters").json()
    assert [each["id"] for each in told["letters"]] == [str(row.id)]
    one = who.get(f"/letters/{row.id}").json()
    assert one["files"] == row.files
    assert [each["way"] for each in one["deliveries"]] == ["mail", "webhook"]
    assert "赵标记" not in str(told) + str(one)
    facts = {"channel": "letter"}
    asked: dict[str, Any] = {"key": "k1", "letter": "toy-receipt", "facts": facts, "addressee": {"name": "赵标记"}}
    refused = who.post("/letters", asked)
    assert (refused.status_code, refused.json()["code"]) == (422, "missing_fact")
    assert refused.json()["remedy"]["zh"]
    assert who.post("/letters", {**asked, "letter": "../x.yaml"}).status_code == 404
    done = who.post(f"/letters/{row.id}/deliveries", {"way": "mail", "status": "bounced"})
    assert done.json()["deliveries"][-1]["status"] == "bounced"
    assert who.post(f"/letters/{row.id}/deliveries", {"way": "page", "status": "gone"}).status_code == 422


def test_a_letter_is_written_by_a_program_once(declare: Declare) -> None:
    from tests.documents.declared import LETTER

    declare(LETTER, "order")
    who = caller("operator", None)
    facts = {
        "firm": {"zh": "某某酒店", "en": "Hotel"}, "found": "2026-02-27", "grade": "major", "officer": "王某",
        "hazards": [{"place": "厨房", "count": 1}],
    }  # fmt: skip
    asked = {
        "key": "k1",
        "letter": "toy-order",
        "facts": facts,
        "addressee": {"name": "赵标记", "address": "暗号路7号"},
    }
    assert [who.post("/letters", asked).status_code for _ in range(2)] == [201, 200]
    (row,) = letters()
    assert row.remedy_until is not None
    assert set(row.remedies) == {"review", "court"}
    assert caller("analyst", None).post("/letters", asked).status_code == 403


def test_the_command_sends_shows_and_lists(declare: Declare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    from typer.testing import CliRunner

    from bihuan.console import bootstrap
    from bihuan.documents.letters.kept_command import app
    from tests.documents.declared import FACTS, LETTER

    def told(*words: str, code: int = 0) -> dict[str, Any]:
        done = CliRunner().invoke(app, [*words, "--json"])
        assert done.exit_code == code, done.output
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer

    monkeypatch.setattr(bootstrap, "start_django", lambda *_: None)
    declare(LETTER.replace("texts:", "delivery: [page, post]\ntexts:"), "order")
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(FACTS, ensure_ascii=False), encoding="utf-8")
    first, again = (told("send", "toy-order", str(facts), "--key", "k") for _ in range(2))
    assert (first["fresh"], again["fresh"], first["id"]) == (True, False, again["id"])
    shown = told("show", first["number"]["zh"])
    assert shown["files"] == first["files"]
    listed = told("post-list", str(tmp_path / "post.csv"))
    assert listed["letters"] == 1
    assert "北京市海淀区示范路1号" in (tmp_path / "post.csv").read_text(encoding="utf-8-sig")
    assert told("show", first["id"])["deliveries"][0]["status"] == "exported"
    facts.write_text("{}", encoding="utf-8")
    assert told("send", "toy-order", str(facts), "--key", "k2", code=1)["refused"]
