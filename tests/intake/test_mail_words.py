"""The words of a mail: any charset, any structure, and only marked quotations of replies are cut."""

from datetime import UTC, datetime

import pytest

from bihuan.intake import mail

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def raw(body: bytes, *, kind: str = "text/plain; charset=utf-8", subject: bytes = b"x", more: str = "") -> bytes:
    head = f"From: Wang <w@example.org>\r\nMessage-ID: <1@e>\r\nContent-Type: {kind}\r\n{more}".encode()
    return head + b"Subject: " + subject + b"\r\n\r\n" + body


def text(content: bytes) -> str:
    return mail.read_mail(content, NOW).text


# -- charsets ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "codec", "words"),
    [
        ("gb2312", "gbk", "珺悦府旁的禤家路灯不亮"),
        ('"GB2312"', "gb18030", "㐀路灯不亮"),
        ("x-gbk", "gbk", "镕基路積水"),
        ("iso-8859-1", "cp1252", "“Straße” – kaputt"),
        ("us-ascii", "utf-8", "路灯不亮了三天"),
        ("ks_c_5601-1987", "cp949", "가로등이 꺼졌다"),
        ("shift_jis", "cp932", "①街灯が切れています"),
        ("unknown-8bit", "utf-8", "路灯不亮了三天"),
        ("nonsense", "gb18030", "路灯不亮了三天，请派人来修"),
        ("big5", "big5hkscs", "路燈不亮了三天"),
    ],
)
def test_labels_mean_what_they_mean_on_the_web(label: str, codec: str, words: str) -> None:
    assert text(raw(words.encode(codec), kind=f"text/plain; charset={label}")) == words


@pytest.mark.parametrize(
    ("codec", "words"),
    [
        ("utf-8", "路灯不亮了三天"),
        ("gb18030", "小区里的路灯三天都不亮了，请派人来修"),
        ("big5", "社區裡的路燈三天都不亮了，請派人來修"),
        ("cp1252", "Die Straßenlaterne vor dem Café ist defekt, überall Müll."),
        ("euc-kr", "가로등이 고장났습니다"),
    ],
)
def test_without_a_label_the_bytes_tell(codec: str, words: str) -> None:
    found = mail.read_mail(raw(words.encode(codec), kind="text/plain"), NOW)
    assert (found.text, found.remarks) == (words, ())


def test_an_uncertain_reading_is_said() -> None:
    assert "encoding_guessed" in mail.read_mail(raw(b"\x81\xfe\xe1\x30", kind="text/plain"), NOW).remarks


@pytest.mark.parametrize(
    ("subject", "words"),
    [
        (b"=?gb2312?B?rELUw9Chx/jU69L0?=", "珺悦小区噪音"),
        ("路灯不亮".encode(), "路灯不亮"),
        ("小区里的路灯三天都不亮了".encode("gb18030"), "小区里的路灯三天都不亮了"),
        (b"=?utf-8?B?6Lev54E=?= =?utf-8?B?r+S4jeS6rg==?=", "路灯不亮"),  # a character cut in two by the mailer
        (b"Re: =?utf-8?Q?=E8=B7=AF?= lamp", "Re: 路 lamp"),
    ],
)
def test_subjects(subject: bytes, words: str) -> None:
    assert mail.read_mail(raw(b"x", subject=subject), NOW).subject == words


# -- parts ---------------------------------------------------------------------------------------------


def mixed(*parts: str) -> bytes:
    inner = "".join(f"--b\r\n{part}\r\n" for part in parts)
    return raw(f"{inner}--b--\r\n".encode(), kind="multipart/mixed; boundary=b")


PLAIN = "Content-Type: text/plain; charset=utf-8\r\n\r\n"


def test_text_parts_are_joined_around_a_picture() -> None:
    picture = "Content-Type: image/png; name=a.png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0="
    found = mail.read_mail(mixed(f"{PLAIN}first words", picture, f"{PLAIN}number eighteen"), NOW)
    assert found.text == "first words\n\nnumber eighteen"
    assert [name for name, _ in found.attachments] == ["a.png"]


