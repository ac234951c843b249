"""Webhooks signed as Standard Webhooks has it: the receiver checks who sent a message, that it is whole, and not old.

`webhook-id`, `webhook-timestamp` and `webhook-signature: v1,<base64>` are those of
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md; every library of that
standard verifies them with the secret that `bihuan webhook add` prints. The id stays the same when a message is sent
again, so a receiver takes a known one as a repetition.

`Bihuan-Signature` and `Idempotency-Key`, the form before, are deprecated: sent beside them in 0.1, gone in 0.2.
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import msgspec
from django.conf import settings
from standardwebhooks.webhooks import Webhook

from bihuan.notices.ports import PortError

TIMEOUT = 15.0


def secret_of(webhook: UUID) -> str:
    """The signing secret of a subscription, `whsec_` and base64; derived from the installation's key, never stored.

    Source: Standard Webhooks 1.0.0; docs/topics/notices.md, "Webhooks".
    """
    return "whsec_" + base64.b64encode(_key(webhook)).decode()


def headers_of(webhook: UUID, message: str, body: bytes, at: datetime) -> dict[str, str]:
    """Return the headers of one message.

    Args:
        webhook: The subscription.
        message: The message's id, the same each time it is sent.
        body: What is posted: UTF-8 JSON.
        at: When it is sent (aware).

    Source: Standard Webhooks 1.0.0; docs/topics/notices.md, "Webhooks".
    """
    at = at.astimezone(UTC)
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret_of(webhook)).sign(message, at, body.decode()),
        **_former(webhook, message, body, at),
    }


def send(url: str, webhook: UUID, body: dict[str, Any], key: str) -> None:
    """Post one message.

    Args:
        url: Where to; redirects are not followed.
        webhook: The subscription, whose secret signs.
        body: The message.
        key: The message's id.

    Raises:
        PortError: the receiver answered anything but 2xx, or not at all.

    Source: Standard Webhooks 1.0.0; docs/topics/notices.md, "Webhooks".
    """
    text = msgspec.json.encode(body)
    headers = headers_of(webhook, key, text, datetime.now(UTC))
    try:
        answer = httpx.post(url, content=text, headers=headers, timeout=TIMEOUT, follow_redirects=False)
    except httpx.HTTPError as error:
        raise PortError(f"receiver: {type(error).__name__}") from error
    if not answer.is_success:
        raise PortError(f"receiver answered {answer.status_code}")


def _key(webhook: UUID) -> bytes:
    return hmac.digest(settings.BIHUAN_INDEX_KEY.encode(), b"webhook:" + webhook.bytes, "sha256")


def _former(webhook: UUID, message: str, body: bytes, at: datetime) -> dict[str, str]:
    """Deprecated, gone in 0.2: the signature of our own form that receivers knew before, under the secret in hex."""
    seconds = int(at.timestamp())
    signed = hmac.new(_key(webhook).hex().encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Bihuan-Signature": f"t={seconds},v1={signed}", "Idempotency-Key": message}
