"""Derived values: counts, sums, days, differences; for a day, as known then; names that must exist."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.declare.problems import DeclarationError
from bihuan.extend import FactQuestion
from bihuan.registers import live
from bihuan.subjects import catalogue, deriving, facts
from bihuan.subjects.catalogue import read_types
from bihuan.subjects.deriving import Deriving
from bihuan.subjects.pure.derived import Derived, gathered, multiplied, reduced
from bihuan.subjects.pure.types import SubjectType
from tests.shipped import load_shipped
from tests.subjects.makers import ANYBODY, DAY, HERE, TOY, row, write

NAME = "name: {zh: 数, en: n}"
DERIVED = f"""
derived:
  here: {{{NAME}, count: toy, by: mother, states: [here]}}
  red: {{{NAME}, count: toy, by: mother, equal: {{colour: red}}}}
  sizes: {{{NAME}, sum: toy.size, by: mother, states: [here]}}
  last: {{{NAME}, latest: toy.begun, by: mother}}
  first: {{{NAME}, earliest: toy.begun, by: mother}}
  left: {{{NAME}, start: size, less: sizes, floor: 1}}
  area: {{{NAME}, product: [size, left, sizes]}}
"""


def types(folder: Path, derived: str = DERIVED) -> dict[str, SubjectType]:
    """The toy with derived values."""
    file = folder / "p" / "subjects" / "toy.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(TOY + derived, encoding="utf-8")
    return {name: kind for name, (kind, _) in read_types(iter([file])).items()}


@pytest.fixture
def toy(db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SubjectType]:
    """A mother of four, of which one begins later, one has ended and one is blue."""
    load_shipped()
    live.forget_snapshots()
    kind = types(tmp_path)["toy"]
    for module in (deriving, facts):
        monkeypatch.setattr(module, "subject_type", {"toy": kind}.__getitem__)
    write(kind, [
        row("M", size=9),
        row("A", mother="M", size=2, colour="red", begun="2026-01-01"),
        row("B", mother="M", size=3, colour="blue", begun="2026-02-01"),
        row("C", mother="M", size=4, colour="red", begun="2026-01-05", ended="2026-02-01"),
        row("D", mother="M", size=5, colour="red", begun="2026-05-01"),
        row("E", size=50, colour="red", begun="2026-01-01"),
    ])  # fmt: skip
    yield kind
    live.forget_snapshots()


def told(kind: SubjectType, day: date, known: datetime | None = None, key: str = "M") -> dict[str, Any]:
    """Every derived value of a toy."""
    values = {"size": 9} if key == "M" else {}
    asked = Deriving(HERE, kind, key, values, day, ANYBODY, known)
    return {name: asked.value(name) for name in kind.derived}


@pytest.mark.slow
def test_values_of_a_day(toy: SubjectType) -> None:
    assert told(toy, DAY) == {
        "here": 2, "red": 3, "sizes": 5, "last": "2026-05-01", "first": "2026-01-01", "left": 4, "area": 180,
    }  # fmt: skip
    assert told(toy, DAY + timedelta(100))["sizes"] == 10
    assert told(toy, DAY + timedelta(100))["left"] == 1  # not under the floor
    nothing = {"here": 0, "red": 0, "sizes": 0, "last": None, "first": None, "left": None, "area": None}
    assert told(toy, DAY, key="A") == nothing


@pytest.mark.slow
def test_a_day_as_known_then_and_what_a_loop_is_told(toy: SubjectType) -> None:
    before = datetime.now(UTC)
    write(toy, [row("A", mother="M", size=20, colour="red", begun="2026-01-01")])
    assert told(toy, DAY)["sizes"] == 23
    assert told(toy, DAY, before)["sizes"] == 5
    at = datetime.combine(DAY, datetime.min.time(), UTC)
    value, cited = facts.ask(FactQuestion("toy.sizes", HERE, "M", at, datetime.now(UTC))) or (None, {})
    assert (value, cited["derived"]) == (23, "sizes")
    assert facts.ask(FactQuestion("toy.last", HERE, "A", at, datetime.now(UTC))) is None
    assert "left" in facts.names("toy")


@given(st.lists(st.decimals(-100, 100, places=2), max_size=6), st.integers(-50, 50))
def test_sums_are_exact_and_floors_hold(sizes: list[Any], floor: int) -> None:
    rule = Derived.model_validate({"name": {"zh": "数", "en": "n"}, "sum": "toy.size", "by": "mother"})
    total = gathered(rule, [{"size": str(size)} for size in sizes])
    assert Decimal(str(total)) == sum(sizes)
    less = Derived.model_validate({"name": rule.name, "start": "size", "less": "other", "floor": floor})
    left = reduced(less, 0, total)
    assert Decimal(str(left)) == max(-sum(sizes, Decimal()), floor)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ("x: {%s, count: tyo, by: mother}", "there is no type 'tyo'"),
        ("x: {%s, count: toy, by: colour}", "toy.colour does not lead to toy"),
        ("x: {%s, sum: toy.colour, by: mother}", "toy.colour cannot be taken"),
        ("x: {%s, sum: toy.owner, by: mother}", "toy.owner cannot be taken"),
        ("x: {%s, count: toy, by: mother, states: [lost]}", "toy has no state 'lost'"),
        ("x: {%s, count: toy, by: mother, equal: {weight: '1'}}", "toy has no open field 'weight'"),
        ("x: {%s, start: size, less: weight}", "there is no 'weight' in toy"),
        ("x: {%s, start: size, less: x}", "'x' is derived from itself"),
        ("size: {%s, count: toy, by: mother}", "'size' is a field"),
    ],
)
def test_names_must_exist(tmp_path: Path, wrong: str, what: str) -> None:
    with pytest.raises(DeclarationError, match=what):
        types(tmp_path, f"derived:\n  {wrong % NAME}\n")


@pytest.mark.parametrize("wrong", ["{%s}", "{%s, count: toy}", "{%s, count: toy, by: a, sum: toy.size}",
                                   "{%s, start: size}", "{%s, count: toy, by: mother, less: size}"])  # fmt: skip
def test_a_derived_value_is_of_one_kind(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(DeclarationError):
        types(tmp_path, f"derived:\n  x: {wrong % NAME}\n")


def test_shipped_types_hold() -> None:
    assert catalogue.subject_types()


SHAPED = TOY.replace(
    "  begun:",
    "  site: {type: place, name: {zh: 位置, en: Site}}\n"
    "  border: {type: geometry, name: {zh: 界, en: Border}}\n  begun:",
)
RING = {
    "type": "Polygon",
    "positions": [[0, 0], [9, 0], [9, 9], [0, 9], [0, 0]],
    "holes": [[[3, 3], [3, 6], [6, 6], [6, 3], [3, 3]]],
}


@pytest.mark.parametrize(
    ("site", "met"), [([1, 1], 2), ([4, 4], 0), ([3, 4], 2), ([0, 9], 2), ([10, 9], 0), (None, None)]
)
def test_shapes_that_touch_are_counted_and_without_one_nothing_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, site: Any, met: int | None
) -> None:
    file = tmp_path / "p" / "subjects" / "toy.yaml"
    file.parent.mkdir(parents=True)
    rule = (
        f"derived:\n  near: {{{NAME}, count: toy, touches: {{ours: site, theirs: border}}, equal: {{colour: red}}}}\n"
    )
    file.write_text(SHAPED + rule, encoding="utf-8")
    kind = read_types(iter([file]))["toy"][0]
    around = [
        {"border": RING, "colour": "red"},
        {"border": RING, "colour": "red"},
        {"border": RING, "colour": "blue"},
        {"colour": "red"},
    ]
    monkeypatch.setattr(deriving, "subject_type", {"toy": kind}.__getitem__)
    monkeypatch.setattr(
        deriving.asking, "stream", lambda *asked: iter([SimpleNamespace(values=each) for each in around])
    )
    assert Deriving(HERE, kind, "M", {"site": site}, DAY, ANYBODY).value("near") == met


def test_only_shapes_touch(tmp_path: Path) -> None:
    for wrong in ("ours: size, theirs: mother", "ours: sight, theirs: border"):
        with pytest.raises(DeclarationError, match="is no shape"):
            types(tmp_path, f"derived:\n  x: {{{NAME}, count: toy, touches: {{{wrong}}}}}\n")
    with pytest.raises(DeclarationError, match="touches"):
        types(tmp_path, f"derived:\n  x: {{{NAME}, count: toy, by: mother, touches: {{ours: a, theirs: b}}}}\n")


@pytest.mark.parametrize(
    ("factors", "product"), [(["0.1", 3], "0.3"), ([10, "0.5", "40"], 200), ([0, 7], 0), ([None, 7], None)]
)
def test_a_product_is_exact_and_of_nothing_unknown(factors: list[Any], product: Any) -> None:
    assert multiplied(factors) == product


def test_numbers_kept_as_text_are_ordered_as_numbers() -> None:
    rows = [{"factor": each} for each in ("10", "3", "0.5")]
    words = {"zh": "数", "en": "n"}
    for kind, told in (("latest", "10"), ("earliest", "0.5")):
        rule = Derived.model_validate({"name": words, kind: "judgement.factor", "by": "risk"})
        assert gathered(rule, rows) == told


def test_a_product_of_itself_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="derived from itself"):
        types(tmp_path, DERIVED + f"  ring: {{{NAME}, product: [size, ring]}}\n")
