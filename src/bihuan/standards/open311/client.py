"""A client of another installation that speaks GeoReport v2: sends a request once, reads what became of requests.

Never into networks of our own but where `BIHUAN_WEBHOOK_HOSTS` names the host; redirects are not followed.
Source: wiki.open311.org/GeoReport_v2; github.com/mysociety/open311-adapter (servicerequestupdates).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import httpx
import msgspec

from bihuan.faults import Fault
from bihuan.notices.ports.outward import get_outward, post_outward

OUT = "BIHUAN_OPEN311_OUT"
TIMEOUT = 30.0
PAGES = 50
"""Pages of updates at once: 1,000 each where the other is this product."""


class EndpointAway(Exception):
    """The other side did not take or tell it; the message says why."""


class HeardUpdate(msgspec.Struct, frozen=True):
    """A step over there, as its server tells it."""

    update_id: str | int
    service_request_id: str | int
    status: str
    updated_datetime: datetime
    description: str | None = ""


class _Made(msgspec.Struct, frozen=True):
    service_request_id: str | int | None = None
    token: str | None = None


@dataclass(frozen=True)
class Open311Endpoint:
    """Another installation.

    Args:
        url: Without the file's name and without a slash at the end. key: Our `api_key` there.
    """

    url: str
    key: str

    def send(self, said: Mapping[str, str], once: str) -> str:
        """Send a service request and return its number over there; the same key sent again makes no second one.

        Args:
            said: Fields of the standard. once: The key of repetition.

        Raises:
            EndpointAway: it was not taken, or gives no number at once.

        Source: wiki.open311.org/GeoReport_v2, "POST Service Request".
        """
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": once}
        body = urlencode({**said, "api_key": self.key}).encode()
        made = self._decoded(lambda: post_outward(f"{self.url}/requests.json", body, headers, TIMEOUT), list[_Made])
        if not made or made[0].service_request_id in (None, ""):
            raise EndpointAway("no service_request_id in the answer")
        return str(made[0].service_request_id)

    def updates(self, since: datetime, until: datetime) -> Iterator[HeardUpdate]:
        """Yield what happened over there in a time, the oldest first; asks on while answers bring something new.

        Raises:
            EndpointAway: it did not tell.

        Source: github.com/mysociety/open311-adapter (servicerequestupdates).
        """
        known, url = set[str](), f"{self.url}/servicerequestupdates.json"
        for _ in range(PAGES):
            asked = {"start_date": _w3c(since), "end_date": _w3c(until + timedelta(seconds=1)), "api_key": self.key}
            told = self._decoded(lambda asked=asked: get_outward(url, asked, TIMEOUT), list[HeardUpdate])
            fresh = [each for each in told if str(each.update_id) not in known]
            yield from sorted(fresh, key=lambda each: each.updated_datetime)
            known |= {str(each.update_id) for each in fresh}
            last = max((each.updated_datetime for each in fresh), default=since)
            if last <= since:
                return
            since = last

    def _decoded(self, ask: Any, form: Any) -> Any:
        try:
            answer: httpx.Response = ask()
        except httpx.HTTPError as error:
            raise EndpointAway(f"{type(error).__name__}: {error}"[:200]) from error
        if not answer.is_success:
            raise EndpointAway(f"answered {answer.status_code}: {answer.text}"[:200])
        try:
            return msgspec.json.decode(answer.content, type=form)
        except (msgspec.DecodeError, msgspec.ValidationError) as error:
            raise EndpointAway(f"an answer that cannot be read: {error}"[:200]) from error


def endpoints(environ: Mapping[str, str] = os.environ) -> dict[str, Open311Endpoint]:
    """Return name → endpoint of `name=https://:KEY@host/path`, several by spaces.

    Raises:
        Fault: a part is no such thing; the key is not repeated in the message.

    Source: docs/reference/settings.md.
    """
    found: dict[str, Open311Endpoint] = {}
    for part in environ.get(OUT, "").split():
        name, _, address = part.partition("=")
        parts = urlsplit(address)
        if not name or parts.scheme not in ("http", "https") or not parts.hostname or not parts.password:
            raise Fault(f"{OUT}：{name} 不是地址 · {name} is no endpoint", f"{OUT}=north=https://:KEY@host/open311/v2")
        host = parts.netloc.rpartition("@")[2]
        found[name] = Open311Endpoint(f"{parts.scheme}://{host}{parts.path.rstrip('/')}", unquote(parts.password))
    return found


def _w3c(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
