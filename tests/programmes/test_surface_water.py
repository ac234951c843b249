"""Surface water: limits go through the series room, a storm is no incident, what is charged is owed to somebody."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, date, datetime
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from bihuan.books.catalogue import book_named
from bihuan.documents.letters import sending
from bihuan.documents.letters.catalogue import letter_named
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.documents.letters.gathering import LetterOccasion
from bihuan.loop.programmes import all_programmes, rule_book
from bihuan.methods.parts.rulebook import method_rules
from bihuan.series.beside import _answer
from bihuan.series.catalogue import current_catalogue
from bihuan.series.deriving import WindowInput, combined, looked_up
from bihuan.series.instants import micros
from bihuan.watches.catalogue import current_catalogue as watches

NAME = "surface-water"
AT = micros(datetime(2024, 9, 11, 4, tzinfo=UTC))


def class_of(item: str, value: str) -> int | None:
    """The class that the series of an item gives a value."""
    catalogue = current_catalogue()
    made = catalogue.get(f"water-{item}-class").declared
    assert made.derive is not None
    origin = catalogue.get(made.derive.origins[0]).declared
    rule, scaled = made.derive, Fraction(value) * 10**origin.precision
    return looked_up(
        made, origin, WindowInput(AT, scaled, 1), lambda number, on: _answer(origin, rule, number, on)
    ).value


@pytest.mark.parametrize(
    ("item", "value", "expected"),
    [
        ("nh3n", "0.15", 1), ("nh3n", "1.0", 3), ("nh3n", "1.00001", 4), ("nh3n", "2.0", 5), ("nh3n", "2.01", 6),
        ("cod", "20", 3),
        ("cod", "20.1", 4), ("cod", "40.1", 6), ("tp", "0.2", 3), ("tp", "0.41", 6), ("do", "7.5", 1), ("do", "5", 3),
        ("do", "1.9", 6),
    ],
)  # fmt: skip
def test_limits_go_through_the_series_room(item: str, value: str, expected: int) -> None:
    assert class_of(item, value) == expected


def test_the_class_of_a_day_is_the_worst_and_wants_three_items() -> None:
    made, origin = (current_catalogue().get(name).declared for name in ("water-class-day", "water-nh3n-class"))

    def day(*values: int) -> int | None:
        found = combined(made, origin, AT, [WindowInput(AT, Fraction(value), 1) for value in values])
        return found.value if found is not None else None

    assert (day(2, 3, 5, 1), day(2, 6, 1), day(6, 6)) == (5, 6, None)


def test_the_alarm_asks_the_target_of_the_section_and_three_days() -> None:
    (over,) = current_catalogue().get("water-class-day").declared.alarms
    assert over.limit is not None
    assert (over.limit.field, over.on_count, over.off_count) == ("target", 3, 2)
    censored = {
        name: current_catalogue().get(f"water-{name}").declared.censored for name in ("nh3n", "cod", "tp", "do")
    }
    assert censored == {"nh3n": "half", "cod": "half", "tp": "half", "do": None}, "oxygen has no limit of detection"


def test_a_section_closes_its_case_by_two_valid_samples_of_an_instrument_of_others() -> None:
    verify = all_programmes()[NAME].cases["exceedance"].verify
    assert verify is not None
    assert verify.observed is not None
    assert (verify.observed.series, verify.observed.minimum) == ("water-class-day", 2)
    assert {"handler", "unit"} <= set(verify.independent_of)
    mine = sorted(name for name, each in watches().watches.items() if each.programme == NAME)
    assert mine == ["outlet_without_permit", "pump_still", "section_again", "section_over", "section_over_desk"]


def test_what_is_charged_is_owed_to_somebody() -> None:
    book = book_named("water-compensation").book
    for entry in book.entries.values():
        assert len(entry.lines) == 2
    table = method_rules().table("water.compensation", date(2022, 12, 31))
    assert [table.lookup(item="tp", inflow=inflow)["yuan"] for inflow in ("met", "failed")] == [300_000, 150_000]
    terms = rule_book().of(NAME)
    assert terms.table("water_remedy", date(2024, 1, 1)).lookup(urgency="general").value == "15 working days"


def test_an_outlet_whose_firm_nobody_knows_waits_for_its_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = letter_named("water-outlet-order")
    assert (declared.letter.occasion.event, declared.letter.addressee.may_be_unknown) == ("accepted", True)
    monkeypatch.setattr(sending, "gather_facts", lambda *_: {})
    monkeypatch.setattr(sending, "addressees_of", lambda *_: [])
    monkeypatch.setattr(sending, "in_district", lambda _: nullcontext())
    world: Any = SimpleNamespace(registers=SimpleNamespace(district=SimpleNamespace(code="110108")))
    occasion = LetterOccasion("event:x", datetime(2024, 9, 11, tzinfo=UTC))
    assert sending.write_after(declared, occasion, {}, world) == []
    monkeypatch.setattr(sending, "write_letter", lambda *_: "written")
    known = declared.letter.addressee.model_copy(update={"may_be_unknown": False})
    strict = declared._replace(letter=declared.letter.model_copy(update={"addressee": known}))
    assert sending.write_after(strict, occasion, {}, world) == ["written"], "its gap is told by whoever writes it"


def test_the_office_of_the_reach_is_asked_to_trace_and_nobody_is_judged() -> None:
    declared = letter_named("water-section-trace")
    assert declared.letter.informs
    said = {"number_of_case": "SW-1", "section": "WS001", "section_name": "某断面", "found": "2026-05-30"}
    told = letters_of_play(
        (declared, {"facts": said | more, "dated": "2026-06-01", "addressee": ["某单位"]})
        for more in ({}, {"due": "2026-06-20"})
    )
    assert not told["refused"], told["refused"]
    assert [each["remedy"] for each in told["letters"]] == [[], []]
    assert len({each["sha256"] for each in told["letters"]}) == 2
