"""Every curl of the documentation is executed against a running server, over real HTTP, with the forgery check on."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bihuan.faces.api import access
from bihuan.ledger import keyring
from bihuan.registers import live
from tests.api.callers import caller
from tests.shipped import load_shipped

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
WRITTEN_FOR = "http://127.0.0.1:8000"
FENCED = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.M | re.S)
INLINE = re.compile(r"`(curl [^`]+)`")


def curls() -> list[tuple[str, str]]:
    """(page, command) of every documented curl."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in FENCED.findall(text):
            joined = block.replace("\\\n", " ")
            found += [(page.name, line.strip()) for line in joined.splitlines() if line.strip().startswith("curl ")]
        found += [(page.name, command) for command in INLINE.findall(FENCED.sub("", text))]
    return found


@pytest.fixture
def running(transactional_db: None, live_server: Any) -> str:
    """A server with the model district."""
    for forget in (live.forget_snapshots, access.forget_tokens, keyring.forget_cached_keys):
        forget()
    load_shipped()
    return str(live_server.url)


def run(command: str, url: str, token: str) -> tuple[int, Any]:
    command = command.replace(WRITTEN_FOR, url)
    assert "127.0.0.1:8000" not in command
    shell = command.replace("curl ", "curl -s -w '\\n%{http_code}' ", 1)
    env = {"PATH": os.environ["PATH"], "TOKEN": token}
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, timeout=60, check=True, env=env)
    body, _newline, status = done.stdout.rpartition("\n")
    return int(status), json.loads(body)


def test_every_documented_curl_works(running: str) -> None:
    token = caller("operator").headers["Authorization"].removeprefix("Bearer ")
    commands = curls()
    assert len(commands) >= 2
    for page, command in commands:
        status, body = run(command, running, token)
        assert status in (200, 201), (page, command, status, body)


def test_a_report_needs_no_page_and_a_signed_in_browser_needs_its_token(running: str) -> None:
    _page, first = next(c for c in curls() if "/reports" in c[1])
    status, body = run(first, running, "")
    assert status == 201
    assert body["access"]
    assert body["receipt"]
    status, body = run(first, running, "")
    assert (status, body["access"], body["number"]) == (200, None, None)


@pytest.mark.django_db
def test_a_signed_in_browser_cannot_be_made_to_write_by_another_page() -> None:
    from django.test import Client

    load_shipped()
    person = caller("operator").user
    client = Client(enforce_csrf_checks=True)
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    body = {"programme": "hotline", "text": "路灯不亮"}
    sent = client.post("/api/v1/reports", body, content_type="application/json", headers={"Idempotency-Key": "a"})
    assert (sent.status_code, sent.json()["code"]) == (403, "csrf")
    client.get("/report/")
    token = client.cookies["csrftoken"].value
    headers = {"Idempotency-Key": "a", "X-CSRFToken": token}
    sent = client.post("/api/v1/reports", body, content_type="application/json", headers=headers)
    assert sent.status_code == 201
