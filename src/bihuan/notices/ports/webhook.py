"""Webhooks signed as Standard Webhooks has it: the receiver checks who sent a message, that it is whole, and not old.

`webhook-id`, `webhook-timestamp` and `webhook-signature: v1,<base64>` are those of
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md; every library of that
standard verifies them with the secret that `bihuan webhook add` prints. The id stays the same when a message is sent
again, so a receiver takes a known one as a repetition. For `OVERLAP` after a key was turned a message bears two
signatures, by the new key and the one before, so that receivers change when they can.

`Bihuan-Signature` and `Idempotency-Key`, the form before, are deprecated: sent beside them in 0.1, gone in 0.2.
"""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from django.conf import settings
from standardwebhooks.webhooks import Webhook as Signer

from bihuan.notices.models import Webhook
from bihuan.notices.ports import PortError
from bihuan.notices.ports.cloudevents import enveloped
from bihuan.notices.ports.outward import post_outward

TIMEOUT = 15.0
OVERLAP = timedelta(days=7)
"""How long the key before still signs too."""


def secret_of(webhook: UUID, turn: int = 0) -> str:
    """The signing secret of a subscription, `whsec_` and base64; derived from the installation's key, never stored.

    Args:
        webhook: The subscription. turn: How often its key was turned.

    Source: Standard Webhooks 1.0.0; docs/topics/notices.md, "Webhooks".
    """
    return "whsec_" + base64.b64encode(_key(webhook, turn)).decode()


def turns_of(hook: Webhook, at: datetime) -> tuple[int, ...]:
    """Return which keys sign at an instant: the present one first, and for a while the one before.

    Source: Standard Webhooks 1.0.0, "Signature scheme" (several signatures); docs/topics/notices.md, "Webhooks".
    """
    overlaps = hook.turned_at is not None and at < hook.turned_at + OVERLAP
    return (hook.turn, hook.turn - 1) if overlaps else (hook.turn,)


def headers_of(webhook: UUID, message: str, body: bytes, at: datetime, turns: tuple[int, ...] = (0,)) -> dict[str, str]:
    """Return the headers of one message.

    Args:
        webhook: The subscription.
        message: The message's id, the same each time it is sent.
        body: What is posted: UTF-8 JSON.
        at: When it is sent (aware).
        turns: Which of its keys sign.

    Source: Standard Webhooks 1.0.0; docs/topics/notices.md, "Webhooks".
    """
    at = at.astimezone(UTC)
    signed = [Signer(secret_of(webhook, turn)).sign(message, at, body.decode()) for turn in turns]
    return {
        "Content-Type": "application/json",
        "webhook-id": message,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signed),
        **_former(webhook, message, body, at, turns[0]),
    }


def send(hook: Webhook, body: dict[str, Any], key: str) -> None:
    """Post one message in the form that the subscription asks for.

    Args:
        hook: The subscription: where to, whose key signs; redirects are not followed.
        body: The message.
        key: The message's id.

    Raises:
        PortError: the receiver answered anything but 2xx, or not at all, or lies in a network of our own.

    Source: Standard Webhooks 1.0.0; docs/topics/notices.md, "Webhooks".
    """
    now, source = datetime.now(UTC), f"{settings.BIHUAN_BASE_URL}/districts/{hook.district_id}"
    told, text = enveloped(hook.form, body, message=key, source=source, at=now)
    headers = headers_of(hook.id, key, text, now, turns_of(hook, now)) | told
    try:
        answer = post_outward(hook.url, text, headers, TIMEOUT)
    except httpx.HTTPError as error:
        raise PortError(f"receiver: {type(error).__name__}: {error}"[:200]) from error
    if not answer.is_success:
        raise PortError(f"receiver answered {answer.status_code}")


def _key(webhook: UUID, turn: int = 0) -> bytes:
    turned = f":{turn}".encode() if turn else b""
    return hmac.digest(settings.BIHUAN_INDEX_KEY.encode(), b"webhook:" + webhook.bytes + turned, "sha256")


def _former(webhook: UUID, message: str, body: bytes, at: datetime, turn: int) -> dict[str, str]:
    """Deprecated, gone in 0.2: the signature of our own form that receivers knew before, under the secret in hex."""
    seconds = int(at.timestamp())
    signed = hmac.new(_key(webhook, turn).hex().encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Bihuan-Signature": f"t={seconds},v1={signed}", "Idempotency-Key": message}
