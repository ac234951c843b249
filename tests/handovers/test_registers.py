"""A declared handover over real registers: the page shows what is open, the book follows and corrects by reversal."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from bihuan.books.balances import balances
from bihuan.extend import FactQuestion
from bihuan.faces.panels.kinds import handover as panel
from bihuan.handovers.catalogue import handover_named
from bihuan.handovers.facts import ask
from bihuan.handovers.posting import post_handover
from bihuan.registers.isolation import in_district
from bihuan.simulator.plays.rooms import Rooms
from tests.faces.conftest import MANIFEST
from tests.faces.test_views import visitor
from tests.shipped import load_shipped
from tests.subjects.makers import HERE

pytestmark = pytest.mark.slow
DAY = date(2026, 3, 1)
LATER = datetime.fromisoformat("2026-03-02T20:00:00+08:00")


def load(number: str, hour: int, net: int) -> dict[str, Any]:
    """A departure."""
    return {
        "number": number, "plan": "P1", "site": "S1", "yard": "Y1", "plate": "京AD00001", "carrier": "C1",
        "left": f"2026-03-01T{hour:02}:00:00+08:00", "gross_kg": 12_000 + net, "tare_kg": 12_000, "scale_e": 20,
        "position": "116.300000, 39.950000",
    }  # fmt: skip


def ticket(number: str, of: str, hour: int, net: int) -> dict[str, Any]:
    """An arrival."""
    return {
        "ticket": number, "load": of, "plate": "京AD00001", "yard": "Y1", "gross_kg": 12_000 + net, "tare_kg": 12_000,
        "weighed": f"2026-03-01T{hour:02}:30:00+08:00", "scale_e": 20,
    }  # fmt: skip


@pytest.fixture
def built() -> None:
    """The built front end; a page cannot be drawn without it."""
    if not MANIFEST.exists():
        pytest.skip("the front end is not built; run `npm ci && npm run build` in frontend/")


@pytest.fixture
def town(db: None) -> None:
    """Three loads: one arrived, one light, one missing; a truck with a permit."""
    load_shipped()
    rooms = Rooms()
    permit = {"number": "Z1", "plate": "京AD00001", "carrier": "C1", "begins": "2026-01-01", "ends": "2027-01-01"}
    rooms.load("haul-permit", [permit], at=DAY)
    rooms.load("waste-load", [load("L1", 8, 18_000), load("L2", 9, 18_000), load("L3", 10, 18_000)], at=DAY)
    rooms.load("waste-weighing", [ticket("T1", "L1", 9, 18_020), ticket("T2", "L2", 10, 17_000)], at=DAY)


def held() -> dict[str, int]:
    """The standings of the book, kg."""
    with in_district(HERE):
        found: dict[str, int] = {}
        for each in balances("waste-mass"):
            found[each.account] = found.get(each.account, 0) + each.balance // 10
    return found


def test_the_book_follows_both_sides_once_and_corrects_by_reversal(town: None) -> None:
    found = handover_named("waste-trip")
    with in_district(HERE):
        assert post_handover(found, HERE, LATER)[:2] == (5, 0)
        assert post_handover(found, HERE, LATER)[:2] == (0, 0), "a repetition has no effect"
    assert held() == {"left": 54_000, "in_transit": 18_000, "received": 35_020, "short": 1_000, "over": 20}
    Rooms().load("waste-weighing", [ticket("T2", "L2", 10, 17_900)], at=DAY)
    with in_district(HERE):
        assert post_handover(found, HERE, LATER)[:2] == (1, 1)
    assert held()["short"] == 100


def test_a_loop_asks_what_is_open_as_known_then(town: None) -> None:
    question = FactQuestion("waste-trip", HERE, "P1", LATER, datetime.now(LATER.tzinfo), "construction-waste")
    told = ask(question)
    assert told is not None
    assert {name: told[0][name] for name in ("open", "open_acts", "received_kg", "received_percent")} == {
        "open": 2, "open_acts": "L2, L3", "received_kg": "35020", "received_percent": None,
    }  # fmt: skip
    assert ask(question._replace(kind="waste-trip.received_percent")) is None, "nobody said what was planned"


def test_its_page_shows_what_is_wrong_with_its_tolerance(town: None, built: None) -> None:
    panel._kept.clear()
    client = visitor("operator")
    for language, words in (("zh-hans", "重量不符"), ("en", "Weights differ")):
        told: Any = client.get("/programmes/construction-waste/page/overview/", headers={"accept-language": language})
        text = told.content.decode()
        assert told.status_code == 200
        assert words in text
        assert "±80.0" in text
        assert "/subjects/waste-load/L3/" in text
        assert "/subjects/waste-load/L1/" not in text, "what is matched is not shown"
