"""ngsildclient makes, asks and ends entities and pyld expands them; what is not served says so by its type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from django.utils import timezone

from bihuan.registers.live import forget_snapshots
from bihuan.series.catalogue import current_catalogue
from bihuan.series.loading import Reading
from bihuan.series.taking import take_records
from bihuan.standards.ngsild.queries import GeoQuery, WrongQuery, matches
from bihuan.subjects.catalogue import subject_type
from tests.standards import district
from tests.standards.conftest import ForeignClients
from tests.standards.test_sensorthings_foreign import GAUGE, LEVEL
from tests.subjects.makers import row, write

PROVES = "NGSI-LD 1.8 (subset)"
NOT_SERVED = "https://uri.etsi.org/ngsi-ld/errors/OperationNotSupported"


@pytest.fixture
def served(live_server: Any) -> Iterator[str]:
    """A gauge with one level; the address of the server."""
    district.load()
    with district.own_type("gauge", GAUGE), district.own_type("gauge_level", LEVEL, "series"):
        write(subject_type("gauge"), [row("g1", title="One", spot=[116_300_000, 39_950_000])])
        catalogue = current_catalogue()
        records = [{"subject": "g1", "time": "2026-03-01T00:00:00Z", "value": "1.25"}]
        how = Reading(timezone.now(), "m")
        take_records(records, catalogue, catalogue.get("gauge_level"), district.CODE, how, "system:test")
        yield live_server.url
    forget_snapshots()


@pytest.mark.slow
def test_a_foreign_client_makes_asks_and_ends(served: str, foreign: ForeignClients) -> None:
    token, address = district.token_of("district_admin", "integrator"), urlsplit(served)
    client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60, base_url=f"{served}/ngsi-ld/v1")
    said = {
        "host": address.hostname, "port": address.port, "token": token,
        "context": client.get("/context.jsonld").json(),
    }  # fmt: skip
    told = foreign.python("ngsild", said, proves=PROVES, by=("ngsildclient", "pyld"))
    assert told["made"]
    assert told["read"] == ["Seven", [116.31, 39.96], "urn:ngsi-ld:gauge:g7"]
    assert told["river"] == "Wanquan"
    assert told["asked"] == ["urn:ngsi-ld:gauge:g7"]
    assert told["count"] == 3
    assert told["newest"]["value"] == 1.25
    assert (told["newest"]["unitCode"], told["newest"]["observedAt"]) == ("m", "2026-03-01T00:00:00.000Z")
    assert (told["ended"], told["exists"]) == (1, False)
    assert any(each.endswith("context.jsonld#river") for each in told["expanded"])
    assert told["type"][0].endswith("context.jsonld#gauge")
    what_the_standard_asks(client)
    assert httpx.get(f"{served}/ngsi-ld/v1/entities?type=gauge", timeout=60).status_code == 401


def what_the_standard_asks(client: httpx.Client) -> None:
    for method, path in (
        ("POST", "/csourceRegistrations"),
        ("GET", "/temporal/entities"),
        ("POST", "/entityOperations/merge"),
    ):
        told = client.request(method, path, json={})
        assert (told.status_code, told.json()["type"]) == (501, NOT_SERVED), path
    there = {"id": "urn:ngsi-ld:gauge:g1", "type": "gauge", "title": {"type": "Property", "value": "x"}}
    assert client.post("/entities", json=there).json()["type"].endswith("/AlreadyExists")
    assert client.get("/entities/urn:ngsi-ld:gauge:none").json()["type"].endswith("/ResourceNotFound")
    assert client.get("/entities").status_code == 400
    assert client.get("/entities", params={"type": "gauge", "q": "=="}).status_code == 400
    near = {"type": "gauge", "georel": "near;maxDistance==500", "geometry": "Point", "coordinates": "[116.3,39.951]"}
    assert [each["id"] for each in client.get("/entities", params=near).json()] == ["urn:ngsi-ld:gauge:g1"]
    simple = client.get("/entities", params={"type": "gauge", "options": "keyValues", "limit": "1"})
    assert simple.json()[0]["title"] == "One"
    assert 'rel="next"' in simple.headers["Link"] or 'json-ld#context"' in simple.headers["Link"]
    assert client.patch("/entities/urn:ngsi-ld:gauge:g1/attrs", json={"river": "Qing"}).status_code == 204
    assert client.get("/entities/urn:ngsi-ld:gauge:g1").json()["river"]["value"] == "Qing"
    wrong = client.post("/entityOperations/upsert", json=[{"id": "urn:ngsi-ld:gauge:g1", "colour": "red"}, there])
    assert (wrong.status_code, wrong.json()["success"]) == (207, ["urn:ngsi-ld:gauge:g1"])


@pytest.mark.parametrize(
    ("query", "held"),
    [
        ("river", True), ("none", False), ('river=="Qing"', True), ('river!="Qing"', False), ("size>2", True),
        ("size>=3.5;river", True), ("size<3|size>3", True), ("size==1,3.5", True), ("river~=in", True),
        ("open==true", True),
    ],
)  # fmt: skip
def test_what_a_query_wants(query: str, held: bool) -> None:
    entity = {"river": {"value": "Qing"}, "size": {"value": 3.5}, "open": {"value": True}}
    assert matches(entity, query) == held


@pytest.mark.parametrize("query", ["", "a==", "a b", ";", "1==1"])
def test_what_is_no_query_is_told(query: str) -> None:
    with pytest.raises(WrongQuery):
        matches({"a": {"value": 1}}, query)


def test_near_is_in_metres() -> None:
    given = {"georel": "near;maxDistance==1000", "geometry": "Point", "coordinates": "[116.3,39.95]"}
    for lon, near in ((116.3, True), (116.311, True), (116.312, False)):
        place = {"value": {"type": "Point", "coordinates": [lon, 39.95]}}
        assert GeoQuery(given).holds(place) == near, lon
    with pytest.raises(WrongQuery):
        GeoQuery(given | {"coordinates": "[116.3"})
