"""pm4py reads what is written and discovers the loop; the file has the form of the specification."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from bihuan.lake.manifest import LakeError
from bihuan.standards.ocel.exporting import write_ocel
from tests.lake.conftest import Filled, filled_lake
from tests.standards.conftest import ForeignClients

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """A lake for this module."""
    with filled_lake(tmp_path_factory.mktemp("lake"), django_db_blocker) as made:
        yield made


TEXT, NAMED = {"type": "string"}, {"type": "string", "minLength": 1}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
RELATED = {"type": "array", "items": {"type": "object", "required": ["objectId", "qualifier"],
                                      "properties": {"objectId": NAMED, "qualifier": TEXT}}}  # fmt: skip
KINDS = {"enum": ["string", "time", "integer", "float", "boolean"]}
TYPES = {
    "type": "array",
    "items": {
        "type": "object", "required": ["name", "attributes"], "additionalProperties": False,
        "properties": {"name": NAMED, "attributes": {"type": "array", "items": {
            "type": "object", "required": ["name", "type"], "properties": {"name": NAMED, "type": KINDS}}}},
    },
}  # fmt: skip
VALUES = {"type": "array", "items": {"type": "object", "required": ["name", "value"],
                                     "properties": {"name": NAMED, "value": TEXT, "time": MOMENT}}}  # fmt: skip
TIMED = {**VALUES, "items": {**VALUES["items"], "required": ["name", "value", "time"]}}  # type: ignore[dict-item]
SCHEMA = {
    "type": "object", "required": ["objectTypes", "eventTypes", "objects", "events"], "additionalProperties": False,
    "properties": {
        "objectTypes": TYPES, "eventTypes": TYPES,
        "objects": {"type": "array", "items": {
            "type": "object", "required": ["id", "type"], "additionalProperties": False,
            "properties": {"id": NAMED, "type": NAMED, "attributes": TIMED, "relationships": RELATED}}},
        "events": {"type": "array", "items": {
            "type": "object", "required": ["id", "type", "time"], "additionalProperties": False,
            "properties": {"id": NAMED, "type": NAMED, "time": MOMENT, "attributes": VALUES,
                           "relationships": RELATED}}},
    },
}  # fmt: skip
"""What the official schema (ocel20-schema-json.json) asks of the JSON form, in our own words, and a little more."""


def test_a_lake_is_an_event_log_for_programs_of_others(filled: Filled, tmp_path: Path, foreign: ForeignClients) -> None:
    file = tmp_path / "log.json"
    written = write_ocel(filled.folder, file)
    body = json.loads(file.read_text(encoding="utf-8"))
    jsonschema.validate(body, SCHEMA)
    cases = [each for each in body["objects"] if each["type"] == "case"]
    assert (len(cases), len(body["events"])) == (filled.cases, written.events)
    known = {each["id"] for each in body["objects"]}
    assert all(each["objectId"] in known for event in body["events"] for each in event["relationships"])
    assert len({each["id"] for each in body["events"]}) == len(body["events"])
    told = foreign.python("read_ocel", {"file": str(file)}, proves="OCEL 2.0", by=("pm4py",))
    assert (told["events"], told["objects"]) == (written.events, written.objects)
    assert "case" in told["types"]
    assert "opened>dispatched" in told["follows"]
    assert told["flat"] == written.events


def test_one_programme_and_no_lake(filled: Filled, tmp_path: Path) -> None:
    assert write_ocel(filled.folder, tmp_path / "a.json", "none").events == 0
    with pytest.raises(LakeError, match="no cases"):
        write_ocel(tmp_path / "nowhere", tmp_path / "b.json")
    assert not (tmp_path / "b.json").exists()
