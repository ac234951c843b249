"""One limiter for everything that anybody may do: counted in the database, in one statement, over all processes.

Windows are short: who goes too fast waits for seconds and is never shut out, and what one address or stranger does to a
named account or a case number stops nobody else for longer than a window. Whom an address belongs to is declared once:
`BIHUAN_TRUSTED_PROXIES` says how many proxies of ours add to X-Forwarded-For; with none it is not read at all.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from bihuan.server import security_log

_COUNT = """
INSERT INTO server_limit AS l (name, since, counted) VALUES (%(name)s, now(), %(by)s)
ON CONFLICT (name) DO UPDATE SET
    counted = CASE WHEN l.since <= now() - %(window)s * interval '1 second' THEN 0 ELSE l.counted END + %(by)s,
    since = CASE WHEN l.since <= now() - %(window)s * interval '1 second' THEN now() ELSE l.since END
RETURNING counted, ceil(%(window)s - extract(epoch FROM now() - since))::int
"""
IPV6_SITE = 64  # bits of an IPv6 address that one customer is given


class Limit(NamedTuple):
    """So many times within so many seconds."""

    kind: str
    most: int
    seconds: int


WRITES = Limit("write", 60, 60)  # by somebody without an account, per address
TRACKING = Limit("track", 20, 60)  # tries of an access code, per address
CODES = Limit("code", 60, 60)  # tries of codes for one case number, from anywhere
ERASURES = Limit("erasure", 3, 3600)  # requests for erasure, per report
SIGN_IN = Limit("sign-in", 5, 60)  # failures at one account from one address
SIGN_INS = Limit("sign-ins", 20, 30)  # failures from one address, whatever the account


def seconds_to_wait(limit: Limit, *of: str, by: int = 1) -> int:
    """Count one more and return how many seconds to wait; 0 when it is within the limit.

    Args:
        of: Whom or what it is counted for: an address, a number, an account. Kept as a keyed digest only.
        by: 0 looks without counting.

    Source: docs/adr/0220 (who is too fast waits seconds, nobody is locked out).
    """
    name = hmac.digest(_secret(), "\x1f".join((limit.kind, *of)).encode("utf-8", "replace"), "sha256")
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"name": name, "window": limit.seconds, "by": by})
        counted, left = cursor.fetchone()
    over = counted > limit.most if by else counted >= limit.most
    if not over:
        return 0
    security_log.record("limited", limit=limit.kind)
    return max(1, int(left))


def address_of(request: HttpRequest) -> str:
    """The client's address: the connection's, or what the outermost of our own proxies saw. IPv6 by its site (/64).

    Source: docs/adr/0220 (a declared number of proxies); a site is a /64: RFC 4291 §2.5.4.
    """
    seen = str(request.META.get("REMOTE_ADDR", ""))
    proxies: int = settings.BIHUAN_TRUSTED_PROXIES
    if proxies:
        told = [part.strip() for part in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if part.strip()]
        seen = told[-proxies] if len(told) >= proxies else seen
    try:
        parsed = ipaddress.ip_address(seen)
    except ValueError:
        return "unknown"
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, IPV6_SITE), strict=False).network_address)
    return str(parsed)


def forget_old() -> int:
    """Remove what no window reaches any more; how many rows.

    Source: docs/adr/0220 (limits count over short windows); docs/adr/0244.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM server_limit WHERE since < now() - interval '1 hour'")
        return int(cursor.rowcount)


@lru_cache(maxsize=1)
def _secret() -> bytes:
    return hashlib.sha256(b"bihuan-limits|" + settings.SECRET_KEY.encode()).digest()
