"""Idempotency keys: bound to their caller, kept as a keyed digest, with a digest of everything that was asked.

The same caller with the same key and the same body has one effect and gets the same answer; the same key with another
body, case or route is a mistake and is refused (`KEY_REUSED`). Another caller's key is another key. What callers write
into keys (mail ids, names, numbers of theirs) is nowhere to be read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from functools import lru_cache
from typing import Any

from django.conf import settings

from bihuan.loop.kernel.model import Refusal, Text

KEY_REUSED = Refusal(
    "key_reused",
    Text("这个幂等键已用于另一份内容", "this idempotency key was used with other contents"),
    Text("新内容请用新的随机键；重发请保持内容不变",
         "use a new random key for new contents, or resend them unchanged"),
    "Idempotency-Key",
)  # fmt: skip


def bound(channel: str, caller: str, key: str) -> str:
    """Return the stored key of a caller's key.

    Args:
        channel: api, face, web, mail.
        caller: actor id, or for a browser without an account what only that browser knows.
        key: as the caller gave it.

    Source: docs/adr/0220 (keys are bound to their caller and to a digest of route, case and body)
    """
    return f"{channel}:{hmac.digest(_secret(), f'{channel}|{caller}|{key}'.encode(), 'sha256').hex()}"


def digest_of(*parts: Any) -> bytes:
    """32 bytes over route, case and body; equal requests give equal bytes, whatever the order of their fields.

    Source: docs/adr/0220 (keys are bound to their caller and to a digest of route, case and body)
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).digest()


@lru_cache(maxsize=1)
def _secret() -> bytes:
    return hashlib.sha256(b"bihuan-keys|" + settings.BIHUAN_INDEX_KEY.encode()).digest()
