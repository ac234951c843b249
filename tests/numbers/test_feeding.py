"""Numbers and cards as methods read them: kept periods are summed, faults are told, an input is one thing."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from bihuan.faces.panels.kinds.method import MethodInput
from bihuan.numbers.feeding import (
    CardAsked,
    NumbersSource,
    card_faults,
    card_file,
    number_rows,
    number_source_faults,
)
from bihuan.numbers.keeping import catch_up
from bihuan.numbers.kinds import kinds
from bihuan.numbers.reading import kept_report
from bihuan.rules.rates import Rate
from bihuan.watches.kinds.method import MethodSource
from tests.loop.district import registers
from tests.numbers.month.world import World

pytestmark = pytest.mark.django_db
COLUMNS = {"measure": "=number", "top": "=numerator", "bottom": "=denominator", "kept": "=periods"}


def source(number: str = "reopen_rate", programme: str = "hotline", **more: object) -> NumbersSource:
    return NumbersSource.model_validate(
        {"numbers": [{"number": number, "programme": programme}], "columns": COLUMNS} | more
    )


@pytest.mark.slow
def test_kept_periods_are_summed_and_nothing_kept_is_no_row() -> None:
    world = World(seed=3, cases=60)
    assert number_rows(source(), world.facts, date(2026, 11, 20)) == []
    catch_up(now=datetime(2026, 11, 28, 12, tzinfo=UTC), registers=registers())
    months = [kinds().parse(text) for text in ("2026-10", "2026-11")]
    found = [
        kept_report(each, facts=world.facts).report.numbers("reopen_rate", "district", "hotline") for each in months
    ]
    rates = [each for numbers in found for each in numbers.values()]
    assert [isinstance(each, Rate) for each in rates] == [True, True]
    top, bottom = (sum(getattr(each, name) for each in rates) for name in ("numerator", "denominator"))
    assert bottom > 0
    (row,) = number_rows(source(back=1), world.facts, date(2026, 11, 20))
    assert row == ["hotline.reopen_rate", top, bottom, 2]
    (row,) = number_rows(source(), world.facts, date(2026, 11, 20))
    assert row[3] == 3, "nothing was kept of the months before September"
    (row,) = number_rows(source(back=0), world.facts, date(2026, 11, 20))
    assert row[1:3] == [rates[1].numerator, rates[1].denominator]  # type: ignore[union-attr]  # rates, as said above
    (row,) = number_rows(source("volume"), world.facts, date(2026, 11, 20))
    assert row[1] > 0
    assert row[2] is None, "a count has no second part"


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (source("reopen_rat"), "there is no indicator"), (source(programme="none"), "there is no programme"),
        (source(period="week2"), "nothing is kept"), (source(columns={"measure": "=value"}), "a number has no"),
        (source(columns={"elsewhere": "=number"}), "the method has no column"),
    ],
)  # fmt: skip
def test_a_source_that_is_named_wrongly_is_told(asked: NumbersSource, told: str) -> None:
    faults = list(number_source_faults(asked, ["measure", "top", "bottom", "kept"]))
    assert [what.startswith(told) for _, what, _, _ in faults] == [True]
    assert list(number_source_faults(source(), list(COLUMNS))) == []


def test_the_card_of_a_day_is_found_and_a_wrong_name_is_told() -> None:
    card = CardAsked(programme="hotline", card="three_rates")
    found = card_file(card, date(2026, 6, 1))
    assert found is not None
    assert found.name == "three_rates.yaml"
    assert list(card_faults(card)) == []
    assert card_file(card, date(1990, 1, 1)) is None, "no edition was in force"
    for wrong in (CardAsked(programme="none", card="x"), CardAsked(programme="hotline", card="x")):
        assert len(list(card_faults(wrong))) == 1


@pytest.mark.parametrize("model", [MethodInput, MethodSource])
def test_an_input_is_one_thing(model: type[MethodInput] | type[MethodSource]) -> None:
    card, numbers = {"programme": "hotline", "card": "three_rates"}, source().model_dump()
    assert model.model_validate({"card": card}).card is not None
    assert model.model_validate({"numbers": numbers}).numbers is not None
    for wrong in ({"card": card, "numbers": numbers}, {"card": card, "columns": {"a": "b"}}, {"type": "x"}, {}):
        with pytest.raises(ValidationError):
            model.model_validate(wrong)
