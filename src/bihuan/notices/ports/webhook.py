"""Signed webhooks: the receiver checks who sent a message, that it is whole, and that it is not an old one.

`Bihuan-Signature: t=<unix seconds>,v1=<hex HMAC-SHA256 of "t.body">`. A receiver refuses what is older than five
minutes and treats a known `Idempotency-Key` as a repetition.
"""

import hashlib
import hmac
import time
from typing import Any
from uuid import UUID

import httpx
import msgspec
from django.conf import settings

from bihuan.notices.ports import PortError

TIMEOUT = 15.0
WINDOW = 300


def secret_of(webhook: UUID) -> str:
    """The signing secret of a subscription, derived from the installation's key; shown once, never stored."""
    return hmac.new(settings.BIHUAN_INDEX_KEY.encode(), b"webhook:" + webhook.bytes, hashlib.sha256).hexdigest()


def signature(secret: str, at: int, body: bytes) -> str:
    """The header's value for a body sent at a unix time."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def genuine(secret: str, header: str, body: bytes, now: float | None = None) -> bool:
    """Whether a received message is ours, whole and recent (what a receiver does)."""
    parts = dict(part.split("=", 1) for part in header.split(",") if "=" in part)
    at = int(parts.get("t", "0"))
    fresh = abs((now or time.time()) - at) <= WINDOW
    return fresh and hmac.compare_digest(signature(secret, at, body), header)


def send(url: str, webhook: UUID, body: dict[str, Any], key: str) -> None:
    """Post one message.

    Raises:
        PortError: the receiver answered anything but 2xx, or not at all.
    """
    text = msgspec.json.encode(body)
    signed = signature(secret_of(webhook), int(time.time()), text)
    headers = {"Content-Type": "application/json", "Bihuan-Signature": signed, "Idempotency-Key": key}
    try:
        answer = httpx.post(url, content=text, headers=headers, timeout=TIMEOUT, follow_redirects=False)
    except httpx.HTTPError as error:
        raise PortError(f"receiver: {type(error).__name__}") from error
    if not answer.is_success:
        raise PortError(f"receiver answered {answer.status_code}")
