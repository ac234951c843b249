"""rdflib reads the catalogue in both forms, pyshacl judges it, and everything it tells of is there for anybody."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client

from bihuan.registers.live import forget_snapshots
from bihuan.standards.dcat.writing import Iri, RdfText, Triple, as_jsonld, as_turtle
from tests.standards import district
from tests.standards.conftest import CKAN, ForeignClients

PROVES = "DCAT 3"
NASTY = 'a "quoted" \\ back\nslash\t闭环'


@pytest.mark.slow
def test_a_catalogue_is_read_and_judged_by_programs_of_others(db: None, foreign: ForeignClients) -> None:
    district.load()
    client = Client()
    turtle, linked = client.get("/catalog.ttl"), client.get("/catalog.jsonld")
    assert turtle["Content-Type"].startswith("text/turtle")
    said = {"turtle": turtle.content.decode(), "jsonld": linked.content.decode()}
    told = foreign.python("read_catalogue", said, proves=PROVES, by=("rdflib", "pyshacl"))
    assert told["same"]
    assert told["conforms"], told["report"]
    assert not told["broken"], "a distribution without its address is found"
    assert told["semic"][0], told["semic"][1]
    assert not told["semic"][2], "by the shapes of SEMIC too"
    assert told["sets"] >= 5
    harvested = foreign.python("harvest_catalogue", said, proves=PROVES, by=("ckanext-dcat", "ckan"), house=CKAN)
    assert harvested["turtle"] == harvested["jsonld"]
    assert len(harvested["turtle"]) == told["sets"]
    assert sorted(url for each in harvested["turtle"] for url in each["urls"]) == told["addresses"]
    assert all(each["title"] and each["notes"] and all(each["types"]) for each in harvested["turtle"])
    for address in told["addresses"]:
        path = urlsplit(address).path
        assert client.get(path).status_code == 200, path
    assert client.get("/catalog.ttl", headers={"If-None-Match": turtle["ETag"]}).status_code == 304
    assert client.options("/catalog.ttl")["Allow"] == "GET, HEAD, OPTIONS"
    assert client.post("/catalog.ttl")["Content-Type"] == "application/problem+json"
    forget_snapshots()


def test_what_a_form_cannot_hold_is_escaped() -> None:
    said = [Triple(Iri("http://x/<a b>"), "dct:title", RdfText(NASTY, "en"))]
    assert '<http://x/%3Ca%20b%3E> dct:title "a \\"quoted\\" \\\\ back\\nslash\\t闭环"@en .' in as_turtle(said)
    assert b"http://x/%3Ca%20b%3E" in as_jsonld(said)


@pytest.mark.slow
def test_hard_texts_are_read_back_by_others(foreign: ForeignClients) -> None:
    thing, day = Iri("http://x/a"), RdfText("2026-03-01", datatype="date")
    said = [Triple(thing, "dct:title", RdfText(NASTY)), Triple(thing, "dct:issued", day)]
    both = {"turtle": as_turtle(said), "jsonld": as_jsonld(said).decode()}
    assert foreign.python("read_catalogue", both, proves=PROVES, by=("rdflib",))["same"]
