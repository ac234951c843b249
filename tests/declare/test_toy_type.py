"""One file is a field type: asked on pages, checked at every door, exported, in the schema and in the reference."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from django.template.loader import render_to_string
from django.utils.translation import override

from bihuan.declare import types
from bihuan.declare.types import field_type, field_types
from bihuan.faces.parts.forms import FormReader, UnreadableField, input_of, read_text
from bihuan.faces.parts.options import Options
from bihuan.faces.work.opening import inputs, plain_field
from bihuan.loop.kernel.form_rules import FieldRule, form_types
from bihuan.loop.kernel.programme import Name
from bihuan.loop.programmes import schema
from tests.declare.test_types import Everybody
from tests.loop.district import OPERATOR, Walk

GOOD, BAD = "123456782", "123456789"
SHOWN = (("zh-hans", "单车", "车身上的9位数字"), ("en", "Bicycle", "Nine digits on the frame"))


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package's folder list gains the toy's folder: nothing else changes."""
    assert "bicycle_number" not in field_types()
    monkeypatch.setattr(types, "__path__", [*types.__path__, str(Path(__file__).parent / "toy")])
    yield
    monkeypatch.undo()
    assert "bicycle_number" not in field_types()


def rule() -> FieldRule:
    return FieldRule(name=Name(zh="单车", en="Bicycle"), type="bicycle_number", required=True)


def test_a_form_asks_for_it_in_both_languages() -> None:
    asked = plain_field("bike", rule())
    for language, label, hint in (
        ("zh-hans", "单车", "车身上的9位数字"),
        ("en", "Bicycle", "Nine digits on the frame"),
    ):
        with override(language):
            page = render_to_string("faces/parts/input.html", {"input": input_of(asked, Options()), "prefix": "x"})
        assert label in page
        assert hint in page
        assert 'name="field-bike"' in page


def test_a_page_reads_it_and_says_what_is_wrong() -> None:
    asked, here = plain_field("bike", rule()), Everybody()
    reader = FormReader(here.zone, here.unit, here.area, here.case, lambda name, upload: {}, here.signer, here.now)  # type: ignore[arg-type]
    assert read_text(asked, "1234 5678-2", reader) == GOOD
    told = {
        "zh-hans": "单车须为9位单车编号，写成9位单车编号。",
        "en": "Bicycle must be a bicycle number of nine digits; ",
    }
    for language, words in told.items():
        with override(language), pytest.raises(UnreadableField, match=words):
            read_text(asked, BAD, reader)


def test_a_case_opened_by_any_door_checks_it() -> None:
    walk = Walk()
    case = walk.programme.cases["request"].model_copy(update={"fields": {"bike": rule()}})
    walk.programme = walk.programme.model_copy(update={"cases": {**walk.programme.cases, "request": case}})
    assert [i.name for i in inputs(case, "hotline") if i.name == "field-bike"] == ["field-bike"]
    assert walk.opened(fields={"bike": GOOD}).events[0].data["fields"] == {"bike": GOOD}
    other = Walk()
    other.programme = walk.programme
    told = other.refusal("open", OPERATOR, kind="request", number="2", channel="phone", fields={"bike": BAD})
    assert (told.code, told.field) == ("wrong_value", "fields.bike")
    assert (told.text.zh, told.text.en) == ("单车须为9位单车编号", "Bicycle must be a bicycle number of nine digits")


def test_it_is_exported_and_in_both_schemas() -> None:
    kind = field_type("bicycle_number")
    assert kind.parse(kind.export(GOOD), plain_field("bike", rule()), Everybody()) == GOOD
    jsonschema.validate(GOOD, kind.schema(plain_field("bike", rule())))
    assert "bicycle_number" in form_types()
    assert "bicycle_number" in schema()["$defs"]["FieldRule"]["properties"]["type"]["enum"]


def test_the_reference_tells_of_it() -> None:
    place = Path(__file__).parents[2] / "docs" / "generate.py"
    spec = importlib.util.spec_from_file_location("generate", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    page = module.pages()["fields.md"]
    assert "| `bicycle_number` | 单车编号 · Bicycle number |" in page
