"""Receiving records: one a receipt, weights and estimates as they are, gaps named; `receipts` names what exists."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.handovers.catalogue import handover_named
from bihuan.handovers.command import app
from bihuan.handovers.declaration import load_handover
from bihuan.handovers.pure.judging import HandoverAnswer
from bihuan.handovers.pure.receipts import NEEDED, ReceiptFacts, ReceiptParty, receiving_records
from bihuan.registers import live
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.pure.cells import Row
from tests.commands import answer_of
from tests.handovers.test_judging import judged, side
from tests.shipped import load_shipped
from tests.subjects.makers import write as write_rows_of

CARRIER = {"a": ReceiptParty("示范运输", "P-1")}


def facts(answer: HandoverAnswer) -> ReceiptFacts:
    """Registers that know everything of the first receipt, and nothing of others."""
    act = answer.acts[0]
    assert act.received is not None
    yard = {act.received.place: ReceiptParty("示范消纳场", "Y-1")}
    return ReceiptFacts({act.received.key: "170904"}, {act.received.key: "R5"}, {act.given.key: CARRIER["a"]}, yard)


def test_a_receipt_is_a_record_with_its_waybill_and_weight() -> None:
    answer = judged([side("京A1")], [side("京A1", 60)])
    (record,) = receiving_records(answer, facts(answer))
    weight = {"metric": "Kilograms", "amount": 18000, "isEstimate": False}
    assert record["wasteItems"] == [
        {"weight": weight, "ewcCodes": ["170904"], "disposalOrRecoveryCodes": [{"code": "R5", "weight": weight}]}
    ]
    assert record["dateTimeReceived"] == "2026-09-10T10:00:00+08:00"
    assert record["carrier"]["vehicleRegistration"] == "p"
    assert (record["carrier"]["organisationName"], record["receiver"]["siteName"]) == ("示范运输", "示范消纳场")
    assert record["missing"] == []
    assert "otherReferencesForMovement" in record


def test_what_no_register_holds_is_left_out_and_named() -> None:
    answer = judged([side("京A1")], [side("京A1", 60)])
    (record,) = receiving_records(answer, ReceiptFacts({}, {}, {}, {}))
    assert record["missing"] == list(NEEDED)
    assert record["carrier"] == {"meansOfTransport": "Road", "vehicleRegistration": "p"}


def test_a_receipt_that_belongs_to_nothing_is_a_record_too() -> None:
    answer = judged([], [side("京A9", 60)])
    (record,) = receiving_records(answer, ReceiptFacts({}, {}, {}, {}))
    assert record["carrier"]["vehicleRegistration"] == "p"


@pytest.mark.slow
def test_the_command_writes_them_from_the_registers(db: None, tmp_path: Path) -> None:

    load_shipped()
    live.forget_snapshots()
    firm = "911101087214234543"
    rows: list[tuple[str, str, dict[str, Any]]] = [
        ("waste-carrier", "code", {"code": firm, "name": "示范运输", "permit": "P-1", "permit_from": "2026-01-01",
                                   "permit_to": "2027-01-01"}),
        ("disposal-yard", "number", {"number": "Y1", "name": "示范消纳场", "permit_from": "2026-01-01",
                                     "permit_to": "2027-01-01"}),
        ("waste-load", "number", {"number": "L1", "plan": "P1", "site": "S1", "plate": "京A12345", "carrier": firm,
                                  "yard": "Y1", "left": "2026-09-10T01:00:00+00:00", "gross_kg": "28000",
                                  "tare_kg": "10000"}),
        ("waste-weighing", "ticket", {"ticket": "T1", "load": "L1", "plate": "京A12345", "yard": "Y1",
                                      "weighed": "2026-09-10T02:00:00+00:00", "gross_kg": "27990", "tare_kg": "10000",
                                      "estimated": True, "waste_code": "170904", "treatment": "R5"}),
    ]  # fmt: skip
    for kind, key, values in rows:
        write_rows_of(subject_type(kind), [Row(1, values[key], None, None, values, None)])
    out = tmp_path / "in.json"
    told = answer_of(app, "receipts", "waste-trip", "--out", str(out), "--at", "2026-09-11T00:00:00+08:00")
    assert (told["records"], told["with_gaps"]) == (1, 0)
    (record,) = json.loads(out.read_text(encoding="utf-8"))
    assert record["wasteItems"][0]["weight"] == {"metric": "Kilograms", "amount": 17990, "isEstimate": True}
    assert record["carrier"]["registrationNumber"] == "P-1"
    assert record["receiver"] == {"siteName": "示范消纳场", "authorisationNumber": "Y1"}


def test_what_receipts_name_must_exist(tmp_path: Path) -> None:
    text = handover_named("waste-trip").file.read_text(encoding="utf-8")
    for old, new, what in (
        ("code: waste_code", "code: cake", "waste-weighing has no open field 'cake'"),
        ("by: carrier, ", "by: cake, ", "waste-load has no open field 'cake'"),
        ("number: permit}", "number: cake}", "waste-carrier has no open field 'cake'"),
        ("by: carrier, ", "", "`carrier` says `by`"),
    ):
        file = tmp_path / "p" / "handovers" / "waste-trip.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")
        with pytest.raises(DeclarationError, match=what):
            load_handover(file)
