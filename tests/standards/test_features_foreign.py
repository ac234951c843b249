"""Programs of others read subjects and public cases as OGC API Features from a server that listens."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest

from bihuan.loop.models import CaseRow
from bihuan.registers.live import forget_snapshots
from bihuan.subjects.catalogue import subject_type
from tests.api.callers import caller, report
from tests.standards import district
from tests.standards.conftest import ForeignClients
from tests.subjects.makers import TOY, row, write

pytestmark = pytest.mark.slow

PLACED = TOY.replace("key: number", "key: number\ngeometry: spot").replace(
    "  colour:", "  spot: {type: place, name: {zh: 位置, en: Spot}}\n  colour:"
)
HTTP = httpx.Client(timeout=60)
PROVES = "OGC API Features 1.0"
WGS84_LATITUDE_FIRST = "http://www.opengis.net/def/crs/EPSG/0/4326"


@pytest.fixture
def served(live_server: Any) -> Iterator[str]:
    """Five placed toys, three reports; the address of the wire."""
    district.load()
    with district.own_type("toy", PLACED):
        toys = [row(f"t{n}", colour="red", spot=[116_300_000 + n * 10_000, 39_950_000]) for n in range(4)]
        write(subject_type("toy"), [*toys, row("t9", date(2026, 1, 1), date(2026, 2, 1), colour="blue",
                                               spot=[116_250_000, 39_900_000])])  # fmt: skip
        for number in range(3):
            assert caller("integrator").post("/reports", report(), key=f"f{number}").status_code == 201
        CaseRow.objects.filter(number=CaseRow.objects.order_by("number").last().number).update(restricted="minor")
        yield f"{live_server.url}/ogc/"
    forget_snapshots()


def test_foreign_readers_find_what_there_is_and_no_more(served: str, foreign: ForeignClients) -> None:
    token = district.token_of("analyst")
    said = {
        "address": served, "token": token, "collection": "toy", "limit": 3, "then": "2026-01-15",
        "box": [116.305, 39.9, 116.325, 40.0],
    }  # fmt: skip
    told = foreign.python("features", said, proves=PROVES, by=("owslib",))
    assert (told["ids"], told["matched"]) == (["t0", "t1", "t2", "t3"], 4)
    assert (told["boxed"], told["then"]) == (["t1", "t2"], ["t9"])
    assert told["one"] == {"type": "Point", "coordinates": [116.3, 39.95]}
    assert told["metres"]["coordinates"] == pytest.approx([12_946_456.8, 4_858_679.1], abs=0.1)
    assert {"toy", "public-cases"} <= set(told["collections"])
    assert "/ogc/collections/{name}/items" in told["described"]

    told = foreign.node("features", said, proves=PROVES, by=("@camptocamp/ogc-client",))
    assert told["ids"] == ["t0", "t1"]
    assert told["one"] == {"type": "Point", "coordinates": [116.3, 39.95]}

    public_is_open_and_the_rest_is_not(served)
    what_http_asks_of_it(served, token)
    wrong_questions_are_told(served, token)
    read_by_gdal(served, token, foreign)


def public_is_open_and_the_rest_is_not(address: str) -> None:
    listed = HTTP.get(f"{address}collections").json()["collections"]
    assert [each["id"] for each in listed] == ["public-cases"]
    assert HTTP.get(f"{address}collections/toy/items").status_code == 401
    assert HTTP.get(address, headers={"Authorization": "Bearer bih_none"}).status_code == 401
    assert HTTP.get(f"{address}collections/toy", auth=("anyone", district.token_of("resident"))).status_code == 403
    assert HTTP.get(f"{address}collections/toy", auth=("anyone", district.token_of("leader"))).status_code == 200
    told = HTTP.get(f"{address}collections/public-cases/items", params={"datetime": "2020-01-01/.."}).json()
    assert len(told["features"]) == 2, "what is restricted is nobody's"
    text = str(told)
    assert not any(word in text for word in ("张三丰", "13800138000", "电梯"))
    assert told["features"][0]["geometry"]["coordinates"] != [116.28, 39.9], "the middle of a cell, not the place"
    assert told["features"][0]["geometry"]["coordinates"] == pytest.approx([116.28, 39.9], abs=0.003)


def what_http_asks_of_it(address: str, token: str) -> None:
    items = f"{address}collections/toy/items"
    client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60)
    first = client.get(items)
    assert client.get(items, headers={"If-None-Match": first.headers["ETag"]}).status_code in (200, 304)
    again = client.get(f"{address}conformance")
    same = client.get(f"{address}conformance", headers={"If-None-Match": again.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    head = client.head(items)
    assert (head.status_code, head.content, head.headers["Content-Type"]) == (200, b"", "application/geo+json")
    asked = client.options(items)
    assert (asked.status_code, asked.headers["Allow"]) == (204, "GET, HEAD, OPTIONS")
    refused = client.post(items, json={})
    assert (refused.status_code, refused.headers["Content-Type"]) == (405, "application/problem+json")
    missing = client.get(f"{address}nothing/here")
    assert (missing.status_code, missing.headers["Content-Type"]) == (404, "application/problem+json")


def wrong_questions_are_told(address: str, token: str) -> None:
    client = httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=60)
    for wrong in ("limit=0", "bbox=1,2,3", "datetime=soon", "crs=none", "colours=red", "bbox=1,2,nan,4", "at=x"):
        answer = client.get(f"{address}collections/toy/items?{wrong}")
        assert answer.status_code == 400, wrong
        assert answer.json()["field"] == wrong.partition("=")[0]
    swapped = client.get(
        f"{address}collections/toy/items",
        params={"bbox": "39.9,116.305,40.0,116.325", "bbox-crs": WGS84_LATITUDE_FIRST, "crs": WGS84_LATITUDE_FIRST},
    )
    assert [each["id"] for each in swapped.json()["features"]] == ["t1", "t2"]
    assert swapped.json()["features"][0]["geometry"]["coordinates"] == [39.95, 116.31]
    assert swapped.headers["Content-Crs"] == f"<{WGS84_LATITUDE_FIRST}>"


def read_by_gdal(address: str, token: str, foreign: ForeignClients) -> None:
    program = foreign.program("ogrinfo", "gdal-bin")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
    foreign.prove(PROVES, "GDAL ogrinfo", version.split(",")[0].removeprefix("GDAL "))
    command = [program, "-ro", "-al", "-so", f"OAPIF:{address}", "toy", "--config", "GDAL_HTTP_HEADERS",
               f"Authorization: Bearer {token}"]  # fmt: skip
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "Feature Count: 4" in told, told
    assert "colour: String" in told
