"""Role × page × object: who may open and send to which page, and on which page anybody reads a report's words.

Every page of the address table must be listed here; a new one fails until somebody has written down whose it is.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, path

from bihuan.extend import PAGES as EXTENDED
from bihuan.faces.parts.assets import MANIFEST
from bihuan.loop.models import CaseRow
from tests.api import rights
from tests.api.callers import caller
from tests.api.rights import ROLES
from tests.api.test_matrix import CANARY, OBJECTS, READS_WORDS, UNIT, sees, town

pytestmark = pytest.mark.slow

__all__ = ["town"]  # the fixture

PUBLIC = {
    "portal", "icon", "report", "received", "receipt-file", "areas-geojson", "track", "my-report", "my-report-act",
    "report-kept", "my-report-answer", "my-report-erasure", "my-report-proof", "track-leave",
    "programmes", "programme",
    "policies", "policy", "policy-ask", "policy-list", "admitted", "programme-diagram", "audit",
    "my-report-letter", "letter-read", "my-letter", "my-letter-file", "certificate-issuer", "certificate-verify",
    "certificate-read", "my-certificate", "certificate-type", "certificate-status", "certificate-check",
    "audit-consistency", "rules", "rules-one", "rules-file",
    "forms", "forms-worker", "form-resume", "form", "form-received", "form-print", "form-print-file",
    "my-passes", "my-passes-clear", "my-pass-back", "pass-offers", "pass-ask", "pass-draw", "pass-list",
    "feed", "feed-linked", "sign", "draws", "draw", "draw-record",
    "boxes", "box", "box-record", "box-vote", "box-receipts", "open-view",
}  # fmt: skip
VALUES = {"key": "hotline", "kind": "request", "sha256": "a" * 64, "command": "urge", "indicator": "resolution_rate",
          "name": "weekly-2026-W40", "fact": "x", "form": "csv",
          "view": "overview", "subject": "x", "box": "none", "lot": "none"}  # fmt: skip
PUBLIC_SEEN_BY = (None, min(READS_WORDS), min({*ROLES} - READS_WORDS))
NO_PAGE = "00000000-0000-0000-0000-000000000000"


def patterns() -> list[URLPattern]:
    """Every page with a name that a room has added."""
    return [path(page.route, page.view, name=page.name) for page in EXTENDED.all() if page.name]


def pages() -> list[tuple[str, str]]:
    """(name, address with `{number}` where a case's number goes) of every page."""
    found = []
    for pattern in patterns():
        address = "/" + str(pattern.pattern)
        for name, converter in pattern.pattern.converters.items():
            kind = type(converter).__name__.removesuffix("Converter").lower()
            kind = {"string": "str"}.get(kind, kind)
            value = "{number}" if name == "number" else NO_PAGE if kind == "uuid" else VALUES[name]
            address = address.replace(f"<{kind}:{name}>", value)
        found.append((str(pattern.name), address))
    return found


def owners(name: str) -> frozenset[str] | None:
    """Whose a page is by the second truth; None: everybody's."""
    return None if name in PUBLIC else rights.may(f"page {name}")


def visitor(role: str | None, unit: str | None) -> Client:
    client = Client(raise_request_exception=False)
    if role is not None:
        user = caller(role, unit).user
        assert user is not None
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_every_page_says_whose_it_is() -> None:
    assert {name for name, _address in pages()} == PUBLIC | rights.named("page").keys()
    for pattern in patterns():
        guarded = getattr(pattern.callback, "rooms", None)
        assert (guarded is None) == (pattern.name in PUBLIC), pattern.name


def test_every_role_opens_exactly_its_pages_and_reads_words_only_where_it_works(town: dict[str, str]) -> None:
    if not MANIFEST.exists():
        pytest.skip("the front end is not built")
    cells = sum(_walk(town, role) for role in (None, *ROLES))
    print(f"page cells: {cells}")
    assert cells > 2000
    assert CaseRow.objects.filter(state="dispatched").count() == 3, "an empty form changes nothing"


def _walk(town: dict[str, str], role: str | None) -> int:
    client = visitor(role, town["unit"] if role in UNIT else None)
    cells = 0
    for name, address in pages():
        for thing in _things(role, name, address):
            url = address.replace("{number}", town[thing])
            for method in ("get", "post"):
                answer: Any = getattr(client, method)(url)
                cells += 1
                where = (role, name, thing, method, answer.status_code)
                _check_status(role, name, thing, answer, where)
                shown = CANARY in (b"" if answer.streaming else answer.content).decode(errors="replace")
                assert not shown or (role in READS_WORDS and _sees_any(role, thing, address)), where
    return cells


def _things(role: str | None, name: str, address: str) -> tuple[str, ...]:
    """The objects for which somebody opens a page.

    A page that is everybody's knows no roles: a stranger opens it, and of the roles one that reads words and one that
    does not. Whose a page is not is led away before any object is looked at: one that there is and one of elsewhere.
    """
    mine = owners(name)
    if mine is None and role not in PUBLIC_SEEN_BY:
        return ()
    if "{number}" not in address:
        return ("own",)
    return OBJECTS if mine is None or role in mine else ("own", "elsewhere")


def _check_status(role: str | None, name: str, thing: str, answer: Any, where: object) -> None:
    mine = owners(name)
    assert answer.status_code < 500, where
    if mine is None:
        return
    led_back = answer.status_code == 302 and "get" in where  # type: ignore[operator]  # an act's address leads to its page
    if led_back and "/accounts/login" not in answer["Location"]:
        return
    if role is None and answer.status_code == 429:
        return  # a stranger who posts to every page is limited before anything else
    if role is None:
        assert answer.status_code == 302, where
        assert "/accounts/login" in answer["Location"], where
    elif role not in mine:
        assert answer.status_code == 403, where
    elif not sees(role, thing):
        assert answer.status_code in (404, 405), where


def _sees_any(role: str, thing: str, address: str) -> bool:
    """A list shows what the role sees; the page of one case only that case (and lists beside it)."""
    return any(sees(role, each) for each in OBJECTS)
