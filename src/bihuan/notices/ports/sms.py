"""SMS by an HTTP gateway (docs/reference/sms-port.md): POST JSON to BIHUAN_SMS_URL with a bearer BIHUAN_SMS_TOKEN."""

import os

import httpx

from bihuan.notices.ports import PortError
from bihuan.notices.rules import NoticeWords
from bihuan.registers.pure.phones import number_of

TIMEOUT = 15.0


def configured() -> bool:
    """Whether this installation has a gateway. Source: docs/reference/sms-port.md, with docs/topics/notices.md."""
    return bool(os.environ.get("BIHUAN_SMS_URL"))


def send(phone: str, words: NoticeWords, key: str) -> None:
    """Hand the body of one message to the gateway; `key` lets it recognise a repetition.

    Raises:
        PortError: it answered anything but 2xx, or not at all.

    Source: docs/reference/sms-port.md; RFC 6750 §2.1 (bearer token).
    """
    headers = {"Idempotency-Key": key}
    if token := os.environ.get("BIHUAN_SMS_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    try:
        message = {"to": number_of(phone), "text": words.body, "key": key}
        answer = httpx.post(os.environ["BIHUAN_SMS_URL"], json=message, headers=headers, timeout=TIMEOUT)
    except httpx.HTTPError as error:
        raise PortError(f"SMS gateway: {type(error).__name__}") from error
    if not answer.is_success:
        raise PortError(f"SMS gateway answered {answer.status_code}")
