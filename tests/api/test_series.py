"""Series over the API: sent by an integrator, read by who reads figures, as known at a vintage, twice is once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bihuan.faces.api import series as face
from bihuan.series.catalogue import read_catalogue
from tests.api.callers import caller
from tests.series.declaring import HOURLY

ALARM = "alarms: [{name: high, kind: above, limit: {fixed: 75}}]\n"


@pytest.fixture
def declared(district: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "toy" / "series" / "toy-hourly.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(HOURLY + ALARM, encoding="utf-8")
    found = read_catalogue([file])
    monkeypatch.setattr(face, "current_catalogue", lambda: found)


def values(*given: tuple[str, Any], **more: Any) -> dict[str, Any]:
    return {"unit": "ug/m3", "observations": [{"subject": "s1", "time": t, "value": v, **more} for t, v in given]}


def test_values_are_sent_read_and_corrected(declared: None) -> None:
    sender, reader = caller("integrator"), caller("analyst")
    body = values(("2026-03-01 01:00", 35.2), ("2026-03-01 02:00", "80"), ("2026-03-01 02:30", 1), ("x", None))
    answer = sender.post("/series/toy-hourly/observations", body)
    assert answer.status_code == 200, answer.content
    first = answer.json()
    assert (first["stored"], first["rejected"]) == (2, 2)
    assert [(row["row"], row["field"]) for row in first["rejects"]] == [(3, "time"), (4, "time")]
    assert sender.post("/series/toy-hourly/observations", body).json()["stored"] == 0
    sender.post("/series/toy-hourly/observations", values(("2026-03-01 02:00", 60)))
    asked = "/series/toy-hourly/values"
    now = reader.get(asked, subject="s1")
    assert now.status_code == 200, now.content
    assert [v["value"] for v in now.json()["values"]] == ["35.2", "60.0"]
    then = reader.get(asked, subject="s1", vintage=first["vintages"][0]).json()
    assert [v["value"] for v in then["values"]] == ["35.2", "80.0"]
    assert reader.get("/series/toy-hourly").json()["values"][0]["value"] == "60.0"
    assert reader.get("/series/toy-hourly/incidents").json()["incidents"] == []
    assert [row["name"] for row in reader.get("/series").json()["series"]] == ["toy-hourly"]


def test_an_incident_is_told(declared: None) -> None:
    caller("integrator").post(
        "/series/toy-hourly/observations", values(("2026-03-01 01:00", 80), ("2026-03-01 02:00", 90))
    )
    (incident,) = caller("leader").get("/series/toy-hourly/incidents", subject="s1").json()["incidents"]
    assert (incident["rule"], incident["opened"], incident["closed"], incident["peak"]) == (
        "high", "2026-03-01T01:00:00+08:00", None, "90.0",
    )  # fmt: skip


def test_what_says_too_little_is_refused_with_a_remedy(declared: None) -> None:
    sender, reader = caller("integrator"), caller("analyst")
    bare = values(("2026-03-01 01:00", 1)) | {"unit": ""}
    answer = sender.post("/series/toy-hourly/observations", bare)
    assert (answer.status_code, answer.json()["code"]) == (422, "unreadable_observations")
    assert answer.json()["remedy"]["en"]
    assert sender.post("/series/toy-hourly/observations", values(("t", 1)) | {"more": 1}).status_code == 422
    assert sender.post("/series/other/observations", bare).status_code == 404
    assert reader.get("/series/toy-hourly/values", subject="s1", **{"from": "yesterday"}).status_code == 422
    assert reader.post("/series/toy-hourly/observations", bare).status_code == 403
    assert caller(None).get("/series").status_code == 401
