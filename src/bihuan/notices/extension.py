"""What the notices add to the house: who is told what, and by which ways."""

from __future__ import annotations

from pathlib import Path

from bihuan.extend import App, Loop, Notices, PlainColumns, Port, SetAside, Standard


def apps() -> tuple[App, ...]:
    """Notices, deliveries, webhooks."""
    return (App("bihuan.notices", order=60),)


def loops() -> tuple[Loop, ...]:
    """From events to messages."""
    from bihuan.notices import background

    return (
        Loop("notices", background.plan_batch, 2.0, "通知生成", "planning of notices"),
        Loop("deliveries", background.deliver_batch, 2.0, "通知发送", "sending of notices"),
    )


def notices() -> tuple[Notices, ...]:
    """What every programme's cases make known."""
    return (Notices("notices", Path(__file__).with_name("notices.yaml")),)


def ports() -> tuple[Port, ...]:
    """By mail where there is an address, else by SMS."""
    from bihuan.notices.ports import mail, sms

    return (
        Port("mail", "邮件", "mail", "email", mail.send, order=10),
        Port("sms", "短信", "SMS", "phone", sms.send, sms.configured, order=20),
    )


def aside() -> tuple[SetAside, ...]:
    """A notice that nobody got."""
    return (
        SetAside(
            "notices",
            "应发的通知没有发出",
            "A notice that was due was not sent",
            "请电话告知相关单位或诉求人，并告知系统管理员",
            "Tell the unit or the reporter by telephone, and tell the administrator",
        ),
    )


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.notices.personal import PLAIN

    return PLAIN


def standards() -> tuple[Standard, ...]:
    """What other systems are told by."""
    return (
        Standard(
            "Standard Webhooks",
            "1.0.0",
            "out",
            "bihuan webhook",
            "签名推送",
            "Signed messages to other systems",
            "tests/standards/test_webhooks_foreign.py",
        ),
        Standard(
            "CloudEvents",
            "1.0.2, HTTP binary and structured",
            "out",
            "bihuan webhook",
            "推送消息的通用信封",
            "The envelope of messages to other systems",
            "tests/standards/test_webhooks_foreign.py",
        ),
        Standard(
            "RFC 5322 (Internet Message Format)",
            "2008",
            "out",
            "bihuan worker",
            "电子邮件通知",
            "Notices by mail",
            "tests/notices/test_notices.py",
        ),
    )
