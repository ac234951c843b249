"""Construction waste: what a filing, a certificate and an acceptance demand; its handover and watches are in use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from bihuan.handovers.catalogue import known_handovers
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.decide import decide
from bihuan.loop.kernel.evolve import fold
from bihuan.loop.kernel.model import Actor, Case, Command, Refusal
from bihuan.registers.pure.ids import new_id
from bihuan.registers.roles import all_roles
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import START, book, community, facts, handler, programme, registers

NAME = "construction-waste"
PLAN = {
    "carrier": "C1", "yard": "Y1", "kind": "soil", "begins": "2026-06-01", "ends": "2026-06-30",
    "planned_kg": 1_000_000,
    "permit_from": "2026-01-01", "permit_to": "2026-06-30", "capacity_kg": 1_000_000, "trucks": 3,
    "first_expiry": "2026-06-01", "open": 0, "en_route": 0, "received_percent": "95", "received_kg": "950000",
    "certified": "2026-07-02",
}  # fmt: skip


class Plans(LoopFacts):
    """Facts of one plan, its carrier, its yard and its loads."""

    values: dict[str, Any] = PLAN

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, dict[str, Any]] | None:
        """See `Facts.ask`."""
        _, _, name = kind.partition(".")
        known = {"street": community(), "name": key, **self.values}
        value = known.get(name) if name else known
        return None if value is None else (value, {"subject": f"{kind}/{key}"})


def answered(what: str, known_now: dict[str, Any]) -> Any:
    """What becomes of the approval of an application when this is known."""
    known = Plans(registers(), book(), facts().now, "seed")
    known.values = {**PLAN, **known_now}
    declared, unit = programme(NAME), registers().organisations.at(START.date()).units("department")[0].id
    officer = Actor("user:officer", frozenset({"waste_officer"}), local={"waste_officer": all_roles()["waste_officer"]})
    form = dict.fromkeys(("commitment", "treatment", "carrier_contract", "yard_contract"), "D1")
    said = {"kind": what, "number": "1", "channel": "web", "subject": "P1", "unit": unit,
            "fields": form if what == "filing" else known_now.get("form", {})}  # fmt: skip
    opened = decide(declared, Case(id=new_id()), Command("open", handler(unit), START, said), known)
    assert not isinstance(opened, Refusal), opened
    case = fold(opened[0].case, opened)
    until = (START + timedelta(days=100)).isoformat()
    told = decide(declared, case, Command("approve", officer, START + timedelta(days=1), {"until": until}), known)
    return told if isinstance(told, Refusal) else None


def _fined(offence: str, amount: str, heard: str = "yes") -> dict[str, Any]:
    return {"form": {"offence": offence, "amount": amount, "found_in": "C1", "heard": heard}}


@pytest.mark.parametrize(
    ("kind", "known", "refused"),
    [
        ("filing", {}, None), ("filing", {"permit_to": "2026-06-29"}, "carrier_valid"),
        ("filing", {"permit_from": "2026-06-02"}, "carrier_valid"),
        ("filing", {"capacity_kg": 999_999}, "yard_has_room"),
        ("filing", {"trucks": 0, "first_expiry": None}, "trucks_permitted"), ("certificate", {}, None),
        ("certificate", {"open": 1, "open_acts": "L1, L2"}, "loads_open"),
        ("certificate", {"en_route": 1}, "loads_en_route"),
        ("certificate", {"received_percent": "94.99"}, "too_little_received"),
        ("certificate", {"kind": "renovation", "received_percent": "85"}, None),
        ("certificate", {"received_percent": None}, "too_little_received"), ("acceptance", {}, None),
        ("acceptance", {"certified": None, "open_acts": "L1"}, "no_certificate"),
        ("penalty", _fined("spilling", "5000"), None), ("penalty", _fined("spilling", "50000.01"), "beyond_bounds"),
        ("penalty", _fined("spilling", "4999.99"), "beyond_bounds"), ("penalty", _fined("no_permit", "3000"), None),
        ("penalty", _fined("no_permit", "500", heard="no"), "not_heard"),
    ],
)  # fmt: skip
def test_what_the_gates_demand(kind: str, known: dict[str, Any], refused: str | None) -> None:
    told = answered(kind, known)
    assert (told.code if told else None) == refused
    if "open_acts" in known:
        assert told.text.en.endswith(known["open_acts"]), "it says which loads are missing"


def test_its_handover_and_watches_are_in_use() -> None:
    assert known_handovers().found["waste-trip"].programme == NAME
    mine = {name for name, watch in current_catalogue().watches.items() if watch.programme == NAME}
    assert mine == {
        "load_exceptions", "receipt_exceptions", "scale_off", "dumps", "carrier_expired", "permit_soon", "river_dump",
    }  # fmt: skip
