"""Canonical JSON against the ``rfc8785`` package, and everything it must refuse."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from bihuan.ledger.core.canonical import MAX_DEPTH, MAX_INTEGER, canonical
from bihuan.ledger.core.errors import NotCanonicalError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
# Keys from the two ranges that sort differently by code point and by UTF-16 unit, besides any others.
KEYS = TEXT | st.text(st.sampled_from("aé中\ud7ff\ue000\uffff\U00010000\U0001f600"), max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=25,
)


@given(VALUES)
def test_the_bytes_are_those_of_an_independent_implementation(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]  # its recursive type is not expressible here


def test_keys_above_the_basic_plane_sort_by_utf16_unit() -> None:
    # RFC 8785 section 3.2.3: U+1F600 is written D83D DE00 in UTF-16 and so sorts before U+E000.
    assert canonical({"\ue000": 1, "\U0001f600": {"\uffff": 1, "\U0001f601": 2}}) == (
        '{"\U0001f600":{"\U0001f601":2,"\uffff":1},"\ue000":1}'.encode()
    )


def test_escapes_are_the_short_ones() -> None:
    # RFC 8785 section 3.2.2.2.
    assert canonical('\b\t\n\f\r"\\/\x1f\x7f€\u2028') == '"\\b\\t\\n\\f\\r\\"\\\\/\\u001f\x7f€\u2028"'.encode()


def test_the_text_of_an_escape_is_not_the_character() -> None:
    assert canonical({"note": "\\u0000"}) == b'{"note":"\\\\u0000"}'


def nested(depth: int) -> object:
    value: list[object] = []
    for _ in range(depth - 1):
        value = [value]
    return value


def circular() -> object:
    value: list[object] = []
    value.append(value)
    return value


REFUSED = [
    ({"data": {"rate": 0.5}}, r"at /data/rate: 0\.5 is a float"),
    ({"data": [1, 2.0]}, r"at /data/1: 2\.0 is a float"),
    (float("nan"), r"at the top: nan is a float"),
    ({"a/b": {"c~": MAX_INTEGER + 1}}, r"at /a~1b/c~0: integer 9007199254740992 is beyond"),
    ({"n": -MAX_INTEGER - 1}, r"at /n: integer -9007199254740992 is beyond"),
    ({"n": 2**80}, r"at /n: integer .* is beyond"),
    ({1: "x"}, r"object key 1 is a int"),
    ({"x": "\ud800"}, r"at /x: a lone surrogate"),
    ({"\udfff": 1}, r"object key '\\udfff': a lone surrogate"),
    ({"x": ["a\x00b"]}, r"at /x/0: U\+0000"),
    ({"a\x00": 1}, r"object key .* U\+0000"),
    ({"x": (1, 2)}, r"at /x: a tuple is not a JSON type"),
    ({"x": {1}}, r"at /x: a set is not a JSON type"),
    ({"x": b"bytes"}, r"at /x: a bytes is not a JSON type"),
    ({"x": Decimal("1.5")}, r"at /x: a Decimal is not a JSON type"),
    ({"x": uuid.UUID(int=1)}, r"at /x: a UUID is not a JSON type"),
    ({"x": datetime(2026, 1, 1, tzinfo=UTC)}, r"at /x: a datetime is not a JSON type"),
    (nested(MAX_DEPTH + 1), r"nested deeper than 64"),
    (nested(200_000), r"nested deeper than 64"),
    (circular(), r"nested deeper than 64"),
]


@pytest.mark.parametrize(("value", "message"), REFUSED, ids=[message for _, message in REFUSED])
def test_what_has_no_exact_form_is_refused_by_name(value: object, message: str) -> None:
    with pytest.raises(NotCanonicalError, match=message):
        canonical(value)


def test_the_deepest_allowed_value_is_accepted() -> None:
    assert canonical(nested(MAX_DEPTH)) == b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
