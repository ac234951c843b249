"""Two sides judged: every exception, tolerances from the scales, a scale that is off, masses conserved, EPCIS out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.handovers.facts import told_of
from bihuan.handovers.posting import wanted_entries
from bihuan.handovers.pure.epcis import epcis_document
from bihuan.handovers.pure.judging import HandoverAnswer, HandoverRule, HandoverSide, LicenceSpan, judge_sides
from bihuan.methods.parts.weighing import Weighed, error_in_service, squared_error

ZONE = timezone(timedelta(hours=8))
NINE = datetime(2026, 9, 10, 9, tzinfo=ZONE)
RULE = HandoverRule(6 * 3600)
KINDS = {"give": "give", "even": "even", "short": "short", "over": "over", "lose": "lose", "stray": "stray"}


def weighed(net: float, e: int | None = 20, **more: Any) -> Weighed:
    return Weighed(Fraction(net) + 12_000, Fraction(12_000), None if e is None else Fraction(e), **more)


def side(number: str, minutes: int = 0, net: float = 18_000, **more: Any) -> HandoverSide:
    """A side: `key` is the ticket of a receipt."""
    told: dict[str, Any] = {"key": number, "carrier": "p", "place": "y", "giver": "s", "weighed": weighed(net), **more}
    return HandoverSide(number=number, at=NINE + timedelta(minutes=minutes), **told)


def judged(
    given: Sequence[HandoverSide], received: Sequence[HandoverSide], hours: float = 24, rule: HandoverRule = RULE
) -> HandoverAnswer:
    return judge_sides(given, received, {"p": [LicenceSpan(date(2026, 1, 1), date(2026, 9, 10))]}, rule,
                       NINE + timedelta(hours=hours))  # fmt: skip


@pytest.mark.parametrize(
    ("weight", "error"), [(10_000, 20), (10_001, 40), (40_000, 40), (40_001, 60), (0, 20)]
)  # fmt: skip
def test_a_weighing_may_be_off_by_its_class(weight: int, error: int) -> None:
    assert error_in_service(Fraction(weight), Fraction(20)) == error
    assert squared_error(Weighed(Fraction(15_000), Fraction(8_000), Fraction(20))) == 40**2 + 20**2


@pytest.mark.parametrize(
    ("given_", "received", "state"),
    [
        (side("a"), side("a", 60), "matched"), (side("a"), side("", 60, key="t"), "matched"),
        (side("a"), side("a", 361), "late"), (side("a"), side("a", 60, place="z"), "wrong_place"),
        (side("a"), side("a", 60, carrier="q"), "carrier"), (side("a"), None, "missing"),
        (side("a"), side("a", 60, net=18_080), "matched"), (side("a"), side("a", 60, net=18_081), "weight"),
        (side("a"), side("a", 60, weighed=weighed(16_400, None, estimated=True)), "matched"),
        (side("a", carrier="r"), side("a", 60, carrier="r"), "unlicensed"),
        (side("a", 24 * 60), side("a", 24 * 60 + 9), "unlicensed"),
    ],
)  # fmt: skip
def test_every_exception_has_its_type(given_: HandoverSide, received: HandoverSide | None, state: str) -> None:
    told = judged([given_], [received] if received else [], 60, RULE._replace(licensed=True))
    assert told.acts[0].state == state
    assert told.acts[0].open == (state != "matched")


def test_an_act_is_on_its_way_until_its_time_has_passed() -> None:
    assert judged([side("a")], [], 6).acts[0].state == "en_route"
    assert judged([side("a")], [], 6.01).acts[0].state == "missing"
    settled = judged([side("a", settled=date(2026, 9, 11))], [])
    assert (settled.acts[0].state, settled.acts[0].open) == ("missing", False)


def test_a_second_receipt_is_doubled_and_one_without_an_act_unannounced() -> None:
    told = judged([side("a")], [side("a", 50), side("a", 90, key="t2"), side("", 70, key="t3", carrier="r")])
    assert [(each.received.key, each.flag) for each in told.left] == [("t3", "unannounced"), ("t2", "duplicate")]


def test_the_tolerance_is_told_to_a_tenth() -> None:
    assert judged([side("a")], [side("a", 60)]).acts[0].tolerance == Decimal("80.0")
    light = weighed(3_000, 10)
    told = judged([side("a", weighed=light)], [side("a", 60, weighed=light)])
    assert told.acts[0].tolerance == Decimal("40.0")
    both = [Weighed(Fraction(15_000), Fraction(8_000), interval) for interval in (Fraction(20), None)]
    told = judged([side("a", weighed=both[0])], [side("a", 60, weighed=both[1])])
    assert told.acts[0].tolerance == Decimal("701.4")


def pairs(
    share: float, places: Sequence[str] = ("y",), givers: int = 3
) -> tuple[list[HandoverSide], list[HandoverSide]]:
    """Twenty-one pairs over each place from some givers; the first place's scale is off by a share."""
    ours, theirs = [], []
    for n in range(21 * len(places)):
        place, net = places[n % len(places)], 18_000 + n % 5 * 20
        factor = share if place == places[0] else 1
        ours.append(side(f"n{n}", n, net, giver=f"s{n % givers}", place=place))
        theirs.append(side(f"n{n}", n + 60, round(net * factor), place=place))
    return ours, theirs


