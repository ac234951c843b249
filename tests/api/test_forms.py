"""Forms for programs: schema, upload, sending with a key, every defect at once, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import jsonschema
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bihuan.loop.models import CaseRow
from tests.api.callers import Caller, caller
from tests.documents.toy_forms import ANSWERS, FORM, SIGNED, declared, jpeg

pytestmark = pytest.mark.django_db
BODY = {"values": ANSWERS, "declarations": SIGNED}


@pytest.fixture
def stall(district: str) -> Iterator[None]:
    """The toy form in a district."""
    with declared():
        yield


def upload(who: Caller, content: bytes | None = None, form: str = "toy-stall") -> Any:
    """Send a file for the form."""
    file = SimpleUploadedFile("licence.jpg", jpeg() if content is None else content)
    return who.client.post(f"/api/v1/forms/{form}/files", {"file": file}, headers=who.headers)


def test_a_program_reads_the_schema_uploads_and_sends_once(stall: None) -> None:
    who = caller(None)
    assert "toy-stall" in [each["form"] for each in who.get("/forms").json()]
    assert who.get("/forms/toy-stall").json()["fields"]["firm_name"]["source"]["register"] == "enterprise"
    schema = who.get("/forms/toy-stall/schema").json()
    paper = upload(who)
    assert paper.status_code == 201
    body = {**BODY, "files": {"paper": [paper.json()["upload"]]}}
    jsonschema.validate(body, schema)
    first = who.post("/forms/toy-stall/submissions", body, "k1")
    assert first.status_code == 201, first.json()
    told = first.json()
    assert told["number"]
    assert told["access"]
    assert told["receipt"]
    again = who.post("/forms/toy-stall/submissions", body, "k1")
    assert (again.status_code, again.json()["number"]) == (200, None), "a stranger learns nothing of a key"
    other = who.post("/forms/toy-stall/submissions", {**body, "values": {**ANSWERS, "stalls": 3}}, "k1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert CaseRow.objects.count() == 1
    (row,) = caller("operator").get("/forms/toy-stall/submissions").json()
    assert row["number"] == told["number"]
    assert row["said"] == {"firm": ANSWERS["firm"], "kind": "books", "stalls": 2}
    assert "李某" not in str(row)


def test_every_defect_is_in_one_answer(stall: None) -> None:
    who = caller(None)
    answer = who.post("/forms/toy-stall/submissions", {"values": {"kind": 7, "stalls": 99, "x\x00": [1.5]}}, "k2")
    assert answer.status_code == 422
    found = {each["field"]: each["code"] for each in answer.json()["errors"]}
    assert found["stalls"] == "out_of_bounds"
    assert found["paper"] == found["firm"] == "missing"
    assert found["true_words"] == "unsigned"
    assert all(set(each["remedy"]) == {"zh", "en"} for each in answer.json()["errors"])
    lost = {**BODY, "files": {"paper": [str(uuid4())]}}
    assert who.post("/forms/toy-stall/submissions", lost, "k3").json()["errors"][-1]["code"] == "no_upload"
    assert who.post("/forms/toy-stall/submissions", BODY).status_code == 422, "a key is needed"
    assert upload(who, b"no picture").status_code == 422
    assert who.get("/forms/nothing").status_code == 404


def test_a_form_of_staff_is_closed_to_others(stall: None) -> None:
    with declared(FORM.replace('edition: "2026-01"', 'edition: "2026-02"\nwho: staff', 1)):
        assert caller(None).post("/forms/toy-stall/submissions", BODY, "k").status_code == 403
        assert upload(caller(None)).status_code == 403
        who = caller("operator")
        body = {**BODY, "files": {"paper": [upload(who).json()["upload"]]}}
        assert who.post("/forms/toy-stall/submissions", body, "k").status_code == 201
    assert caller(None).get("/forms/toy-stall/submissions").status_code == 401
