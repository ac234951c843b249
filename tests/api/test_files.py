"""Evidence over the API: a file first, then its id; nothing is believed that no file shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.registers.models import Organisation
from tests.api.callers import Caller, caller, report
from tests.loop.test_copies import OWNER, encoded, photo

pytestmark = pytest.mark.slow


@pytest.fixture
def held(district: str, tmp_path: Path, settings: Any) -> tuple[Caller, str]:
    """A unit's handler and the number of a case that it has accepted."""
    settings.MEDIA_ROOT = tmp_path
    operator = caller("operator")
    number = operator.post("/reports", report(), key="k1").json()["number"]
    street = str(Organisation.objects.filter(spans__kind="street").order_by("code").first().id)  # type: ignore[union-attr]
    assert operator.post(f"/cases/{number}/commands/dispatch", {"data": {"unit": street}}).status_code == 200
    handler = caller("handler", street)
    assert handler.post(f"/cases/{number}/commands/accept", {}).status_code == 200
    return handler, number


def _upload(who: Caller, number: str, content: bytes) -> Any:
    file = SimpleUploadedFile("x.jpg", content, "image/jpeg")
    return who.client.post(f"/api/v1/cases/{number}/files", {"file": file}, headers=who.headers)


def test_a_file_is_uploaded_and_named(held: tuple[Caller, str]) -> None:
    who, number = held
    made = _upload(who, number, encoded(photo()))
    assert made.status_code == 201
    assert made.json()["place"] == [116_310_000, 39_980_000]
    body = {"data": {"type": "photo", "media": made.json()["media"]}}
    sent = who.post(f"/cases/{number}/commands/add_evidence", body)
    assert sent.status_code == 200, sent.json()
    assert sent.json()["events"][0]["data"]["taken_at"] == "2026-11-23T02:00:00Z"
    for size in (320, 1600):
        shown = who.get(f"/cases/{number}/files/{made.json()['sha256']}", size=size)
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
        assert OWNER.encode() not in shown.getvalue()
    assert who.get(f"/cases/{number}/files/{'0' * 64}").status_code == 404
    assert who.get(f"/cases/{number}/files/a%00").status_code == 400


@pytest.mark.parametrize(
    "invented",
    [
        {"sha256": "a" * 64},
        {"sha256": "a" * 64, "taken_at": "2026-11-23T02:00:00Z", "place": [116_300_000, 39_950_000]},
        {"media": "00000000-0000-7000-8000-000000000000"},
        {"size": 5},
        {"picture": "0" * 16},
        {},
    ],
)
def test_facts_without_a_file_are_refused(held: tuple[Caller, str], invented: dict[str, Any]) -> None:
    who, number = held
    sent = who.post(f"/cases/{number}/commands/add_evidence", {"data": {"type": "photo", **invented}})
    assert sent.status_code == 422
    assert sent.json()["code"] in ("computed_here", "no_such_upload")
    assert not [e for e in who.get(f"/cases/{number}/events").json() if e["kind"] == "evidence_added"]


@pytest.mark.parametrize("content", [b"", b"#!/bin/sh", encoded(photo())[:500], b"\x89PNG\r\n\x1a\n" + b"\0" * 50])
def test_what_is_no_file_of_the_kinds_is_refused(held: tuple[Caller, str], content: bytes) -> None:
    who, number = held
    sent = _upload(who, number, content)
    assert sent.status_code == 422
    assert sent["Content-Type"] == "application/problem+json"
