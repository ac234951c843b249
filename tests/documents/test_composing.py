"""Letters without a database: facts, basis, decision, remedies with their last days; a gap is refused by its name."""

from __future__ import annotations

import copy
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.declare.problems import DeclarationError
from bihuan.documents.letters.catalogue import DeclaredLetter
from bihuan.documents.letters.factfiles import compose_from, described, letters_of_play, number_of
from bihuan.documents.letters.pure.composing import LetterRefused
from bihuan.documents.letters.pure.formats import capital_amount, long_day
from bihuan.documents.letters.pure.loading import load_letter
from bihuan.documents.letters.pure.sheet import Composed
from tests.documents.declared import FACTS, LETTER
from tests.examples import examples


@pytest.fixture(scope="module")
def declared(tmp_path_factory: pytest.TempPathFactory) -> DeclaredLetter:
    """The toy letter."""
    file = tmp_path_factory.mktemp("toy") / "order.yaml"
    file.write_text(LETTER, encoding="utf-8")
    return DeclaredLetter(load_letter(file), file, "toy")


def changed(**facts: Any) -> dict[str, Any]:
    """The facts with others in their place; None takes one away."""
    given_ = copy.deepcopy(FACTS)
    for name, value in facts.items():
        place = given_ if name in given_ else given_["facts"]
        place.pop(name, None) if value is None else place.update({name: value})
    return given_


def words(composed: Composed, language: str) -> str:
    """Everything that a sheet says."""
    sheet = composed.sheets[language]
    rows = [cell for block in sheet.blocks for row in (block.heads, *block.rows) for cell in row]
    return "\n".join([*(block.text for block in sheet.blocks), *rows])


def test_both_languages_say_the_facts_the_basis_the_decision_and_the_last_days(declared: DeclaredLetter) -> None:
    composed = compose_from(declared, FACTS)
    zh, en = words(composed, "zh"), words(composed, "en")
    assert "经2026年2月27日检查，某某酒店存在下列重大事故隐患" in zh
    assert "人民币壹万零伍拾元整（10,050.00元）" in zh
    assert "《安全生产法》（2021）第六十五条" in zh
    assert "责令某某酒店于30日内整改完毕。" in zh
    assert "2026年5月6日（含当日）以前向示范区人民政府申请行政复议" in zh
    assert "On 27 February 2026 the following major hazards were found at Hotel Somewhere" in en
    assert "A fine of CNY 10,050.00 is imposed." in en
    assert "until 2 September 2026 (that day included)" in en
    assert composed.sheets["zh"].number == "示应急责改〔2026〕12号"


def test_the_last_day_moves_over_days_off_and_says_why(declared: DeclaredLetter) -> None:
    told = described(compose_from(declared, FACTS))
    assert told["remedy_until"] == "2026-05-06"
    assert told["remedies"]["review"] | {"calendar": ""} == {
        "until": "2026-05-06", "citation": "行政复议法（2023修订）第二十条", "edition": "2023", "verified": True,
        "moved_days": 5, "calendar": "", "after": "dated", "from": "2026-03-02", "amount": 60, "unit": "days",
    }  # fmt: skip
    assert told["remedies"]["court"]["until"] == "2026-09-02"


def test_a_month_without_the_day_ends_on_its_last(declared: DeclaredLetter) -> None:
    told = described(compose_from(declared, changed(dated="2026-08-31")))
    assert told["remedies"]["court"]["until"] == "2027-02-28"


def test_what_a_table_answers_is_cited(declared: DeclaredLetter) -> None:
    composed = compose_from(declared, FACTS)
    assert composed.facts["days"].value == 30
    assert composed.facts["days"].source["table"] == "petition.term"
    assert [each["verified"] for each in composed.basis] == [True, False]


