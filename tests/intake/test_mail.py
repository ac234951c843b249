"""Mail as a channel: read whatever is broken, answer threads, never talk to machines, one mail one effect."""

import mailbox
import socketserver
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.intake import mail
from bihuan.intake.mailbox import read_imap, read_maildir, traces_of
from bihuan.loop.models import CaseRow, EventPrivate, EventRow, MediaRow, ReportRow
from tests.examples import examples

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)


RE = {"In_Reply_To": "<0@h>"}


def message(ident: str = "a@x", subject: str = "路灯不亮", text: str = "三天了", **headers: str) -> EmailMessage:
    m = EmailMessage()
    m["From"] = "李四 <li@example.org>"
    m["Subject"] = subject
    m["Message-ID"] = f"<{ident}>"
    m["Date"] = "Mon, 23 Nov 2026 10:00:00 +0800"
    for name, value in headers.items():
        m[name.replace("_", "-")] = value
    m.set_content(text)
    return m


def read(m: EmailMessage) -> mail.Mail:
    return mail.read_mail(m.as_bytes(), NOW)


def test_words_sender_and_time() -> None:
    found = read(message())
    assert (found.sender, found.name, found.subject, found.text) == ("li@example.org", "李四", "路灯不亮", "三天了")
    assert not found.automatic


def test_the_time_of_receipt_is_ours_and_the_senders_date_only_a_remark() -> None:
    found = read(message())
    assert found.at == NOW
    assert found.sent_at == datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def test_quoted_words_are_left_out_unless_there_are_no_others() -> None:
    assert read(message(text="还是不亮\n\n在 2026年11月23日，热线写道：\n> 已处理", **RE)).text == "还是不亮"
    assert "已处理" in read(message(text="> 已处理", **RE)).text


def test_html_only() -> None:
    m = message()
    m.set_content("<style>p{}</style><p>第一行</p><p>第二&nbsp;行<script>alert(1)</script></p>", subtype="html")
    assert read(m).text.split() == ["第一行", "第二", "行"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"List_Id": "<l.x>"},
        {"X_Auto_Response_Suppress": "All"},
    ],
)
def test_machines_are_recognised(headers: dict[str, str]) -> None:
    assert read(message(**headers)).automatic
    assert not read(message(Auto_Submitted="no")).automatic


def test_whatever_date_the_sender_writes() -> None:
    m = message()
    for date in ("Mon, 23 Nov 2099 10:00:00 +0800", "soon", "Mon, 1 Jan 0001 00:00:00 +1400", ""):
        m.replace_header("Date", date)
        assert read(m).at == NOW


def test_number_and_code_are_found_in_the_subject() -> None:
    assert read(message(subject="Re: 2611230000001 abcdef1234")).reference == ("2611230000001", "ABCDEF1234")
    assert read(message(subject="电话 13800138000")).reference is None


@settings(max_examples=examples(200), deadline=None)
@given(st.binary(max_size=600), st.sampled_from([b"", b"From: a@b\r\nContent-Type: text/plain; charset=nope\r\n\r\n"]))
def test_no_mail_is_too_broken_to_read(junk: bytes, head: bytes) -> None:
    found = mail.read_mail(head + junk, NOW)
    assert found.at <= NOW
    assert "\0" not in found.text + found.subject


# -- with a house ----------------------------------------------------------------------------------


@pytest.fixture
def box(tmp_path: Path) -> mailbox.Maildir:
    return mailbox.Maildir(tmp_path / "mail", create=True)


def handle(box: mailbox.Maildir) -> dict[str, int]:
    done = vars(read_maildir(Path(box._path), "hotline", "request"))  # type: ignore[attr-defined]  # no public name
    return {name: count for name, count in done.items() if count}


def test_a_mail_becomes_a_report_and_its_attachment_is_kept(
    house: str, box: mailbox.Maildir, tmp_path: Path, settings: object
) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "media")  # type: ignore[attr-defined]  # pytest-django's settings
    m = message()
    m.add_attachment(PNG, maintype="image", subtype="png", filename="lamp.png")
    m.add_attachment(b"MZ not really a photo", maintype="image", subtype="png", filename="x.png")
    box.add(m.as_bytes())
    assert handle(box) == {"received": 1, "partly": 1}
    assert handle(box) == {}, "a handled mail is not handled again"
    report = ReportRow.objects.get()
    assert (report.channel, report.external_source) == ("mail", "mail")
    assert report.external_number == traces_of("a@x")[0], "of the Message-ID a keyed digest"
    assert report.identity_id is not None
    kept = MediaRow.objects.get()
    assert (kept.case_id, kept.content_type) == (report.case_id, "image/png")
    assert "li@example.org" not in str(list(EventPrivate.objects.values())) + str(list(EventRow.objects.values()))


