"""The list of mails not taken: operators see why, open with a purpose, take or dismiss; nobody else comes in."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from bihuan.intake import mailbox
from bihuan.intake.models import MailLeft
from bihuan.loop.models import CaseRow
from bihuan.registers.models import IdentityAccess
from tests.faces.test_pages import district

__all__ = ["district"]  # fixtures

RAW = (
    "From: Wang <w@example.org>\r\nMessage-ID: <9@e>\r\nPrecedence: bulk\r\nSubject: lamp\r\n"
    "Content-Type: text/plain; charset=utf-8\r\n\r\n路灯不亮了三天\r\n"
).encode()


@pytest.fixture
def left(district: None) -> MailLeft:
    """A mail that was taken for a machine's."""
    mailbox.take_safely(RAW, "hotline", "request", mailbox.Handled())
    return MailLeft.objects.get()


def test_an_operator_sees_why_and_opens_with_a_purpose(as_: Callable[[str | None], Client], left: MailLeft) -> None:
    client = as_("operator")
    page = client.get("/desk/mails/").content.decode()
    assert "群发邮件" in page
    assert "w@example.org" not in page
    assert "路灯不亮了三天" not in page
    assert client.post(f"/desk/mails/{left.pk}/", {"do": "open", "purpose": ""}).status_code == 302
    before = IdentityAccess.objects.count()
    opened = client.post(f"/desk/mails/{left.pk}/", {"do": "open", "purpose": "是否居民来信"}).content.decode()
    assert "路灯不亮了三天" in opened
    assert IdentityAccess.objects.count() == before + 1


def test_taking_makes_a_case_and_dismissing_empties_the_list(
    as_: Callable[[str | None], Client], left: MailLeft, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, before = as_("operator"), CaseRow.objects.count()
    address = f"/desk/mails/{left.pk}/"
    monkeypatch.delenv("BIHUAN_MAIL_TO", raising=False)
    assert "BIHUAN_MAIL_TO" in client.post(address, {"do": "take"}, follow=True).content.decode()
    monkeypatch.setenv("BIHUAN_MAIL_TO", "hotline/request")
    assert re.fullmatch(r"/cases/\d+/", client.post(address, {"do": "take"})["Location"])
    assert CaseRow.objects.count() == before + 1
    mailbox.take_safely(RAW.replace(b"<9@e>", b"<8@e>"), "hotline", "request", mailbox.Handled())
    other = MailLeft.objects.get(settled_at=None)
    client.post(f"/desk/mails/{other.pk}/", {"do": "dismiss"})
    assert not MailLeft.objects.filter(settled_at=None).exists()


def test_nobody_else_comes_in(as_: Callable[[str | None], Client], left: MailLeft) -> None:
    assert {as_(who).get("/desk/mails/").status_code for who in ("handler", "leader", "callback", "resident")} == {403}
    assert as_("handler").post(f"/desk/mails/{left.pk}/", {"do": "open", "purpose": "x"}).status_code == 403
    assert as_(None).get("/desk/mails/").status_code == 302


def test_the_pages_speak_both_languages_from_the_one_catalogue(
    as_: Callable[[str | None], Client], left: MailLeft
) -> None:
    from bihuan.faces import messages

    client, texts = as_("operator"), messages.read()
    for name in ("mails", "mail"):
        source = (messages.ROOT / "templates" / "faces" / "work" / f"{name}.html").read_text(encoding="utf-8")
        assert not re.search("[\u4e00-\u9fff]", source), "Chinese stands in the catalogue"
    assert texts
    client.cookies["django_language"] = "en"
    assert "Mails not wholly taken" in client.get("/desk/mails/").content.decode()
    client.cookies["django_language"] = "zh-hans"
    assert "未收下的邮件" in client.get("/desk/mails/").content.decode()
