"""The city above: orders with its number and clock, events upward once, differences found and named."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import connection

from bihuan.intake.importing import Importer
from bihuan.intake.mapping import preset
from bihuan.intake.reconciliation import compare_with_city
from bihuan.intake.upward import export_upward
from bihuan.loop.kernel.model import Actor, Command
from bihuan.loop.models import CaseRow, ReportRow, StuckRow
from bihuan.loop.store import Order, append

OPERATOR = Actor("user:operator", frozenset({"operator"}))
START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
MONTH = f"{START:%Y-%m}"
DUE = START + timedelta(days=5)


def orders(path: Path, *numbers: str, **more: Any) -> Path:
    lines = [
        {
            "format": "bihuan-exchange/1", "kind": "order", "number": n, "issued_at": START.isoformat(),
            "due": DUE.isoformat(), "title": "停暖", "text": "整栋楼没有暖气", "category": "utilities.heating.outage",
            "area": "110108001", "reporter": {"name": "王五", "phone": "13900139000"}, **more,
        }
        for n in numbers
    ]  # fmt: skip
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines) + "\n")
    return path


def take_in(path: Path) -> dict[str, Any]:
    return Importer(preset("city-order"), path.with_suffix(".rejects")).run([path]).as_dict()


def case(number: str) -> CaseRow:
    return CaseRow.objects.get(id=ReportRow.objects.get(external_number=number).case_id)


def act(number: str, kind: str, **data: Any) -> None:
    row = case(number)
    command = Command(kind, OPERATOR, datetime.now(UTC), data, {"text": "已恢复供暖"} if kind == "answer" else None)
    assert append([Order(command, row.id)])[0].refusal is None


def exported(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_orders_are_live_cases_with_the_citys_number_and_clock(house: str, tmp_path: Path) -> None:
    assert take_in(orders(tmp_path / "in.jsonl", "BJ-1", "BJ-2"))["created"] == 2
    row = case("BJ-1")
    assert (row.state, row.channel, row.history, row.urgency) == ("received", "city", None, "emergency")
    assert ReportRow.objects.get(external_number="BJ-1").identity_id is not None
    act("BJ-1", "dispatch")
    assert case("BJ-1").fold["clocks"]["feedback"]["due"] == DUE.isoformat().replace("+00:00", "Z")


def test_what_happened_travels_upward_once(house: str, tmp_path: Path) -> None:
    take_in(orders(tmp_path / "in.jsonl", "BJ-1", "BJ-2"))
    act("BJ-1", "dispatch")
    act("BJ-2", "answer")
    assert export_upward("city", tmp_path / "up1.jsonl") == 4
    lines = exported(tmp_path / "up1.jsonl")
    assert {(line["number"], line["event"]) for line in lines} == {
        ("BJ-1", "opened"), ("BJ-1", "dispatched"), ("BJ-2", "opened"), ("BJ-2", "answered"),
    }  # fmt: skip
    sent = next(line for line in lines if line["event"] == "dispatched")
    assert sent["unit"]
    assert sent["due"]["feedback"] == DUE.isoformat().replace("+00:00", "Z")
    assert next(line for line in lines if line["event"] == "answered")["text"] == "已恢复供暖"
    text = (tmp_path / "up1.jsonl").read_text()
    assert "13900139000" not in text
    assert "王五" not in text
    assert "整栋楼" not in text
    assert export_upward("city", tmp_path / "up2.jsonl") == 0
    act("BJ-1", "recall", reason="x")
    assert export_upward("city", tmp_path / "up3.jsonl") == 1
    assert [(line["event"], line["version"]) for line in exported(tmp_path / "up3.jsonl")] == [("recalled", 3)]


def test_reconciliation_names_every_difference(house: str, tmp_path: Path) -> None:
    take_in(orders(tmp_path / "in.jsonl", "BJ-1", "BJ-2", "BJ-3"))
    act("BJ-1", "dispatch")
    act("BJ-2", "answer")
    theirs = [
        {"kind": "order", "number": "BJ-1", "state": "open", "due": DUE.isoformat()},
        {"kind": "order", "number": "BJ-2", "state": "open"},
        {"kind": "order", "number": "BJ-9", "state": "open"},
        {"kind": "order"},
        {
            "kind": "figure",
            "period": f"{START:%Y-%m}",
            "indicator": "resolution_rate",
            "numerator": 5,
            "denominator": 7,
        },
    ]
    path = tmp_path / "theirs.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in theirs))
    result = compare_with_city(path)
    found = {(d.what, d.number.split()[0]): (d.ours, d.theirs) for d in result.differences}
    assert found["state", "BJ-2"] == ("closed", "open")
    assert ("missing_here", "BJ-9") in found
    assert ("missing_there", "BJ-3") in found
    assert found["figure", MONTH][1] == "5/7"
    assert (result.orders, result.figures, result.agreeing, len(result.rejected)) == (3, 1, 1, 1)
    assert len(result.differences) == 4


def test_a_later_deadline_than_ours_is_a_difference(house: str, tmp_path: Path) -> None:
    take_in(orders(tmp_path / "in.jsonl", "BJ-1"))
    act("BJ-1", "dispatch")
    path = tmp_path / "theirs.jsonl"
    path.write_text(json.dumps({"number": "BJ-1", "due": (DUE + timedelta(days=1)).isoformat()}))
    assert [d.what for d in compare_with_city(path).differences] == ["due"]


def test_one_case_that_cannot_be_told_keeps_no_other_from_the_city(house: str, tmp_path: Path) -> None:
    take_in(orders(tmp_path / "in.jsonl", "BJ-1", "BJ-2", "BJ-3"))
    act("BJ-2", "dispatch")
    good = altered("BJ-2", "dispatched", "5")
    assert export_upward("city", tmp_path / "up1.jsonl") == 2
    assert {line["number"] for line in exported(tmp_path / "up1.jsonl")} == {"BJ-1", "BJ-3"}
    (row,) = StuckRow.objects.all()
    assert (row.loop, row.subject, row.number) == ("upward", str(case("BJ-2").id), case("BJ-2").number)
    assert export_upward("city", tmp_path / "up2.jsonl") == 0
    altered("BJ-2", "dispatched", good)
    assert export_upward("city", tmp_path / "up3.jsonl") == 2
    told = [(line["number"], line["version"]) for line in exported(tmp_path / "up3.jsonl")]
    assert told == [("BJ-2", 1), ("BJ-2", 2)], "the versions of a case have no gap above"
    assert not StuckRow.objects.exists()


def altered(number: str, kind: str, data: str) -> str:
    """Write an event's data past the guard, as only damage can; returns what stood there."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE loop_event DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE loop_event e SET data = %s::jsonb FROM loop_event o WHERE o.id = e.id AND e.case_id = %s "
            "AND e.kind = %s RETURNING o.data::text",
            [data, case(number).id, kind],
        )
        before = str(cursor.fetchone()[0])
        cursor.execute("ALTER TABLE loop_event ENABLE TRIGGER USER")
    return before
