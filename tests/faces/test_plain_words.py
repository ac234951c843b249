"""No page for people shows a Python value or the name of a table or field: pages of every role, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import resolve

from bihuan.registers.models import User
from tests.faces import cases

pytestmark = pytest.mark.slow
RAW = {
    "a Python dict": re.compile(r"\{'|': '|\[\('"),
    "a Python value": re.compile(r"(^|[=:,(])\s*(None|True|False)\s*($|[,)\]}])|Decimal\(|datetime\.", re.MULTILINE),
    "a field's or table's name": re.compile(r"\b[a-z]+[a-z0-9]*(_[a-z0-9]+)+\b"),
    "a case of verified": re.compile(r"\bverified (False|True|false|true)\b"),
}
PEOPLE = (
    None,
    "operator",
    "handler",
    "head",
    "callback",
    "arbiter",
    "inspector",
    "leader",
    "analyst",
    "auditor",
    "admin",
)
STARTS = (
    "/",
    "/report/",
    "/track/",
    "/programmes/",
    "/audit/",
    "/home/",
    "/desk/new/",
    "/desk/caller/",
    "/no/such/page/",
)
PER_ROUTE = 6  # pages read of one kind: cases in every state, indicators, programmes


class Page(HTMLParser):
    """The words of a page and the links of it. Left out: what a person typed or downloads, and machine text to copy."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a" and (found.get("href") or "").startswith(("/", "?")):
            self.links.append(found["href"] or "")
        self.words += [v for k, v in attrs if k in ("aria-label", "title", "alt", "placeholder") and v]
        if tag in ("script", "style", "pre", "textarea", "kbd"):
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.words.append(data)


@pytest.fixture
def town(loaded: None, db: None, built: None) -> dict[str, str]:
    """Cases in every state, with requests pending, a return, a suspension, a merge and a second handling."""
    for n, state in enumerate(
        ("received", "dispatched", "held", "asking", "suspended", "returned", "called", "merged")
    ):
        case, _code = cases.opened(f"case {n}")
        if state == "merged":
            parent, _code = cases.opened("parent")
            client = _signed_in("operator")
            client.post(f"/desk/{case.number}/merge/", {"parent": parent.number})
            continue
        if state == "received":
            continue
        case = cases.then(case, "operator", "dispatch", unit="street-110108011")
        if state == "returned":
            cases.then(case, "handler", "return", reason="not_our_duty")
        if state in ("held", "asking", "suspended", "called"):
            case = cases.then(case, "handler", "accept")
        if state == "asking":
            cases.then(case, "handler", "request_extension", clock="feedback", reason="parts are ordered")
        if state == "suspended":
            until = (datetime.now(UTC) + timedelta(days=20)).isoformat()
            case = cases.then(case, "handler", "request_suspension", until=until, reason="works")
            cases.then(case, "arbiter", "approve_suspension")
    verifying, _code = cases.handled("verifying")
    closed, _code = cases.handled("closed")
    cases.then(closed, "callback", "verify", result="solved", satisfied="yes")
    again, _code = cases.handled("again")
    cases.then(again, "callback", "verify", result="unsolved", satisfied="no")
    asked, _code = cases.handled("asked to be left out")
    asked = cases.then(asked, "callback", "verify", result="unsolved", satisfied="no")
    return {"verifying": verifying.number}


def _signed_in(user: str | None) -> Client:
    client = Client()
    if user and (found := User.objects.filter(username=user).first()):
        client.force_login(found, backend="django.contrib.auth.backends.ModelBackend")
    return client


def read(client: Client, counted: dict[str, int]) -> Iterator[tuple[str, str]]:
    """(address, words) of every page that can be reached by links.

    Args:
        client: Who reads.
        counted: How many pages of a kind have been read; what is read is counted in it.
    """
    waiting, seen = list(STARTS), set[str]()
    while waiting:
        path = waiting.pop(0).partition("#")[0]
        route = f"{resolve(path.partition('?')[0]).route}?{path.partition('?')[2][:5]}" if path != STARTS[-1] else path
        if path in seen or counted.get(route, 0) >= PER_ROUTE or path.startswith(("/static/", "/accounts/", "/api/")):
            continue
        seen.add(path)
        counted[route] = counted.get(route, 0) + 1
        response = client.get(path)
        assert response.status_code < 500, path
        if not response.headers.get("Content-Type", "").startswith("text/html"):
            continue
        page = Page()
        page.feed(response.content.decode())
        base = path.partition("?")[0]
        waiting += [base + link if link.startswith("?") else link for link in page.links]
        yield path, "\n".join(page.words)


def faults(text: str) -> list[str]:
    """What of a page's words is not for people, each with its surroundings."""
    return [
        f"{what}: …{text[max(0, m.start() - 30) : m.end() + 20]}…"
        for what, pattern in RAW.items()
        for m in pattern.finditer(text)
    ]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_of_every_role_speaks_to_people(town: dict[str, str], language: str) -> None:
    found, pages, public = [], 0, dict[str, int]()
    for user in PEOPLE:
        client = _signed_in(user)
        client.cookies["django_language"] = language
        # What everybody is shown, somebody without a log-in reads; each other person one page of the kind.
        counted = {route: min(n, PER_ROUTE - 1) for route, n in public.items()} if user else public
        for path, text in read(client, counted):
            pages += 1
            for what, pattern in RAW.items():
                found += [
                    f"{user} {path}: {what}: …{text[max(0, m.start() - 30) : m.end() + 20]}…"
                    for m in pattern.finditer(text)
                ]
    print(f"{pages} pages read")
    assert pages > 150
    assert not found, "\n".join(sorted(set(found))[:60])


def test_the_reader_sees_what_it_looks_for(town: dict[str, str]) -> None:
    for text in ("{'zh': 'x'}", "verified False", "loop_case", "by event 3, reporter_joined"):
        assert any(pattern.search(text) for pattern in RAW.values()), text
