"""frost-sta-client makes, reads, changes and ends what the registers and series hold; and how fast the newest come."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from bihuan.registers.isolation import in_district
from bihuan.registers.live import forget_snapshots
from bihuan.series.store.paging import line_heads
from bihuan.subjects.catalogue import subject_type
from tests.standards import district
from tests.standards.conftest import ForeignClients
from tests.subjects.makers import row, write

pytestmark = pytest.mark.slow

GAUGE = """
id: gauge
edition: "1"
name: {zh: 水尺, en: Gauge}
about: {zh: 试验, en: for tests}
key: number
title: title
geometry: spot
fields:
  number: {type: code, required: true, name: {zh: 编号, en: Number}}
  title: {type: text, name: {zh: 名称, en: Title}}
  river: {type: text, name: {zh: 河流, en: River}}
  spot: {type: place, name: {zh: 位置, en: Spot}}
edit: {roles: [district_admin]}
"""
LEVEL = """
name: {zh: 水位, en: Level}
subject: gauge
quantity: {zh: 水位, en: Water level}
unit: m
zone: UTC
precision: 2
"""
HTTP = httpx.Client(timeout=60)
PROVES = "SensorThings 1.1"


@pytest.fixture
def served(live_server: Any) -> Iterator[str]:
    """A district with a type of gauges and a series of their levels; the address of the wire."""
    district.load()
    with district.own_type("gauge", GAUGE), district.own_type("gauge_level", LEVEL, "series"):
        write(subject_type("gauge"), [row("g1", title="One", spot=[116_300_000, 39_950_000])])
        yield f"{live_server.url}/sta/v1.1"
    forget_snapshots()


def test_a_foreign_client_makes_reads_changes_and_ends(served: str, foreign: ForeignClients) -> None:
    token = district.token_of("district_admin", "integrator")
    told = foreign.python(
        "sensorthings", {"address": served, "token": token}, proves=PROVES, by=("frost-sta-client",)
    )  # fmt: skip
    assert told["made"] == "gauge.g5"
    assert told["name"] == "Gauge five"
    assert told["properties"]["river"] == "Qing"
    assert told["place"] == [{"type": "Point", "coordinates": [116.31, 39.96]}]
    assert told["changed"] == ["Gauge V", "Wanquan"]
    assert told["stream"] == "int"
    assert told["array"] == [25, 24, "error"]
    assert told["total"] == 29
    assert told["filtered"] == [4.25, 3.25]
    assert told["paged"] == 29
    assert told["expanded"] == ["Gauge V", "Level", 23.0]
    assert (told["corrected"], told["after"]) == (9.5, 28)
    assert told["things"] == ["gauge.g1"]
    questions_that_cannot_be_read_are_told(served, token)
    rights_hold(served)
    the_newest_of_five_thousand(served, token)


def questions_that_cannot_be_read_are_told(address: str, token: str) -> None:
    client = httpx.Client(auth=("anyone", token), timeout=60)
    for wrong in ("$filter=result gt", "$top=x", "$filter=nothing(1)", "$unknown=1", "$filter=colour eq 1"):
        answer = client.get(f"{address}/Datastreams?{wrong}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json"), wrong
    assert client.get(f"{address}/Things('gauge.none')").status_code == 404
    assert client.get(f"{address}/Dragons").status_code == 400
    assert client.post(f"{address}/Sensors", json={"name": "mine"}).status_code == 501
    assert client.post(f"{address}/Things", json={"properties": {"type": "dragon"}}).status_code == 422
    assert client.get(f"{address}/Things('gauge.g1')/name/$value").text == "One"
    inside = "st_within(location, geography'POLYGON((116 39,117 39,117 40,116 40,116 39))')"
    assert len(client.get(f"{address}/Locations", params={"$filter": inside}).json()["value"]) == 1
    streams = client.get(f"{address}/Things('gauge.g1')/Datastreams", params={"$count": "true"}).json()
    assert streams == {"@iot.count": 0, "value": []}


def rights_hold(address: str) -> None:
    assert HTTP.get(f"{address}/Things").status_code == 401
    assert HTTP.get(f"{address}/Things", auth=("a", district.token_of("resident"))).status_code == 403
    leader = httpx.Client(auth=("a", district.token_of("leader")), timeout=60)
    assert leader.get(f"{address}/Things").status_code == 200
    assert leader.post(f"{address}/Things", json={"properties": {"type": "gauge", "key": "g9"}}).status_code == 403
    stream = leader.get(f"{address}/Datastreams").json()["value"][0]["@iot.id"]
    sent = {"phenomenonTime": "2026-03-05T00:00:00Z", "result": 1}
    assert leader.post(f"{address}/Datastreams({stream})/Observations", json=sent).status_code == 403


def the_newest_of_five_thousand(address: str, token: str) -> None:
    from django.utils import timezone

    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.loading import Reading
    from bihuan.series.taking import take_records

    catalogue, count = current_catalogue(), 5000
    records = [{"subject": f"n{n}", "time": "2026-03-01T00:00:00Z", "value": "1.25"} for n in range(count)]
    how = Reading(timezone.now(), "m")
    take_records(records, catalogue, catalogue.get("gauge_level"), district.CODE, how, "system:test")
    with in_district(district.CODE):
        assert len(line_heads(district.CODE, ["gauge_level"])) == count + 1
    asked = {
        "$top": "5000", "$select": "id,name",
        "$expand": "Observations($top=1;$orderby=phenomenonTime desc;$select=phenomenonTime,result)",
    }  # fmt: skip
    client = httpx.Client(auth=("anyone", token), timeout=60)
    began = time.process_time()
    told = client.get(f"{address}/Datastreams", params=asked).json()
    print(f"newest of {count} datastreams: {time.process_time() - began:.3f} s CPU")
    assert len(told["value"]) == count
    assert told["value"][-1]["Observations"][0]["result"] == 1.25
