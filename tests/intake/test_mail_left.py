"""Nothing a person sent vanishes: what was not taken of a mail is listed with its reason, sealed, and can be taken."""

import mailbox
from pathlib import Path
from uuid import uuid4

import pytest

from bihuan.intake import mailleft
from bihuan.intake.mailbox import Handled, read_maildir, take_mail
from bihuan.intake.models import MailLeft
from bihuan.loop.models import CaseRow, EventPrivate, ReportRow
from bihuan.loop.store import current_facts
from bihuan.registers.pure.errors import RegisterError

pytestmark = pytest.mark.django_db
WORDS = "路灯不亮了三天"


def raw(ident: str = "1@e", more: str = "", body: str = f"\r\n{WORDS}\r\n") -> bytes:
    head = f"From: Wang <w@example.org>\r\nMessage-ID: <{ident}>\r\nSubject: lamp\r\n{more}"
    return f"{head}{body}".encode()


@pytest.fixture
def box(tmp_path: Path) -> mailbox.Maildir:
    return mailbox.Maildir(tmp_path / "mail", create=True)


def handle(box: mailbox.Maildir, *mails: bytes) -> dict[str, int]:
    for mail in mails:
        box.add(mail)
    done = vars(read_maildir(Path(box._path), "hotline", "request"))  # type: ignore[attr-defined]  # no public name
    return {name: count for name, count in done.items() if count}


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ("Auto-Submitted: auto-replied\r\n", "auto_submitted"),
        ("Precedence: bulk\r\n", "bulk"),
        ("List-Id: <l.x>\r\n", "list"),
    ],
)
def test_automatic_mail_is_listed_and_can_be_taken(house: str, box: mailbox.Maildir, more: str, code: str) -> None:
    assert handle(box, raw(more=more)) == {"automatic": 1}
    row = mailleft.waiting_mails(house).get()
    assert [r.code for r in mailleft.reasons_of(row)] == [code]
    facts = current_facts()
    content = mailleft.open_mail(row.pk, facts, "user:op", "looking")
    case = take_mail(content, "hotline", "request", Handled(), even_automatic=True)
    assert case is not None
    assert mailleft.mark_handled(row.pk, facts, "user:op", "taken")
    assert not mailleft.waiting_mails(house).exists()
    assert CaseRow.objects.get().id == case


def test_a_mail_that_breaks_the_reader_stops_nobody(
    house: str, box: mailbox.Maildir, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bihuan.intake import mail

    read = mail.read_mail

    def breaking(content: bytes, now: object) -> mail.Mail:
        if b"<2@e>" in content:
            raise IndexError("as parsers do")
        return read(content, now)  # type: ignore[arg-type]  # handed on

    monkeypatch.setattr(mail, "read_mail", breaking)
    assert handle(box, raw("1@e"), raw("2@e"), raw("3@e")) == {"received": 2, "broken": 1}
    row = mailleft.waiting_mails(house).get()
    assert (row.outcome, row.reasons[0]["detail"]) == ("broken", "IndexError")
    assert mailleft.open_mail(row.pk, current_facts(), "user:op", "why").endswith(f"{WORDS}\r\n".encode())


def test_attachments_that_were_not_kept_are_listed_beside_the_report(house: str, box: mailbox.Maildir) -> None:
    part = "--b\r\nContent-Type: application/x-msdownload; name=a.exe\r\n\r\nMZ nothing we keep\r\n--b--\r\n"
    more = "Content-Type: multipart/mixed; boundary=b\r\n"
    body = f"\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{WORDS}\r\n{part}"
    assert handle(box, raw(more=more, body=body)) == {"received": 1, "partly": 1}
    row = mailleft.waiting_mails(house).get()
    assert (row.outcome, row.case_id) == ("partly", ReportRow.objects.get().case_id)
    assert [r.code for r in mailleft.reasons_of(row)] == ["attachment_kind"]
    assert WORDS in str(EventPrivate.objects.values_list("body", flat=True)[0])


def test_it_is_sealed_opened_with_a_purpose_and_erased_in_time(house: str, box: mailbox.Maildir) -> None:
    handle(box, raw(more="Precedence: bulk\r\n"))
    row = MailLeft.objects.get()
    assert b"example.org" not in bytes(row.content or b"")
    assert WORDS.encode() not in bytes(row.content or b"")
    assert "example.org" not in str(vars(row))
    with pytest.raises(RegisterError, match="purpose"):
        mailleft.open_mail(row.pk, current_facts(), "user:op", " ")
    with pytest.raises(RegisterError, match="no such mail"):
        mailleft.open_mail(uuid4(), current_facts(), "user:op", "x")
    assert mailleft.erase_expired(house) == 0
    MailLeft.objects.update(retention_until="2020-01-01")
    assert mailleft.erase_expired(house) == 1
    with pytest.raises(RegisterError, match="erased"):
        mailleft.open_mail(row.pk, current_facts(), "user:op", "x")


def test_the_same_mail_is_listed_once(house: str, box: mailbox.Maildir) -> None:
    handle(box, raw(more="Precedence: bulk\r\n"), raw(more="Precedence: bulk\r\n"))
    assert MailLeft.objects.count() == 1


def test_a_mail_that_was_set_aside_goes_with_the_case_it_speaks_of(house: str, box: mailbox.Maildir) -> None:
    from django.db import transaction

    from bihuan.registers.models import Identity
    from bihuan.server import emptying

    handle(box, raw())
    report = ReportRow.objects.get()
    handle(box, raw("2@e", more="Precedence: bulk\r\nIn-Reply-To: <1@e>\r\n"))
    left = MailLeft.objects.get()
    assert left.case_id == report.case_id
    assert Identity.objects.filter(pk=left.identity).exists()
    assert emptying.identities_beside(report.case_id) == [left.identity]
    with transaction.atomic():
        emptying.empty_places(report.case_id)
    left.refresh_from_db()
    assert (left.content, left.digest) == (None, "")
    assert mailleft.mark_handled(left.pk, current_facts(), "user:op", "taken", report.case_id)
