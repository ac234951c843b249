# ruff: noqa: E501 - hostile values stand in long rows; own table names
"""Who writes in a thread is not its reporter yet; codes and message ids stay out of what others read; mails are bounded."""

from __future__ import annotations

import json
import random
import time
from email.message import EmailMessage

import pytest
from django.db import connection

from bihuan.intake import mailbox
from bihuan.intake.mailwords import html_words
from bihuan.intake.models import MailLeft
from bihuan.loop.codes import REMOVED, code_of
from bihuan.loop.models import CaseRow, EventPrivate, EventRow, ReportRow
from tests.intake.test_mail import message

pytestmark = pytest.mark.django_db


def take(mail: EmailMessage | bytes) -> mailbox.Handled:
    handled = mailbox.Handled()
    mailbox.take_safely(mail if isinstance(mail, bytes) else mail.as_bytes(), "hotline", "request", handled)
    return handled


def words() -> str:
    return json.dumps(list(EventPrivate.objects.values_list("body", flat=True)), ensure_ascii=False)


def reply(ident: str, to: str, sender: str, text: str = "补充") -> EmailMessage:
    mail = message(ident, "Re: 路灯不亮", text, In_Reply_To=f"<{to}>")
    mail.replace_header("From", sender)
    return mail


def test_a_stranger_in_the_thread_is_not_the_reporter(house: str) -> None:
    first = message("a@x")
    sender = str(first["From"])
    assert take(first).received == 1
    assert take(reply("b@x", "a@x", sender)).supplemented == 1
    assert take(reply("c@x", "b@x", sender)).supplemented == 1, "further along the thread"
    assert take(reply("d@x", "a@x", "Mallory <mallory@example.net>", "我撤诉")).received == 1, "a report of their own"
    assert CaseRow.objects.count() == 2
    case = ReportRow.objects.order_by("received_at").first()
    assert case is not None
    own = EventRow.objects.filter(case_id=case.case_id, kind="supplemented")
    assert own.count() == 2
    assert set(own.values_list("actor", flat=True)) == {f"reporter:{case.id}"}


def test_a_quoted_code_proves_the_reporter_and_stays_in_no_text(house: str) -> None:
    take(message("a@x"))
    report, case = ReportRow.objects.get(), CaseRow.objects.get()
    code = code_of(report.id)
    for n, shown in enumerate((code, f"{code[:5]}-{code[5:]}", code.lower(), f"（{code}）")):
        text = f"编号 {case.number} {code}，查询码是{shown} 请补充"
        assert take(reply(f"n{n}@y", "", "someone@else.example", text)).supplemented == 1
    assert REMOVED in words()
    for form in (code, code.lower(), f"{code[:5]}-{code[5:]}"):
        assert form not in words()
    take(message("z@x", f"Re: {case.number} {code}", "又来"))
    assert code not in words()
    with connection.cursor() as cursor:
        cursor.execute("SELECT title FROM loop_case")
        assert code not in str(cursor.fetchall())


def test_message_ids_are_in_no_event_and_no_column(house: str) -> None:
    take(message("very.personal.id@mail.zhao-lingfeng.example"))
    take(
        reply(
            "other.id@mail.zhao-lingfeng.example", "very.personal.id@mail.zhao-lingfeng.example", str(message()["From"])
        )
    )
    with connection.cursor() as cursor:
        for table in ("loop_event", "loop_case", "loop_report", "loop_key", "intake_mail_left"):
            cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%%zhao-lingfeng%%'")
            assert cursor.fetchone()[0] == 0, table
    assert take(message("very.personal.id@mail.zhao-lingfeng.example")).known == 1


@pytest.mark.parametrize(
    "html",
    ["<!--" * 25_000, "<![" * 30_000, "<?" * 50_000, "<a " * 40_000, "<!" * 60_000, "&#" * 60_000, "<" * 100_000],
)
def test_hostile_html_takes_no_time(html: str) -> None:
    started = time.process_time()
    assert "路灯" in html_words(f"<p>路灯</p>{html}")
    assert time.process_time() - started < 2


@pytest.mark.slow
def test_no_mail_stops_the_channel(house: str) -> None:
    """Bytes at random places of a mail are changed, parts are nested and headers blown up: the next mail is received."""
    luck = random.Random(11)
    good = message("fuzz@x", text="三天了" * 50).as_bytes()
    handled = 0
    for n in range(150):
        raw = bytearray(good.replace(b"fuzz@x", f"fuzz{n}@x".encode()))
        for _ in range(luck.randrange(1, 60)):
            raw[luck.randrange(len(raw))] = luck.randrange(256)
        handled += take(bytes(raw)).total
    nested = b"From: a@b.cn\r\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3000)
    )
    hostile = [
        nested, b"\x00" * 1000, b"", b"\xff" * 5000, b"From: " + b"a" * 300_000 + b"@b\r\n\r\nx",
        b"Subject: " + b"=?utf-8?B?" * 20_000 + b"\r\nFrom: a@b.cn\r\n\r\nx",
        b"From: a@b.cn\r\nContent-Type: text/plain; charset=\xff\x00nope\r\n\r\nx",
        b"From: a@b.cn\r\nReferences: " + b"<a@b> " * 50_000 + b"\r\n\r\nx",
        b"From: a@b.cn\r\nContent-Type: text/html\r\n\r\n" + b"<!--" * 25_000,
        b"x" * (mailbox.LARGEST + 1),
    ]  # fmt: skip
    for raw in hostile:
        started = time.process_time()
        assert take(raw).total == 1
        assert time.process_time() - started < 8, raw[:60]
    assert handled == 150
    assert take(message("good@x")).received == 1
    assert MailLeft.objects.filter(outcome="broken").count() >= 1
