"""Emergency broadcasting: drills cannot be aimed at people, a colour has its level, codes of terminals are checked."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bihuan.declare.fieldtype import NOBODY, Plain, UnparsableText, Words
from bihuan.declare.types import field_type
from bihuan.documents.orders import addressing
from bihuan.documents.orders.catalogue import all_orders, orders_aside
from bihuan.documents.orders.course import OrderRefused
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.programmes import rule_book
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import facts

NAME = "emergency-broadcast"
TERMINALS = {"S1": {"network": "production"}, "S2": {"network": "production"}, "D1": {"network": "drill"}}


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> LoopFacts:
    """Three terminals, one of them of the drill network."""
    held = [SimpleNamespace(key=key, values=values) for key, values in TERMINALS.items()]
    monkeypatch.setattr(addressing.asking, "stream", lambda *_: iter(held))
    return cast(LoopFacts, facts())


@pytest.mark.parametrize(
    ("order", "to", "refused"),
    [
        ("broadcast-drill", ["D1"], False), ("broadcast-drill", ["D1", "S1"], True), ("broadcast-drill", ["X9"], True),
        ("broadcast-warning", ["S1", "S2"], False), ("broadcast-warning", ["S1", "D1"], True),
        ("broadcast-daily", ["D1"], True), ("heavy-pollution-measures", ["anybody"], True),
    ],
)  # fmt: skip
def test_an_order_reaches_only_whom_it_is_for(register: LoopFacts, order: str, to: list[str], refused: bool) -> None:
    declared = all_orders()[order].order
    if not refused:
        addressing.check_addressees(declared.to, to, register)
        return
    with pytest.raises(OrderRefused) as told:
        addressing.check_addressees(declared.to, to, register)
    assert told.value.code == "wrong_addressee"


def test_a_drill_has_a_lane_of_its_own() -> None:
    assert not orders_aside()
    orders = all_orders()
    assert orders["broadcast-warning"].order.lane == orders["broadcast-daily"].order.lane
    assert orders["broadcast-drill"].order.lane != orders["broadcast-warning"].order.lane
    assert orders["broadcast-warning"].order.priority < orders["broadcast-daily"].order.priority


@pytest.mark.parametrize(("colour", "level"), [("red", "extreme"), ("orange", "severe"), ("blue", "minor")])
def test_a_colour_has_its_level(colour: str, level: str) -> None:
    assert rule_book().of(NAME).lookup("broadcast_colour", date(2026, 3, 1), "*", colour=colour).value == level


def test_a_resource_code_has_23_digits_a_level_and_a_province() -> None:
    kind, asked = field_type("broadcast_resource"), Plain("resource", Words("编码", "Code"), "broadcast_resource")
    assert kind.parse("5 110108011003 0314 0007 00", asked, cast(Any, NOBODY)) == "51101080110030314000700"
    for wrong in (
        "5110108011003031400070",
        "61101080110030314000700",
        "59901080110030314000700",
        "5110108011003031400070x",
    ):
        with pytest.raises(UnparsableText):
            kind.parse(wrong, asked, cast(Any, NOBODY))


def test_the_watches_and_the_pages_stand() -> None:
    mine = {name for name, watch in current_catalogue().watches.items() if watch.programme == NAME}
    assert mine == {"broadcast_feed_silent", "message_unreviewed", "terminal_silent"}
    assert list(views_of(NAME)) == ["overview", "review"]