def test_a_scale_that_is_off_is_one_exception_and_not_one_of_each_load() -> None:
    rule = RULE._replace(pairs=20, counterparts=3, days=14)
    told = judged(*pairs(1.03, ("y", "z")), rule=rule)
    assert [(each.side, each.place, each.pairs) for each in told.scales] == [("received", "y", 21)]
    assert {act.state for act in told.acts} == {"matched"}
    assert {act.state for act in judged(*pairs(1.03, ("y", "z"))).acts} == {"matched", "weight"}, "without the rule"
    assert not judged(*pairs(1.002, ("y", "z")), rule=rule).scales, "within what a scale may be off"
    assert not judged(*pairs(1.03, ("y", "z"), givers=2), rule=rule).scales, "too few counterparts to tell whose it is"
    ours, theirs = pairs(1.03, ("y", "z"))
    theirs[0] = theirs[0]._replace(weighed=weighed(17_000))
    assert [act.given.number for act in judged(ours, theirs, rule=rule).acts if act.flags] == ["n0"], (
        "a loss still shows"
    )


drawn = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 700), st.integers(1, 99)), max_size=9)


@settings(deadline=None, max_examples=60)
@given(drawn, drawn, st.integers(0, 40))
def test_what_left_is_what_arrived_is_on_its_way_or_lost(
    ours: list[tuple[str, int, int]], theirs: list[tuple[str, int, int]], hours: int
) -> None:
    given_ = {number: side(number, minutes, net) for number, minutes, net in ours}
    received = [side(number, minutes, net, key=f"t{n}") for n, (number, minutes, net) in enumerate(theirs)]
    told = judged(list(given_.values()), received, hours)
    assert judged(list(reversed(given_.values())), received[::-1], hours) == told, "in whatever order they come"
    sums: dict[str, Fraction] = {}
    for entry in wanted_entries(told, KINDS):
        values = {name: Fraction(entry.values.get(name, "0")) for name in ("amount", "in", "out", "difference")}
        moves = {
            "give": {"left": values["amount"], "way": values["amount"]},
            "lose": {"way": -values["amount"], "lost": values["amount"]},
            "even": {"way": -values["out"], "in": values["in"]},
            "stray": {"in": values["amount"], "stray": values["amount"]},
            "short": {"way": -values["out"], "in": values["in"], "short": values["difference"]},
            "over": {"way": -values["out"], "in": values["in"], "over": values["difference"]},
        }[entry.kind]  # fmt: skip
        for name, amount in moves.items():
            sums[name] = sums.get(name, Fraction()) + amount
    for name in ("left", "way", "in", "lost", "short", "over", "stray"):
        sums.setdefault(name, Fraction())
    assert sums["left"] == sums["way"] + sums["in"] + sums["lost"] + sums["short"] - sums["over"] - sums["stray"]
    assert min(sums.values()) >= 0


def test_what_was_corrected_is_another_entry() -> None:
    one, two = (judged([side("a", net=net)], [side("a", 60)]) for net in (18_000, 18_020))
    first, second = ({each.key for each in wanted_entries(told, KINDS)} for told in (one, two))
    assert not first & second
    assert first == {each.key for each in wanted_entries(one, KINDS)}


def test_a_group_is_summed_up() -> None:
    told = judged([side("a", net=18_000), side("b", 1, 12_000, carrier="q")], [side("a", 60, 17_990)])
    figures = told_of(told.acts, Fraction(35_000))
    assert figures == {"given_kg": "30000", "received_kg": "17990", "received_percent": "51.40", "planned_kg": "35000",
                       "en_route": 0, "open": 1, "open_acts": "b"}  # fmt: skip
    assert told_of([], None)["received_percent"] is None


def test_epcis_keeps_the_offset_and_names_both_sides() -> None:
    document = epcis_document(
        "waste-trip", judged([side("京A1")], [side("京A1", 60)]), datetime(2026, 9, 11, tzinfo=UTC)
    )
    shipping, receiving = document["epcisBody"]["eventList"]
    assert (document["type"], document["schemaVersion"]) == ("EPCISDocument", "2.0")
    assert (shipping["bizStep"], receiving["bizStep"]) == ("shipping", "receiving")
    assert shipping["eventTime"] == "2026-09-10T09:00:00.000+08:00"
    assert shipping["eventTimeZoneOffset"] == "+08:00"
    assert shipping["quantityList"] == [
        {"epcClass": "urn:bihuan:handover:waste-trip:load", "quantity": 18000.0, "uom": "KGM"}
    ]
    assert shipping["bizTransactionList"] == receiving["bizTransactionList"]
    assert shipping["eventID"] != receiving["eventID"]
