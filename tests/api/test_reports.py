"""Reporting through the API: receipts, idempotency, problems, tracking."""

from __future__ import annotations

import pytest

from bihuan.loop.models import CaseRow
from tests.api.callers import caller, report

pytestmark = pytest.mark.usefixtures("district", "app_role")


def test_a_report_is_answered_with_a_signed_receipt_and_can_be_followed() -> None:
    answer = caller("integrator").post("/reports", report(), key="a")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["receipt"]["signature"]
    nobody = caller(None)
    seen = nobody.client.get(f"/api/v1/track/{body['number']}", headers={"X-Access-Code": body["access"]})
    assert seen.json()["state"] == "received"
    wrong = nobody.client.get(f"/api/v1/track/{body['number']}", headers={"X-Access-Code": "0" * len(body["access"])})
    assert wrong.status_code == 404
    kept = nobody.post("/audit/receipt", body["receipt"]).json()
    assert kept.get("state") == "pending", str(kept)
    forged = {**body["receipt"], "case": "1"}
    told = nobody.post("/audit/receipt", forged).json()
    assert (told["ok"], told["state"], told["reason"]) == (False, "broken", "altered")
    assert set(told["heading"]) == set(told["text"]) == {"zh", "en"}
    refused = nobody.post("/audit/receipt", {"case": "1"})
    assert (refused.status_code, refused.json()["code"]) == (422, "bad_receipt")


def test_the_same_key_gives_the_same_receipt_and_one_case() -> None:
    me = caller("integrator")
    first, second = me.post("/reports", report(), key="k"), me.post("/reports", report(), key="k")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["receipt"] == second.json()["receipt"]
    assert CaseRow.objects.count() == 1
    assert caller("integrator").post("/reports", report(), key="k").status_code == 201, (
        "another caller's key is another key"
    )


def test_a_resident_without_an_account_may_report_but_not_list() -> None:
    nobody = caller(None)
    assert nobody.post("/reports", report(), key="n").status_code == 201
    refused = nobody.get("/cases")
    assert refused.status_code == 401
    assert refused["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "body.text"),
        ({"lon": 200}, "body.lon"),
        ({"lat": None}, "lat"),
        ({"phone": "1"}, "body.phone"),
        ({"reporter": {"phone": "12"}}, "phone"),
        ({"urgency": "whenever"}, "urgency"),
        ({"programme": "nothing"}, "programme"),
        ({"at": "2026-01-01T00:00:00"}, "at"),
    ],
)
def test_a_bad_report_names_the_field_and_the_remedy(change: dict[str, object], field: str) -> None:
    answer = caller("operator").post("/reports", report(**change), key="bad")
    body = answer.json()
    assert answer.status_code == 422, body
    named = [body.get("field")] + [e["field"] for e in body.get("errors", ())]
    assert any(n and n.endswith(field.removeprefix("body.")) for n in named), body
    assert body["text"]["zh"]
    assert CaseRow.objects.count() == 0


def test_without_a_key_a_report_needs_the_number_of_its_own_system() -> None:
    me = caller("integrator")
    assert me.post("/reports", report()).json()["code"] == "key_missing"
    assert me.post("/reports", report(source="city", number="7")).status_code == 201
    assert me.post("/reports", report(source="city", number="7")).status_code == 200
