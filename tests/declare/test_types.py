"""Every type of the catalogue: what it exports it reads again, any text is a value or a refusal in both languages."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.declare.exactness import LARGEST, exact
from bihuan.declare.fieldtype import NOBODY, Plain, UnparsableText, Words, Wrong
from bihuan.declare.types import (
    citizen_id,
    credit_code,
    field_type,
    field_types,
    organisation_code,
    registration_number,
)

CHOICES = (("a", Words("甲", "First")), ("b", Words("乙", "Second")))
TYPES = list(field_types())


class Everybody:
    """A world in which every name is a code."""

    zone = timezone(timedelta(hours=8))
    now = datetime(2026, 5, 6, tzinfo=UTC)
    signer = "user:tester"

    def unit(self, text: str) -> str | None:
        return text

    area = case = unit


def asked(name: str) -> Plain:
    return Plain("x", Words("项", "Item"), name, choices=CHOICES if name == "choice" else ())


words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs")), min_size=1, max_size=40)
position = st.tuples(st.integers(-180_000_000, 180_000_000), st.integers(-90_000_000, 90_000_000)).map(list)
hashes = st.text("0123456789abcdef", min_size=64, max_size=64)
amounts = st.tuples(st.booleans(), st.integers(0, 10**15), st.integers(0, 99)).map(
    lambda t: f"{'-' if t[0] else ''}{t[1]}.{t[2]:02d}"
)


def _line(positions: list[list[int]]) -> dict[str, Any]:
    closed = len(positions) >= 4 and positions[0] == positions[-1]
    kind = "Point" if len(positions) == 1 else "Polygon" if closed else "LineString"
    return {"type": kind, "positions": positions}


def _holed(ring: list[list[int]]) -> dict[str, Any]:
    return _line(ring) | {"holes": [ring]}


cells = st.text(st.characters(exclude_categories=("C", "Zl", "Zp", "Zs")), max_size=20)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("text", "long_text", "code", "subject", "article", "unit", "area", "category", "person"), words),
    "indicator": words,
    "photo": hashes,
    "signature": hashes,
    "choice": st.sampled_from(["a", "b"]),
    "instant": st.datetimes(datetime(1901, 1, 1), datetime(2198, 1, 1), timezones=st.just(Everybody.zone)).map(
        datetime.isoformat
    ),
    "date": st.dates(date(1, 1, 1)).map(date.isoformat),
    "place": position,
    "geometry": st.lists(position, min_size=1, max_size=6).map(_line)
    | st.lists(position, min_size=3, max_size=4).map(
        lambda ring: _line([*ring, ring[0]]) | {"holes": [[*ring, ring[0]]]}
    ),
    "units": st.lists(words.filter(lambda w: not set(w) & set(",，、")), min_size=1, max_size=5),
    "case": st.uuids().map(str),
    "number": st.integers(0, LARGEST),
    "count": st.integers(1, LARGEST),
    "decimal": st.from_regex(r"\A-?[0-9]{1,18}(\.[0-9]{1,9})?\Z"),
    "real": st.floats(allow_nan=False, allow_infinity=False).map(repr),
    "laboratory": st.from_regex(r"\A[0-9]{1,6}(\.[0-9]{1,6})?L?\Z"),
    "money": amounts,
    "yes_no": st.booleans(),
    "table": st.lists(cells.filter(bool), min_size=1, max_size=4, unique=True).flatmap(
        lambda names: st.builds(
            lambda rows: {"columns": names, "rows": rows},
            st.lists(st.lists(cells, min_size=len(names), max_size=len(names)), max_size=4),
        )
    ),
    "credit_code": st.from_regex(rf"\A[{credit_code.ALPHABET}]{{2}}[0-9]{{6}}[{credit_code.ALPHABET}]{{9}}\Z").map(
        lambda body: body + credit_code.check_character(body)
    ),
    "registration_number": st.from_regex(r"\A[0-9]{14}\Z").map(
        lambda body: body + registration_number.check_digit(body)
    ),
    "organisation_code": st.from_regex(r"\A[0-9A-Z]{8}\Z").map(
        lambda body: body + organisation_code.check_character(body)
    ),
    "area_code": st.sampled_from(["110108", "110108001", "110108001001"]),
    "broadcast_resource": st.sampled_from(["51101080110030314000700", "10000000000000101000100"]),
    "citizen_id": st.tuples(st.integers(110000, 659999), st.dates(date(1900, 1, 1)), st.integers(0, 999))
    .map(lambda t: f"{t[0]}{t[1]:%Y%m%d}{t[2]:03d}")
    .filter(lambda body: len(body) == 17)
    .map(lambda body: body + citizen_id.check_character(body)),
    "plate": st.from_regex(r"\A[京沪粤][A-HJ-NP-Z][A-HJ-NP-Z0-9]{5,6}\Z"),
    "form": st.dictionaries(words, words | st.integers(-LARGEST, LARGEST) | st.booleans(), max_size=4),
    "origin": st.fixed_dictionaries({}, optional={"number": words, "source": words, "lead": words}),
}


def test_every_type_has_values_here_and_says_what_it_is() -> None:
    assert set(VALUES) | {"file"} == set(TYPES)
    for name, kind in field_types().items():
        assert kind.name == name
        assert all((*kind.label, *kind.about)), name
        assert (kind.hint.zh == "") == (kind.hint.en == "")


@pytest.mark.parametrize("name", sorted(VALUES))
def test_what_is_exported_is_read_again(name: str) -> None:
    kind = field_type(name)

    @given(VALUES[name])
    def holds(value: Any) -> None:
        assert kind.parse(kind.export(value), asked(name), Everybody()) == value
        assert kind.check(value, asked(name), NOBODY) is None
        assert exact(value) is None, "an event keeps it exactly"
        jsonschema.validate(json.loads(json.dumps(value)), kind.schema(asked(name)))

    holds()


@pytest.mark.parametrize("name", TYPES)
def test_any_text_is_a_value_or_a_refusal(name: str) -> None:
    kind = field_type(name)
    near = st.text(alphabet="0123456789-+.,，;:TZ Xx年月日京A{}[]\"'\n￥元是否\ud800\x00", max_size=30)

    @given(st.one_of(st.text(max_size=60), near))
    def holds(text: str) -> None:
        try:
            value = kind.parse(text, asked(name), Everybody())
        except UnparsableText as error:
            wrong = error.wrong
        else:
            wrong = kind.check(value, asked(name), NOBODY) or Wrong(Words("-", "-"), Words("-", "-"))
        assert all((*wrong.what, *wrong.remedy))

    holds()


@pytest.mark.parametrize("name", TYPES)
def test_any_value_of_a_program_is_a_value_or_a_refusal(name: str) -> None:
    kind = field_type(name)
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    anything = st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
    )

    @given(anything)
    def holds(value: Any) -> None:
        wrong = kind.check(value, asked(name), NOBODY)
        assert wrong is None or all((*wrong.what, *wrong.remedy))

    holds()


# Source: GB 32100-2015, annex A (first); the codes that three companies publish on their licences (the others).
@pytest.mark.parametrize("code", ["91350100M000100Y43", "914403001922038216", "9144030071526726XG"])
def test_a_published_credit_code_is_one_and_no_changed_character_passes(code: str) -> None:
    kind = field_type("credit_code")
    assert kind.check(code, asked("credit_code"), NOBODY) is None
    assert kind.parse(f" {code[:8]} {code[8:].lower()}".strip(), asked("credit_code"), Everybody()) == code
    for place in range(18):
        for other in credit_code.ALPHABET.replace(code[place], ""):
            changed = code[:place] + other + code[place + 1 :]
            assert kind.check(changed, asked("credit_code"), NOBODY) is not None, changed


# Source: GB 11643-1999, the two examples of its annex.
@pytest.mark.parametrize("number", ["11010519491231002X", "440524188001010014"])
def test_a_published_citizen_number_is_one_and_no_changed_digit_passes(number: str) -> None:
    kind = field_type("citizen_id")
    assert kind.check(number, asked("citizen_id"), NOBODY) is None
    for place in range(17):
        for other in "0123456789".replace(number[place], ""):
            wrong = kind.check(number[:place] + other + number[place + 1 :], asked("citizen_id"), NOBODY)
            assert wrong is not None
            assert number not in str(wrong)
    assert kind.sealed


@pytest.mark.parametrize(("text", "value"), [
    ("¥1,234.5", "1234.50"), ("1234元", "1234.00"), ("－3.07", "-3.07"), ("０.５", "0.50"),
])  # fmt: skip
def test_money_is_read_as_it_is_written(text: str, value: str) -> None:
    assert field_type("money").parse(text, asked("money"), Everybody()) == value


@pytest.mark.parametrize(("name", "text"), [
    ("money", "1,23"), ("money", "1.005"), ("place", "116.3"), ("place", "200, 40"), ("instant", "2026-13-01"),
    ("credit_code", "911100001000013428"), ("plate", "京I12345"), ("units", ","), ("number", "-1"), ("count", "0"),
    ("date", "20261201"), ("place", "1e999999, 1"), ("choice", "c"), ("yes_no", "perhaps"), ("decimal", "１２"),
    ("real", "1e999"), ("real", "nan"), ("real", "1,5"),
    ("laboratory", "ND"), ("laboratory", "<0.4"), ("laboratory", "L"), ("laboratory", "1e999"),
])  # fmt: skip
def test_what_is_no_value_is_refused(name: str, text: str) -> None:
    try:
        value = field_type(name).parse(text, asked(name), Everybody())
    except UnparsableText:
        return
    assert field_type(name).check(value, asked(name), NOBODY) is not None
