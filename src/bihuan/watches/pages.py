"""Asking for published pages: which are due, how each was found, since when it is not there.

Pages are asked for by the worker, never by a run of watches: a run only reads what was found. Only `http` and `https`,
only addresses of the public internet (those of the inner network when the installation says so), every redirect checked
again, few bytes, few seconds. Source: docs/topics/watches.md, "gone"; RFC 9110 §15; OWASP, "Server-Side Request Forgery
Prevention" (2023).
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

import httpx
from django.db import connection

from bihuan.registers.isolation import in_district
from bihuan.watches.models import PageRow

EVERY = timedelta(hours=12)
"""Between two looks at a page that is there."""
AGAIN = timedelta(hours=2)
"""Between two looks at a page that is not."""
BATCH = 40
AT_ONCE = 8
TIMEOUT = 10.0
MOST_REDIRECTS = 5
LONGEST = 800
INTERNAL = "BIHUAN_PAGES_INTERNAL"
THERE = "200"


def note_pages(district: str, urls: Iterable[str], now: datetime) -> None:
    """Write down pages that are not known yet; each is due at once. Source: docs/topics/watches.md, "gone"."""
    with in_district(district):
        PageRow.objects.bulk_create(
            [PageRow(district_id=district, url=url, due_at=now) for url in sorted(urls)], ignore_conflicts=True
        )


def ask_due_pages(district: str, now: datetime) -> int:
    """Ask for the pages that are due, at most a batch; how many.

    Whoever takes a page moves its time first, so that two workers never ask for one twice.

    Source: docs/topics/watches.md, "gone".
    """
    with in_district(district):
        due = PageRow.objects.select_for_update(skip_locked=True).filter(due_at__lte=now).order_by("due_at", "id")
        rows = list(due[:BATCH])
        PageRow.objects.filter(pk__in=[row.pk for row in rows]).update(due_at=now + AGAIN)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        said = list(pool.map(ask_page, [row.url for row in rows]))
    with in_district(district):
        for row, answer in zip(rows, said, strict=True):
            there = answer == THERE
            row.said, row.asked_at = answer, now
            row.gone_since = None if there else row.gone_since or now
            row.failures = 0 if there else row.failures + 1
            row.due_at = now + (EVERY if there else AGAIN)
            row.save(update_fields=["said", "asked_at", "gone_since", "failures", "due_at"])
    return len(rows)


def ask_page(url: str) -> str:
    """Ask for one page as anybody would.

    Returns:
        `200` when it is there, else the status, or `no_host`, `not_public`, `no_answer`, `not_a_page`, `redirects`.

    Source: RFC 9110 §15 (status codes), §15.4 (redirection).
    """
    headers = {"User-Agent": "Bihuan/0.1 (link check)", "Accept": "text/html,*/*;q=0.5"}
    with httpx.Client(timeout=TIMEOUT, follow_redirects=False, headers=headers, trust_env=False) as client:
        for _ in range(MOST_REDIRECTS + 1):
            found = _address(url)
            if isinstance(found, str):
                return found
            try:
                with client.stream(
                    "GET", found.pinned, headers={"Host": found.host}, extensions={"sni_hostname": found.name}
                ) as answer:
                    status, onward = answer.status_code, answer.headers.get("location", "")
            except (httpx.HTTPError, httpx.InvalidURL, ValueError):
                return "no_answer"
            if status not in (301, 302, 303, 307, 308) or not onward:
                return THERE if 200 <= status < 300 else str(status)
            url = urljoin(url, onward)
    return "redirects"


class PinnedAddress(NamedTuple):
    """Where a page is asked for: its address with the host as a number, the host as written, its name alone.

    The number that was judged is the number that is called: a name that answers otherwise later changes nothing.
    """

    pinned: str
    host: str
    name: str


def _address(url: str) -> PinnedAddress | str:
    """The address, or why a page is not asked for: no page of the web, no host of that name, or not public."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return "not_a_page"
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        return "not_a_page"
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return "no_host"
    if os.environ.get(INTERNAL) != "1" and any(not ipaddress.ip_address(each[4][0]).is_global for each in found):
        return "not_public"
    number = str(found[0][4][0])
    host = f"[{number}]" if ":" in number else number
    return PinnedAddress(parts._replace(netloc=f"{host}:{port}").geturl(), parts.netloc, parts.hostname)


def pages_found(district: str, urls: Sequence[str]) -> dict[str, tuple[str, datetime, datetime, int]]:
    """Of pages that were not there at the last look: what was said, since when, when last asked, how often in a row.

    Source: docs/topics/watches.md, "gone".
    """
    with in_district(district), connection.cursor() as cursor:
        cursor.execute(
            "SELECT url, said, gone_since, asked_at, failures FROM watch_page WHERE district_id = %s "
            "AND url = ANY(%s) AND gone_since IS NOT NULL",
            [district, list(urls)],
        )
        return {url: (said, since, asked, failures) for url, said, since, asked, failures in cursor.fetchall()}