def test_the_same_mail_twice_has_one_effect(house: str, box: mailbox.Maildir) -> None:
    box.add(message().as_bytes())
    box.add(message().as_bytes())
    assert handle(box) == {"received": 1, "known": 1}
    assert CaseRow.objects.count() == 1


def test_a_reply_in_the_thread_supplements_the_case(house: str, box: mailbox.Maildir) -> None:
    box.add(message().as_bytes())
    handle(box)
    box.add(message("b@x", "Re: 路灯不亮", "现在两盏都不亮", References="<a@x>", In_Reply_To="<a@x>").as_bytes())
    box.add(message("c@x", "Re: Re: 路灯不亮", "三盏了", In_Reply_To="<b@x>").as_bytes())
    assert handle(box) == {"supplemented": 2}
    assert CaseRow.objects.count() == 1
    assert list(EventRow.objects.order_by("version").values_list("kind", flat=True)) == [
        "opened",
        *["supplemented"] * 2,
    ]
    box.add(message("b@x", "Re: 路灯不亮", "现在两盏都不亮", In_Reply_To="<a@x>").as_bytes())
    assert handle(box) == {"known": 1}


def test_a_case_number_alone_proves_nothing(house: str, box: mailbox.Maildir) -> None:
    box.add(message().as_bytes())
    handle(box)
    number = CaseRow.objects.get().number
    box.add(message("z@x", f"{number} WRONGC0DE1", "我要看").as_bytes())
    assert handle(box) == {"received": 1}
    assert CaseRow.objects.count() == 2


def test_automatic_mail_makes_no_case(house: str, box: mailbox.Maildir) -> None:
    box.add(message(Auto_Submitted="auto-generated").as_bytes())
    assert handle(box) == {"automatic": 1}
    assert not CaseRow.objects.exists()


class ImapServer(socketserver.StreamRequestHandler):
    """Just enough IMAP4rev1 (RFC 3501) for one mailbox: LOGIN, SELECT, UID SEARCH, FETCH, STORE, LOGOUT."""

    mails: list[bytes] = []
    seen: set[int] = set()

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline():
            tag, _, rest = line.strip().partition(b" ")
            self._answer(rest)
            self.wfile.write(tag + b" OK done\r\n")
            if rest.upper() == b"LOGOUT":
                return

    def _answer(self, rest: bytes) -> None:
        words = rest.upper().split()
        if words[0] == b"CAPABILITY":
            self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
        elif words[0] == b"SELECT":
            self.wfile.write(f"* {len(self.mails)} EXISTS\r\n".encode())
        elif words[:2] == [b"UID", b"SEARCH"]:
            left = [str(i) for i in range(1, len(self.mails) + 1) if i not in self.seen]
            self.wfile.write(f"* SEARCH {' '.join(left)}\r\n".encode())
        elif words[:2] == [b"UID", b"FETCH"]:
            uid = int(words[2])
            body = self.mails[uid - 1]
            self.wfile.write(f"* {uid} FETCH (UID {uid} BODY[] {{{len(body)}}}\r\n".encode() + body + b")\r\n")
        elif words[:2] == [b"UID", b"STORE"]:
            self.seen.add(int(words[2]))


@pytest.fixture
def imap(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[ImapServer]]:
    ImapServer.mails, ImapServer.seen = [message("i@x").as_bytes(policy=message().policy.clone(linesep="\r\n"))], set()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), ImapServer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name, value in {
            "HOST": "127.0.0.1", "PORT": str(server.server_address[1]), "PLAIN": "1", "USER": "u", "PASSWORD": "p",
        }.items():  # fmt: skip
            monkeypatch.setenv(f"BIHUAN_IMAP_{name}", value)
        yield ImapServer
        server.shutdown()


def test_imap_mails_are_handled_once_and_marked_seen(house: str, imap: type[ImapServer]) -> None:
    assert read_imap("hotline", "request").received == 1
    assert imap.seen == {1}
    assert read_imap("hotline", "request").total == 0
    imap.seen.clear()  # as after a crash between handling and marking
    assert read_imap("hotline", "request").known == 1
    assert CaseRow.objects.count() == 1