def test_an_optional_paragraph_is_shown_with_its_fact_alone(declared: DeclaredLetter) -> None:
    composed = compose_from(declared, changed(fine=None))
    assert "罚款" not in words(composed, "zh")
    assert "fine" not in words(composed, "en")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"firm": None}, "firm"),
        ({"firm": ""}, "firm"),
        ({"found": "2026-02-30"}, "found"),
        ({"fine": "10.5"}, "fine"),
        ({"grade": "huge"}, "grade"),
        ({"officer": None}, "officer"),
        ({"hazards": []}, "hazards"),
        ({"hazards": [{"place": "x"}]}, "hazards.1.count"),
        ({"hazards": [{"place": "x", "count": "two"}]}, "hazards.1.count"),
        ({"hazards": "x"}, "hazards"),
        ({"dated": None}, "dated"),
        ({"count": None}, "number"),
        ({"addressee": None}, "addressee"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_a_gap_is_refused_by_its_name(declared: DeclaredLetter, facts: dict[str, Any], field: str) -> None:
    with pytest.raises(LetterRefused) as refused:
        compose_from(declared, changed(**facts))
    assert field in [gap.field for gap in refused.value.gaps]
    assert all(gap.what.zh and gap.what.en and gap.remedy.zh and gap.remedy.en for gap in refused.value.gaps)


def test_every_gap_is_told_at_once(declared: DeclaredLetter) -> None:
    with pytest.raises(LetterRefused) as refused:
        compose_from(declared, {})
    told = {gap.field for gap in refused.value.gaps}
    assert {"dated", "number", "addressee", "firm", "found", "grade", "hazards", "officer"} <= told


def test_without_an_edition_of_the_term_there_is_no_letter(declared: DeclaredLetter) -> None:
    with pytest.raises(LetterRefused) as refused:
        compose_from(declared, changed(dated="1999-01-04"))
    assert {"days"} <= {gap.field for gap in refused.value.gaps}


@pytest.mark.parametrize(
    ("before", "after", "field", "remedy"),
    [
        ("{found}检查", "{fund}检查", "texts.zh", "did you mean 'found'?"),
        ("{fine:capitals}", "{fine:caps}", "texts.zh", "use one of these"),
        ("{table hazards}\n\n    {if", "{hazards}\n\n    {if", "texts.zh", "write {table hazards}"),
        ("A fine of {fine} is imposed.\n    {end}", "{end}\n    Fine {fine}", "texts.en", "put it between"),
        ("{table hazards: place, count}", "{table hazards: where}", "texts.en", "correct it"),
        ("table: days}", "table: found}", "basis.1", "give `from: {table: …}`"),
        ("officer: officer\n", "officer: clerk\n", "officer", "declare the fact `clerk:`"),
        ("〔{year}〕{count}号", "〔{year}〕号", "number.zh", "write {count} into it"),
        ("type: money", "type: gold", "facts.fine.type", "see docs/reference/field-types.md"),
        ("于{days}日内", "于{days日内", "decision.zh", "write {fact}"),
        ("amount: 6, unit: months, citation: 行政诉讼法（2017修正）第四十六条", "amount: 6, unit: months", "", ""),
        ("decision:", "dezision:", "dezision", "did you mean 'decision'?"),
    ],
)
def test_a_faulty_declaration_names_line_field_and_remedy(
    tmp_path: Path, before: str, after: str, field: str, remedy: str
) -> None:
    text = LETTER.replace(before.replace("    ", ""), after.replace("    ", ""))
    text = text if text != LETTER else LETTER.replace(before, after)
    assert text != LETTER
    file = tmp_path / "order.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DeclarationError) as refused:
        load_letter(file)
    assert any(field in each.field and remedy in each.remedy and each.line >= 1 for each in refused.value.problems)


def test_a_play_tells_its_letters_and_what_was_refused(declared: DeclaredLetter) -> None:
    played = [(declared, changed(count=None)), (declared, changed(count=None, firm=None)), (declared, changed())]
    told = letters_of_play(played)
    assert [each["number"]["en"] for each in told["letters"]] == [
        "Model Emergency (2026) No. 1", "Model Emergency (2026) No. 12",
    ]  # fmt: skip
    assert all(each["basis"] and each["remedy"] and each["remedy_until"] for each in told["letters"])
    assert all(len(each["sha256"]) == 64 for each in told["letters"])
    assert told["refused"] == [{"kind": "toy-order", "gaps": told["refused"][0]["gaps"]}]
    assert told == letters_of_play(played)


@pytest.mark.parametrize(
    ("amount", "capitals"),
    [
        ("0.00", "零元整"), ("0.05", "伍分"), ("0.50", "伍角整"), ("1.05", "壹元零伍分"), ("1.50", "壹元伍角整"),
        ("10.00", "壹拾元整"), ("1409.50", "壹仟肆佰零玖元伍角整"), ("6007.14", "陆仟零柒元壹角肆分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"), ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("100000000.00", "壹亿元整"), ("100005000.00", "壹亿零伍仟元整"), ("1000000001.00", "壹拾亿零壹元整"),
        ("-20.00", "负贰拾元整"), ("10050.00", "壹万零伍拾元整"),
    ],
)  # fmt: skip
def test_capitals_are_those_of_the_rules_of_payment(amount: str, capitals: str) -> None:
    """Examples of the annex of 支付结算办法: ￥1,409.50, ￥6,007.14, ￥107,000.53, ￥16,409.02, ￥325.04."""
    assert capital_amount(amount) == capitals


@settings(max_examples=examples(200))
@given(st.dates(date(1, 1, 1)))
def test_a_long_day_names_year_month_and_day(day: date) -> None:
    zh, en = long_day(day.isoformat(), "zh"), long_day(day.isoformat(), "en")
    assert (f"{day.year}年" in zh, f"{day.month}月" in zh, f"月{day.day}日" in zh) == (True, True, True)
    assert en.startswith(f"{day.day} ")
    assert en.endswith(f" {day.year}")


def test_numbers_count_in_both_languages(declared: DeclaredLetter) -> None:
    assert number_of(declared.letter, 2027, 3) == {"zh": "示应急责改〔2027〕3号", "en": "Model Emergency (2027) No. 3"}
