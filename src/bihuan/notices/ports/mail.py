"""Mail by SMTP (BIHUAN_SMTP_*), with a message id of its own so that a repeated notice is recognised."""

from smtplib import SMTPException

from django.conf import settings
from django.core.mail import EmailMessage

from bihuan.notices.ports import PortError
from bihuan.notices.rules import NoticeWords


def send(address: str, words: NoticeWords, key: str) -> None:
    """Hand one message to the mail server.

    Raises:
        PortError: it was not taken.

    Source: RFC 5322 §3.6.4 (Message-ID); docs/topics/notices.md.
    """
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2]
    message = EmailMessage(words.subject, words.body, to=[address], headers={"Message-ID": f"<{key}@{domain}>"})
    try:
        message.send()
    except (SMTPException, OSError) as error:
        raise PortError(f"mail server: {type(error).__name__}") from error
