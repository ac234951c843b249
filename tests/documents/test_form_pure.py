"""A form is declared, checked and described without a database: all defects at once, conditions, registers, proofs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bihuan.declare.fieldtype import NOBODY
from bihuan.declare.problems import DeclarationError
from bihuan.documents.forms.pure.checking import Answers, Asking, CheckedForm, Taken, check_form
from bihuan.documents.forms.pure.declaration import FormField
from bihuan.documents.forms.pure.schema import answers_schema
from bihuan.documents.forms.pure.sheets import outline_of, paper_of, sheet_of
from bihuan.documents.forms.pure.telling import handed_values
from tests.documents.toy_forms import ANSWERS, FORM, SIGNED, toy
from tests.examples import examples

DAY = date(2026, 3, 2)
PAPER = "0" * 64


class Anybody:
    """Names of somebody who knows none."""

    zone: tzinfo = UTC
    now = datetime(2026, 3, 2, tzinfo=UTC)
    signer = ""

    def unit(self, text: str, /) -> str | None:
        return None

    area = case = unit


def asking(register: Mapping[str, Any] | None = None) -> Asking:
    """A world with no register, or with one that holds a name by key."""

    def ask(name: str, rule: FormField, key: str) -> Taken | None:
        if register is None:
            return None
        value = register.get(key)
        return Taken("enterprise", value is not None, value if rule.source else None, {"source": "toy"})

    return Asking(Anybody(), NOBODY, ask, DAY)


def checked(form: Any, register: Mapping[str, Any] | None = None, files: Any = None, **values: Any) -> CheckedForm:
    """The toy answers, changed, with a paper unless other files are given."""
    said = {name: value for name, value in {**ANSWERS, **values}.items() if value is not None}
    given_ = {"paper": [PAPER]} if files is None else files
    return check_form(form, Answers(said, given_, SIGNED), asking(register))


def paper(form: Any, language: str, *said: CheckedForm, **more: Any) -> str:
    """The printable page."""
    return sheet_of(paper_of(form, language, *said, **more))


def codes(done: CheckedForm) -> dict[str, str]:
    return {defect.field: defect.code for defect in done.defects}


def test_a_complete_form_has_no_defect(tmp_path: Path) -> None:
    done = checked(toy(tmp_path))
    assert done.defects == []
    assert "tested" not in done.shown, "books are not tested"
    assert done.values["stalls"] == 2


def test_every_defect_is_told_at_once_in_both_languages(tmp_path: Path) -> None:
    form = toy(tmp_path)
    done = check_form(form, Answers({"kind": "fish", "stalls": 9, "colour": "red"}, {}, {}), asking())
    assert codes(done) == {
        "firm": "missing", "firm_name": "missing", "contact": "missing", "kind": "unknown_value",
        "stalls": "out_of_bounds", "paper": "missing", "colour": "unknown_field", "true_words": "unsigned",
    }  # fmt: skip
    for defect in done.defects:
        assert all((*defect.what, *defect.rule, *defect.remedy)), defect


def test_conditions_show_and_hide_and_a_hidden_answer_does_not_count(tmp_path: Path) -> None:
    form = toy(tmp_path)
    assert codes(checked(form, kind="food")) == {"tested": "missing"}
    done = checked(form, kind="books", tested="no day at all")
    assert done.defects == []
    assert "tested" not in done.values


def test_a_proof_that_expired_is_refused_and_one_that_ends_soon_is_told(tmp_path: Path) -> None:
    form = toy(tmp_path)
    assert codes(checked(form, kind="food", tested="2025-09-01")) == {"tested": "expired"}
    assert codes(checked(form, kind="food", tested="2026-03-03")) == {"tested": "not_yet"}
    soon = checked(form, kind="food", tested="2025-09-02")
    assert (soon.defects, soon.warned) == ([], ["tested"])
    assert checked(form, kind="food", tested="2026-03-01").warned == []


def test_no_paper_is_asked_for_whose_issuer_is_connected(tmp_path: Path) -> None:
    form = toy(tmp_path)
    assert codes(checked(form, None, files={})) == {"paper": "missing"}
    held = checked(form, {ANSWERS["firm"]: "玩具公司"}, files={})
    assert held.defects == []
    assert held.taken["paper"].found
    unknown = checked(form, {}, files={})
    assert unknown.defects == [], "an officer looks; the applicant is not sent away for it"
    assert not unknown.taken["paper"].found


def test_what_a_register_holds_is_taken_and_not_asked(tmp_path: Path) -> None:
    form = toy(tmp_path)
    register = {ANSWERS["firm"]: "登记的名称"}
    taken = checked(form, register, firm_name=None)
    assert (taken.defects, taken.values["firm_name"]) == ([], "登记的名称")
    assert codes(checked(form, register, firm_name="另一个")) == {"firm_name": "differs"}
    assert codes(checked(form, {}, firm_name=None)) == {"firm_name": "missing"}, "unknown there: asked here"


def test_texts_of_a_page_are_read_by_the_types(tmp_path: Path) -> None:
    form = toy(tmp_path)
    said = {**ANSWERS, "kind": "图书", "stalls": " 2 "}
    done = check_form(form, Answers(said, {"paper": [PAPER]}, SIGNED, texts=True), asking())
    assert done.defects == []
    assert (done.values["kind"], done.values["stalls"]) == ("books", 2)
    wrong = check_form(form, Answers({**said, "stalls": "two"}, {"paper": [PAPER]}, SIGNED, texts=True), asking())
    assert codes(wrong) == {"stalls": "wrong_value"}


def test_a_door_is_given_words_and_never_what_is_personal_among_them(tmp_path: Path) -> None:
    form = toy(tmp_path)
    handed = handed_values(form, checked(form), "zh")
    assert handed["title"] == "图书"
    assert "李某" not in handed["text"]
    assert "经营种类：图书" in handed["text"]
    assert (handed["name"], handed["area"]) == ("李某", "110108011")


def test_on_paper_blank_and_filled(tmp_path: Path) -> None:
    form = toy(tmp_path)
    blank = paper(form, "en")
    assert "Only if: What is sold is Food" in blank
    assert "☐ Food" in blank
    filled = paper(form, "zh", checked(form, contact="<b>李某</b>"))
    assert "＊＊＊" in filled
    assert "李某" not in filled
    assert "&lt;b&gt;李某" in paper(form, "zh", checked(form, contact="<b>李某</b>"), personal=True)
    assert "required" in outline_of(form).text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("type: count", "type: counter"), "fields.stalls.type"),
        (("[firm, firm_name, contact, phone]", "[firm_name, firm, contact, phone]"), "fields.firm_name.source.by"),
        (("[kind, tested, stalls, why]", "[tested, kind, stalls]"), "fields.tested.show.0.field"),
        (("lasts: {months: 6,", "lasts: {months: 6, days: 3,"), "fields.tested.lasts"),
        (("in: [food, books]", "in: [food], present: true"), "fields.photo.show.0"),
        (("text: \"*\"", "text: reason"), "through.values.text"),
        (("personal: true}", "personal: true, open: true}"), "fields.contact.open"),
        (("most: 2, show", "most: 2, lasts: {days: 1}, show"), "fields.photo.lasts"),
    ],
)  # fmt: skip
def test_a_faulty_file_names_line_field_rule_and_remedy(tmp_path: Path, change: tuple[str, str], field: str) -> None:
    assert change[0] in FORM
    with pytest.raises(DeclarationError) as caught:
        toy(tmp_path, FORM.replace(*change, 1))
    found = {problem.field for problem in caught.value.problems}
    assert field in found, caught.value.problems
    assert all(p.line > 0 and p.rule and p.remedy for p in caught.value.problems)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=30)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "firm": WORDS, "firm_name": WORDS, "contact": WORDS, "why": WORDS,
        "kind": st.sampled_from(["food", "books", "fish", ""]) | st.integers(),
        "stalls": st.integers(-3, 9) | WORDS | st.booleans() | st.none(),
        "tested": st.dates(date(2025, 1, 1), date(2026, 12, 31)).map(str) | WORDS,
    },
)  # fmt: skip


@settings(max_examples=examples(200), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VALUES)
def test_a_form_is_accepted_if_and_only_if_every_field_passes(tmp_path: Path, values: dict[str, Any]) -> None:
    form = toy(tmp_path)
    done = check_form(form, Answers(values, {"paper": [PAPER]}, SIGNED), asking())
    given_ = {name: value for name, value in values.items() if value is not None}
    wrong = set()
    for name in ("firm", "firm_name", "kind", "tested", "stalls", "contact", "why"):
        if name == "tested" and given_.get("kind") != "food":
            continue
        asked = form.asked[name]
        if name not in given_:
            wrong |= {name} if form.fields[name].required else set()
        elif asked.kind.check(given_[name], asked, NOBODY) is not None:
            wrong.add(name)
    if "tested" not in wrong and given_.get("kind") == "food" and not "2025-09-02" <= given_["tested"] <= "2026-03-02":
        wrong.add("tested")
    if "stalls" not in wrong and given_["stalls"] > 5:
        wrong.add("stalls")
    assert {defect.field for defect in done.defects} == wrong
    if not wrong:
        jsonschema.validate({"values": given_, "declarations": SIGNED}, answers_schema(form))


def test_the_schema_says_what_is_required_and_when(tmp_path: Path) -> None:
    schema = answers_schema(toy(tmp_path))
    jsonschema.Draft202012Validator.check_schema(schema)
    fine = {"values": {k: v for k, v in ANSWERS.items() if k != "firm_name"}, "declarations": SIGNED}
    jsonschema.validate(fine, schema)
    for broken in (
        {**fine, "values": {**fine["values"], "kind": "food"}},
        {**fine, "values": {**fine["values"], "colour": "red"}},
        {**fine, "declarations": {}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema)


def test_nothing_written_breaks_the_page(tmp_path: Path) -> None:
    page = paper(toy(tmp_path), "zh")
    assert re.search(r"<html lang=\"zh-Hans\">", page)