def test_a_forwarded_mail_is_unpacked() -> None:
    inner = "Content-Type: message/rfc822\r\n\r\nFrom: Li <li@example.org>\r\nSubject: =?utf-8?B?6Lev54Gv?=\r\n" + PLAIN
    found = text(mixed(f"{PLAIN}please look", f"{inner}the lamp is dark\n> since Monday"))
    assert "please look" in found
    assert "Subject: 路灯" in found
    assert "the lamp is dark\n> since Monday" in found, "what is passed on is told whole"


def test_of_alternatives_the_plain_one_speaks_unless_it_is_empty() -> None:
    html = "Content-Type: text/html; charset=utf-8\r\n\r\n<p>rich</p>"
    both = "Content-Type: multipart/alternative; boundary=c\r\n\r\n--c\r\n{}plain\r\n--c\r\n{}\r\n--c--"
    assert text(mixed(both.format(PLAIN, html))) == "plain"
    assert text(mixed(both.replace("plain\r\n", " \r\n").format(PLAIN, html))) == "rich"


def test_an_attached_text_is_told_under_its_name() -> None:
    part = 'Content-Type: text/plain; charset=gbk\r\nContent-Disposition: attachment; filename="a.txt"\r\n\r\n'
    body = mixed(f"{PLAIN}see the file", part + "@@").replace(b"@@", "井盖坏了".encode("gbk"))
    assert text(body) == "see the file\n\n[a.txt]\n井盖坏了"


# -- quotations ----------------------------------------------------------------------------------------

REPLY = "In-Reply-To: <0@h>\r\n"


@pytest.mark.parametrize(
    ("body", "own"),
    [
        ("On Fri, 1 Mar 2024 at 09:00, h <h@e.org> wrote:\r\n> Which house?\r\n\r\nNumber 18.\r\n", "Number 18."),
        ("Still dark.\n\nOn Fri, 1 Mar 2024, hotline\n<h@e.org> wrote:\n> solved\n>> ?\n", "Still dark."),
        ("> Which house?\nNumber 18.\n> Which gate?\nGate 3.\n", "Number 18.\nGate 3."),
        (
            "还没修好\n\n------------------ 原始邮件 ------------------\n发件人: 热线\n主题: 已处理\n\n已处理",
            "还没修好",
        ),
        ("Not done.\n\nFrom: Hotline <h@e.org>\nSent: Friday\nTo: me\nSubject: Re: light\n\nDone.", "Not done."),
        ("From: the school to the bridge\nthe road is flooded", "From: the school to the bridge\nthe road is flooded"),
        ("On Monday the mayor wrote:\nnothing was done", "On Monday the mayor wrote:\nnothing was done"),
        ("> all quoted\n> nothing else", "> all quoted\n> nothing else"),
        ("在 2024年3月1日，热线写道：\n", "在 2024年3月1日，热线写道："),
    ],
)
def test_only_marked_quotations_of_a_reply_are_cut(body: str, own: str) -> None:
    assert text(raw(body.encode(), more=REPLY)) == own


@pytest.mark.parametrize("subject", [b"flood", b"Fwd: flood", "转发: 积水".encode()])
def test_what_answers_nothing_quotes_nothing(subject: bytes) -> None:
    body = "Two hydrants leak.\nFrom: the school to the bridge.\n> a line\n-----Original Message-----\nmore"
    assert text(raw(body.encode(), subject=subject)) == body


def test_quotations_in_html_are_cut_too() -> None:
    body = (
        "<div>Gate 3.</div><div>On Friday h wrote:</div><blockquote><p>Which <b>gate</b>?</p></blockquote><p>Thanks</p>"
    )
    assert text(raw(body.encode(), kind="text/html; charset=utf-8", more=REPLY)) == "Gate 3.\n\nThanks"
