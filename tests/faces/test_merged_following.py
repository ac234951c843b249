"""A merged report is followed to the case it is handled in, through chains; of a restricted one nothing is told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client

from bihuan.intake import mailbox
from bihuan.loop.kernel.model import Case
from bihuan.loop.merging import merge_orders
from bihuan.loop.models import ReportRow
from bihuan.loop.store import append, get_case, history
from tests.faces import cases
from tests.faces.test_pages import district

__all__ = ["district"]  # the fixtures


def chain() -> tuple[Case, Case, Case, str]:
    """A merged into B, B into C; and the access code of A's reporter."""
    (a, code), (b, _), (c, _) = (cases.opened(f"路灯不亮{n}") for n in "甲乙丙")
    for child, parent in ((a, b), (b, c)):
        orders = merge_orders(get_case(child.id) or child, parent, cases.person("operator"), datetime.now(UTC))
        assert not any(r.refusal for r in append(orders))
    return a, b, get_case(c.id) or c, code


def followed(client: Client, case: Case, code: str) -> str:
    client.post("/track/", {"number": case.number, "code": code})
    return client.get("/track/report/").content.decode()


def asked(case: Case, code: str) -> dict[str, Any]:
    answer = Client().get(f"/api/v1/track/{case.number}", headers={"X-Access-Code": code})
    assert answer.status_code == 200
    return dict(answer.json())


def test_a_chain_is_followed_to_its_root(as_: Callable[[str | None], Client]) -> None:
    a, _b, c, code = chain()
    c = cases.then(c, "operator", "dispatch", unit="street-110108011")
    client = as_(None)
    page = followed(client, a, code)
    assert "中关村街道办事处" in page
    assert c.number not in page, "another's number is not theirs"
    assert (asked(a, code)["number"], asked(a, code)["state"]) == (a.number, "dispatched")
    assert client.post("/track/report/do/supplement/", {"text": "还是不亮", "key": "1"}).status_code == 302
    assert history(c.id, private=True)[-1].private == {"text": "还是不亮"}
    for step in ("accept", "contact"):
        c = cases.then(c, "handler", step)
    c = cases.then(c, "handler", "add_evidence", sha256="a" * 64, type="photo")
    c = cases.then(c, "handler", "submit")
    assert "survey" in followed(client, a, code)
    told = {"result": "unsolved", "satisfied": "no", "contacted": "no", "key": "2"}
    assert client.post("/track/report/answer/", told).status_code == 302
    assert "answer" in (history(c.id, private=True)[-1].private or {})


@pytest.mark.parametrize("kind", ["whistleblower", "minor", "secret", "own_staff"])
def test_of_a_restricted_root_nothing_is_told(as_: Callable[[str | None], Client], kind: str) -> None:
    a, b, c, code = chain()
    cases.then(c, "operator", "restrict", kind=kind)
    client = as_(None)
    told = asked(a, code)
    assert (told["number"], told["state"], told["deadline"], told["holder"]) == (a.number, "merged", None, None)
    page = followed(client, a, code)
    assert "保密" in page
    for secret in (b.number, c.number, "中关村街道办事处"):
        assert secret not in page
    for step in ("urge", "reopen"):
        assert client.post(f"/track/report/do/{step}/", {"reason": "x", "key": step}).status_code == 404
    answer = {"result": "unsolved", "satisfied": "no", "contacted": "no", "key": "3"}
    assert client.post("/track/report/answer/", answer).status_code == 404
    assert client.post("/track/report/do/supplement/", {"text": "还是不亮", "key": "1"}).status_code == 302
    assert history(c.id, private=True)[-1].private == {"text": "还是不亮"}, "what is added still arrives"


def test_a_mail_with_the_code_of_a_merged_report_reaches_the_root(as_: Callable[[str | None], Client]) -> None:
    a, _b, c, code = chain()
    handled = mailed("m1@x", f"编号 {a.number} {code}，还是不亮")
    assert handled.supplemented == 1
    last = history(c.id, private=True)[-1]
    assert last.kind == "supplemented"
    assert "还是不亮" in str(last.private)


def test_a_thread_of_mails_goes_on_after_a_merge(as_: Callable[[str | None], Client]) -> None:
    assert mailed("n1@x", "楼道灯坏了").received == 1
    a = get_case(ReportRow.objects.latest("received_at").case_id)
    assert a is not None
    _, _, c, _ = chain()
    orders = merge_orders(a, c, cases.person("operator"), datetime.now(UTC))
    assert not any(r.refusal for r in append(orders))
    for ident, to in (("n2@x", "n1@x"), ("n3@x", "n2@x")):
        assert mailed(ident, f"补充{ident}", In_Reply_To=f"<{to}>").supplemented == 1
        assert ident in str(history(c.id, private=True)[-1].private)


def mailed(ident: str, text: str, **headers: str) -> mailbox.Handled:
    mail = EmailMessage()
    mail["From"], mail["Subject"], mail["Message-ID"] = "li@example.org", "灯", f"<{ident}>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    handled = mailbox.Handled()
    mailbox.take_safely(mail.as_bytes(), "hotline", "request", handled)
    return handled
