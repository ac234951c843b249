"""Published pages: asked for by a real client of a real server, gone only after several looks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from bihuan.server.home import current_home
from bihuan.watches import pages
from tests.watches.toys import AT, HERE, forget, look, rows, watch_text

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


class Site:
    """A web site whose pages can be taken down."""

    def __init__(self) -> None:
        self.status: dict[str, int] = {}
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status = site.status.get(self.path, 404)
                self.send_response(status)
                if status in (301, 302):
                    self.send_header("Location", self.headers["Host"].join(("http://", "/there")))
                self.end_headers()

            def log_message(self, *said: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.at = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site of the inner network, which the installation allows."""
    monkeypatch.setenv(pages.INTERNAL, "1")
    found = Site()
    yield found
    found.server.shutdown()
    found.server.server_close()


def test_how_a_page_is_found(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.status = {"/there": 200, "/moved": 301, "/down": 503, "/round": 302}
    said = {path: pages.ask_page(f"{site.at}{path}") for path in ("/there", "/moved", "/none", "/down")}
    assert said == {"/there": "200", "/moved": "200", "/none": "404", "/down": "503"}
    for url, why in {
        "ftp://example.com/x": "not_a_page", "http://user@example.com/": "not_a_page", "http://[": "not_a_page",
        "file:///etc/passwd": "not_a_page", "http://nowhere.invalid/": "no_host", "": "not_a_page",
        "http://example.com:99999/": "not_a_page",
    }.items():  # fmt: skip
        assert pages.ask_page(url) == why, url
    monkeypatch.delenv(pages.INTERNAL)
    for url in (site.at, "http://10.1.2.3/", "http://169.254.169.254/latest/", "http://[::1]/", "http://0/"):
        assert pages.ask_page(url) == "not_public", url


@pytest.mark.usefixtures("toys")
def test_a_page_is_gone_after_several_looks_and_back_when_it_is_back(site: Site) -> None:
    site.status = {"/a": 200}
    rows("toy-permit", AT.date(), [("p1", {"plan": f"{site.at}/a"}), ("p2", {"plan": f"{site.at}/b"}), ("p3", {})])
    file = current_home().path / "programmes" / "toywatch" / "watches" / "toy-page.yaml"
    text = watch_text("{gone: {field: plan, after: 4 h, looks: 3}}", over="{subject: toy-permit}",
                      acts="opens: {case: finding}")  # fmt: skip
    file.write_text(text, encoding="utf-8")
    forget()

    def opened(at: Any) -> list[str]:
        (done,) = look(at, "toy-page").looks
        assert done.fault is None, done.fault
        return [each.found.subject for each in done.opened]

    pages.note_pages(HERE, {f"{site.at}/a", f"{site.at}/b"}, AT)
    for hours in (0, 2):
        assert pages.ask_due_pages(HERE, AT + timedelta(hours=hours)) == (2 if hours == 0 else 1)
        assert opened(AT + timedelta(hours=hours)) == [], "a look or two say little"
    assert pages.ask_due_pages(HERE, AT + timedelta(hours=1)) == 0, "nothing is due"
    pages.ask_due_pages(HERE, AT + timedelta(hours=4))
    assert opened(AT + timedelta(hours=5)) == ["p2"]
    site.status["/b"] = 200
    pages.ask_due_pages(HERE, AT + timedelta(hours=7))
    (done,) = look(AT + timedelta(hours=7), "toy-page").looks
    assert done.counts["cleared"] == 1
