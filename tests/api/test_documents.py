"""Texts in versions for programs and on the page: kept once, compared, concluded upon, lapsed with the text."""

from __future__ import annotations

import pytest
from django.test import Client

from bihuan.faces.parts.assets import MANIFEST
from tests.api.callers import caller
from tests.documents.test_clauses import LAW

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def test_a_text_is_kept_compared_and_concluded_upon(district: str) -> None:
    who = caller("operator")
    body = {"title": "某某办法", "text": LAW}
    first = who.post("/documents/rule-1/versions", body)
    assert (first.status_code, first.json()["version"]) == (201, 1)
    assert who.post("/documents/rule-1/versions", body).status_code == 200
    said = {"sha256": first.json()["sha256"], "kind": "fair_competition", "verdict": "no_harm", "reason": "同等对待"}
    assert who.post("/documents/rule-1/conclusions", {**said, "clauses": ["2"]}).status_code == 201
    assert who.post("/documents/rule-1/conclusions", {**said, "clauses": ["9"]}).status_code == 404
    assert who.post("/documents/rule-1/versions", {**body, "text": LAW.replace("责令", "可以责令")}).status_code == 201
    refused = who.post("/documents/rule-1/conclusions", said)
    assert (refused.status_code, refused.json()["code"]) == (409, "text_changed")
    told = who.get("/documents/rule-1").json()
    assert told["version"] == 2
    assert (told["conclusions"][0]["stands"], told["conclusions"][0]["unchanged"]) == (False, True)
    changed = [
        each for each in who.get("/documents/rule-1/changes", before=1).json()["changes"] if each["kind"] != "same"
    ]
    assert changed == [{"kind": "changed", "before": "10", "after": "10", "parts": [{"removed": "", "added": "可以"}]}]
    assert who.get("/documents/rule-1", version=7).status_code == 404
    if MANIFEST.exists():
        client = Client()
        assert who.user is not None
        client.force_login(who.user, backend=BACKEND)
        page = client.get("/documents/rule-1/").content.decode()
        assert "所涉条款未变" in page
        assert "可以" in page
        assert "rule-1" in client.get("/documents/").content.decode()
