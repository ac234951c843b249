"""Rule tables: golden vectors, choice by day and place, and what a faulty file is told."""

import datetime as dt
import json
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bihuan.declare.problems import DeclarationError
from bihuan.rules.book import RuleBook, read_editions
from bihuan.rules.boundaries import boundary_cases
from bihuan.rules.errors import InputError, NoRuleError
from bihuan.rules.meta import jurisdiction_chain
from bihuan.rules.tables import RuleTable

BEFORE, AFTER = dt.date(2026, 2, 28), dt.date(2026, 3, 1)

HEAD = """table: t
edition: "1"
name: {zh: 表, en: Table}
source: s
citation: c
verified: false
jurisdiction: "*"
effective_from: 2020-01-01
"""


def problems(text: str) -> str:
    with pytest.raises(DeclarationError) as caught:
        RuleBook(read_editions("t.yaml", text))
    return str(caught.value)


@pytest.mark.parametrize(
    ("item", "concentration", "iaqi"),
    [
        ("pm25_24h", 35, 50),
        ("pm25_24h", 60, 100),
        ("pm25_24h", 75, 114),
        ("pm25_24h", 500, 500),
        ("pm25_24h", 800, 500),
        ("pm25_24h", "60.11", 100),
        ("pm25_24h", "60.5", 100),
        ("pm10_24h", 120, 100),
        ("pm10_24h", 150, 112),
        ("so2_24h", 150, 100),
        ("so2_24h", 475, 150),
        ("so2_1h", 475, 97),
        ("so2_1h", 500, 100),
        ("so2_1h", 801, 200),
        ("o3_8h", 160, 100),
        ("o3_8h", 801, 300),
        ("o3_1h", 160, 50),
        ("no2_1h", 350, 115),
    ],
)
def test_iaqi_2026(book: RuleBook, item: str, concentration: object, iaqi: int) -> None:
    answer = book.lookup("air.iaqi.mass", AFTER, "110108", item=item, concentration=concentration)
    assert answer.value == iaqi
    assert answer.edition == "2026"


def test_iaqi_co(book: RuleBook) -> None:
    assert book.lookup("air.iaqi.co", AFTER, "110108", item="co_24h", concentration=4).value == 100


@pytest.mark.parametrize(("item", "limit"), [("pm25_24h", 75), ("pm10_24h", 150)])
def test_the_day_of_the_event_chooses_the_edition(book: RuleBook, item: str, limit: int) -> None:
    answer = book.lookup("air.iaqi.mass", BEFORE, "110108", item=item, concentration=limit)
    assert (answer.edition, answer.value) == ("2012", 100)
    assert book.lookup("air.iaqi.mass", AFTER, "110108", item=item, concentration=limit).value > 100


def test_unrounded_concentration_gives_101(book: RuleBook) -> None:
    """The other reading of §4.2: declared in the table, not in code."""
    text = Path(book.table("air.iaqi.mass", AFTER).meta.file).read_text(encoding="utf-8")
    unrounded = text.replace("    rounding: {method: half_even, digits: 0}\n", "")
    table = RuleBook(read_editions("unrounded.yaml", unrounded)).table("air.iaqi.mass", AFTER)
    assert table.lookup(item="pm25_24h", concentration="60.11").value == 101


def test_the_nearest_place_answers(book: RuleBook) -> None:
    day = dt.date(2025, 6, 1)
    assert book.lookup("hotline.feedback", day, "110108", category="roads", urgency="general").value == "5 working days"
    street = book.lookup("hotline.feedback", day, "110108001", category="roads", urgency="emergency")
    assert (street.value, street.meta.jurisdiction) == ("1h", "110108")
    assert book.lookup("hotline.feedback", day, "110105", category="roads", urgency="general").value == "7d"
    # The district's edition has ended: the city's answers again.
    later = book.lookup("hotline.feedback", dt.date(2026, 1, 1), "110108", category="roads", urgency="general")
    assert (later.value, later.edition) == ("7d", "draft-2021")


def test_the_most_specific_row_answers(book: RuleBook) -> None:
    table = book.table("hotline.feedback", AFTER, "11")
    water = table.lookup(category="utilities.water.leak", urgency="general")
    assert (water.value, water.citation, water.row.number) == ("24h", "征求意见稿, 水电气热", 5)
    assert table.lookup(category="utilitiesx", urgency="general").value == "7d"
    assert table.find(category="roads", urgency="unknown") is None
    with pytest.raises(NoRuleError, match=r"hotline.yaml:2: table 'hotline.feedback'.*urgency=unknown.*Remedy"):
        table.lookup(category="roads", urgency="unknown")


@pytest.mark.parametrize(
    ("danger", "grade"),
    [(0, 5), ("19.9", 5), (20, 4), (70, 3), (160, 2), (320, 2), ("320.01", 1), (10000, 1)],
)
def test_lec_ends_are_as_declared(book: RuleBook, danger: object, grade: int) -> None:
    assert book.lookup("risk.lec", AFTER, "110108", danger=danger).value == grade


def test_ls_all_25_cells(book: RuleBook) -> None:
    def by_hand(product: int) -> str:
        return "blue" if product <= 8 else "yellow" if product <= 12 else "orange" if product <= 16 else "red"

    table = book.table("risk.ls", AFTER)
    for likelihood in range(1, 6):
        for severity in range(1, 6):
            product = likelihood * severity
            assert table.lookup(product=product).value == by_hand(product)


def test_what_resolved_says(book: RuleBook) -> None:
    answer = book.lookup("air.iaqi.mass", AFTER, "110108", item="pm25_24h", concentration="75.0")
    said = answer.to_json()
    assert said == {
        "table": "air.iaqi.mass",
        "edition": "2026",
        "jurisdiction": "*",
        "digest": answer.meta.digest,
        "row": 3,
        "source": answer.meta.source,
        "citation": "HJ 633-2026 表3",
        "verified": False,
        "note": "",
        "units": {},
        "values": {"iaqi": "114"},
    }
    assert json.loads(json.dumps(said)) == said
    said["row"] = 99
    assert answer.to_json()["row"] == 3
    with pytest.raises(InputError, match="no output 'level'"):
        answer["level"]


def test_every_boundary_of_every_fixture_table(book: RuleBook) -> None:
    checked = 0
    for edition in book:
        if not isinstance(edition, RuleTable):
            continue
        for case in boundary_cases(edition):
            answer = edition.find(**case.given)
            assert (() if answer is None else (answer.row.number,)) == case.rows, (edition.meta.id, case)
            checked += 1
    assert checked > 300


@given(st.integers(0, 10**6))
def test_iaqi_never_falls_and_matches_the_formula(hundredths: int) -> None:
    """Against the standard's formula written out with floats, on the fixture's 2026 PM2.5 breakpoints."""
    breakpoints, levels = [0, 35, 60, 115, 150, 250, 350, 500], [0, 50, 100, 150, 200, 300, 400, 500]
    value = Decimal(hundredths) / 100
    rounded = round(value)
    if rounded >= 500:
        expected = 500
    else:
        at = next(i for i in range(7) if rounded <= breakpoints[i + 1])
        share = Fraction(rounded - breakpoints[at], breakpoints[at + 1] - breakpoints[at])
        exact = levels[at] + share * (levels[at + 1] - levels[at])
        expected = -(-exact.numerator // exact.denominator)
    assert _IAQI.lookup(item="pm25_24h", concentration=value).value == expected


_IAQI = RuleBook.from_folder(Path(__file__).parent / "tables").table("air.iaqi.mass", AFTER)


def test_jurisdictions_from_near_to_far() -> None:
    assert jurisdiction_chain("110108001") == ("110108001", "110108", "1101", "11", "*")
    assert jurisdiction_chain("US-MA") == ("US-MA", "US", "*")
    assert jurisdiction_chain("*") == ("*",)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"item": "pm25_24h"}, "missing input concentration"),
        ({"item": "pm25_24h", "concentration": 1, "place": "x"}, "unknown input place"),
        ({"item": "pm1", "concentration": 1}, "'pm1' is not declared"),
        ({"item": "pm25_24h", "concentration": 1.5}, "never a float"),
        ({"item": "pm25_24h", "concentration": -1}, "outside the declared domain"),
        ({"item": 7, "concentration": 1}, "not a word"),
    ],
)
def test_a_bad_question_is_told_why(book: RuleBook, given: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        book.lookup("air.iaqi.mass", AFTER, "110108", **given)


def test_a_datetime_is_refused_because_its_local_date_is_unknown(book: RuleBook) -> None:
    with pytest.raises(InputError, match="give the local date"):
        book.table("risk.lec", dt.datetime(2026, 3, 1, tzinfo=dt.UTC))


def test_no_edition_in_force_lists_what_there_is(book: RuleBook) -> None:
    with pytest.raises(
        NoRuleError, match=r"No edition of table 'air.iaqi.mass' is in force on 2010-01-01.*2012 for \*"
    ):
        book.table("air.iaqi.mass", dt.date(2010, 1, 1), "110108")
    with pytest.raises(NoRuleError, match=r"There is no table 'nowhere'. Known: air.iaqi.co"):
        book.table("nowhere", AFTER)


NUMBER = "inputs: [{name: x, kind: number}]\noutputs: [{name: y, kind: integer}]\n"


@pytest.mark.parametrize(
    ("rows", "line", "rule"),
    [
        ('[{x: "[0, 2]", y: 1},\n {x: "[2, 3)", y: 2}]', 12, r"\[2, 3\) overlap \[0, 2\] of row 1"),
        ('[{x: "[0, 2)", y: 1},\n {x: "(2, 3)", y: 2}]', 12, "No row answers x = 2: a gap"),
        ('[{x: "[2, 3)", y: 1},\n {x: "[0, 2)", y: 2}]', 12, "rows are unsorted"),
        ('[{x: "[0, 2)", y: 1, z: 3}]', 11, "'z' is not a known field"),
        ('[{x: "[0, 2)"}]', 11, "'y' is missing"),
        ("[{x: [0, 2], y: 1}]", 11, "Bounds must be text"),
        ('[{x: "[0, 2)", y: 1.5}]', 11, "not a whole number"),
        ('[{x: "(2, 0)", y: 1}]', 11, "contains no number"),
        ("[]", 1, "The table has no row"),
    ],
)
def test_faulty_rows_are_named_by_line(rows: str, line: int, rule: str) -> None:
    text = problems(HEAD + NUMBER + "rows: " + rows)
    assert text.startswith("t.yaml:")
    assert re.search(rule, text), text
    if rule != "The table has no row":
        assert f"t.yaml:{line}: rows" in text, text
    assert "remedy:" in text


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (HEAD.replace("source: s\n", "sorce: s\n") + NUMBER + "rows: []", "'sorce' is not a known field"),
        (HEAD.replace("source: s\n", "sorce: s\n") + NUMBER + "rows: []", "'source' is missing"),
        (HEAD.replace("2020-01-01", "01/01/2020") + NUMBER + "rows: []", "is not a date"),
        (HEAD.replace('"*"', "11010") + NUMBER + "rows: []", "code of whole levels"),
        (HEAD.replace("verified: false", "verified: no") + NUMBER + "rows: []", "neither true nor false"),
        (HEAD + "effective_to: 2019-01-01\n" + NUMBER + "rows: []", "lies before the first"),
        (HEAD + NUMBER.replace("integer", "linear") + "rows: []", "must declare its rounding"),
        (HEAD + "inputs: [{name: x, kind: code, domain: 3}]\noutputs: [{name: y, kind: text}]\nrows: []", "no meaning"),
        ("just: nothing", "does not say which kind of rule"),
        ("table: [", "not valid YAML"),
        ("table: a\ntable: b", "appears twice, first on line 1"),
    ],
)
def test_faulty_heads_are_named(text: str, rule: str) -> None:
    assert rule in problems(text)


CODES = "inputs: [{name: a, kind: code, values: [p, q]}, {name: b, kind: flag}]\noutputs: [{name: y, kind: integer}]\n"


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ("[{a: p, b: true, y: 1}, {a: p, b: true, y: 2}, {a: '*', b: '*', y: 3}]", "same key as row 1"),
        ("[{a: p, b: true, y: 1}, {a: q, b: '*', y: 2}]", "No row answers a=p, b=False: a gap"),
        ("[{a: p, b: '*', y: 1}, {a: '*', b: true, y: 2}, {a: '*', b: '*', y: 3}]", "neither is more specific"),
        ("[{a: r, b: '*', y: 1}, {a: '*', b: '*', y: 3}]", "'r' is not declared for a"),
    ],
)
def test_faulty_keys_are_named(rows: str, rule: str) -> None:
    assert rule in problems(HEAD + CODES + "rows: " + rows)


def test_a_row_for_where_two_meet_settles_it() -> None:
    rows = "[{a: p, b: '*', y: 1}, {a: '*', b: true, y: 2}, {a: '*', b: '*', y: 3}, {a: p, b: true, y: 4}]"
    table = RuleBook(read_editions("t.yaml", HEAD + CODES + "rows: " + rows)).table("t", AFTER)
    answers = {(a, b): table.lookup(a=a, b=b).value for a in "pq" for b in (True, False)}
    assert answers == {("p", True): 4, ("p", False): 1, ("q", True): 2, ("q", False): 3}


def test_the_longest_prefix_answers() -> None:
    text = (
        "inputs: [{name: a, kind: prefix}]\noutputs: [{name: y, kind: integer}]\n"
        "rows: [{a: '*', y: 0}, {a: u, y: 1}, {a: u.w, y: 2}, {a: u.w.leak, y: 3}]"
    )
    table = RuleBook(read_editions("t.yaml", HEAD + text)).table("t", AFTER)
    asked = ["u.w.leak.big", "u.w.leak", "u.w.leaky", "u.w", "u.x", "u", "v", "uw"]
    assert [table.lookup(a=word).value for word in asked] == [3, 3, 2, 2, 1, 1, 0, 0]


def test_declared_rounding_can_close_a_gap() -> None:
    rounded = NUMBER.replace("kind: number", "kind: number, rounding: {method: half_even, digits: 0}")
    rows = 'rows: [{x: "[80, 89]", y: 1}, {x: "[90, 100]", y: 2}]'
    assert "x = 89" not in HEAD
    assert "a gap" in problems(HEAD + NUMBER + rows)
    table = RuleBook(read_editions("t.yaml", HEAD + rounded + rows)).table("t", AFTER)
    assert [table.lookup(x=x).value for x in ("89.4", "89.5", "88.5")] == [1, 2, 1]


def edition(name: str, start: str, end: str = "", extra: str = "") -> str:
    head = HEAD.replace('"1"', f'"{name}"').replace("2020-01-01", start)
    ending = f"effective_to: {end}\n" if end else ""
    return head + ending + extra + NUMBER + 'rows: [{x: "[0, 1]", y: 1}]\n'


@pytest.mark.parametrize(
    ("first", "second", "rule"),
    [
        (edition("a", "2020-01-01"), edition("b", "2021-01-01"), "begins before edition 'a' of 't' ends (open)"),
        (
            edition("a", "2020-01-01", "2021-01-01"),
            edition("b", "2021-01-01"),
            "begins before edition 'a' of 't' ends (2021",
        ),
        (edition("a", "2020-01-01", "2020-12-30"), edition("b", "2021-01-01"), "Nothing holds between 2020-12-30"),
        (edition("a", "2020-01-01", "2020-12-31"), edition("a", "2021-01-01"), "declared twice"),
    ],
)
def test_editions_neither_overlap_nor_leave_a_gap(first: str, second: str, rule: str) -> None:
    assert rule in problems(second + "---\n" + first)


def test_an_explained_gap_between_editions_is_allowed() -> None:
    text = (
        edition("a", "2020-01-01", "2020-12-30") + "---\n" + edition("b", "2021-01-01", extra="gap_before: repealed\n")
    )
    book = RuleBook(read_editions("t.yaml", text))
    assert book.table("t", dt.date(2020, 12, 30)).meta.edition == "a"
    with pytest.raises(NoRuleError):
        book.table("t", dt.date(2020, 12, 31))


def test_all_problems_of_all_documents_come_together() -> None:
    text = problems(HEAD + NUMBER + "rows: [{x: 1}]\n---\n" + HEAD + NUMBER + "rows: [{y: 1}]\n---\nfoo: 1\n")
    assert text.count("remedy:") == 3


def test_the_digest_sees_content_not_layout() -> None:
    plain = read_editions("t.yaml", edition("a", "2020-01-01"))[0].meta.digest
    commented = read_editions("t.yaml", "# why\n" + edition("a", "2020-01-01").replace("source: s", "source:   's'"))
    changed = read_editions("t.yaml", edition("a", "2020-01-01").replace("y: 1", "y: 2"))
    assert commented[0].meta.digest == plain
    assert changed[0].meta.digest != plain


def test_fields_may_say_what_people_read_and_a_label_in_one_language_is_refused() -> None:
    body = HEAD + (
        'inputs:\n  - {name: danger, kind: number, domain: "[0, inf)", label: {zh: 危险值, en: Danger}}\n'
        'outputs:\n  - {name: grade, kind: integer}\nrows:\n  - {danger: "[0, inf)", grade: 1}\n'
    )
    (table,) = read_editions("t.yaml", body)
    assert isinstance(table, RuleTable)
    assert table.numeric
    assert table.numeric.label == {"zh": "危险值", "en": "Danger"}
    assert table.outputs[0].label == {}
    assert "label" in problems(body.replace("{zh: 危险值, en: Danger}", "{zh: 危险值}"))


def test_codes_may_be_named_and_only_those_that_there_are() -> None:
    body = HEAD + (
        "inputs:\n  - {name: by, kind: code, values: [sea, land], words: {sea: {zh: 海运, en: By sea}}}\n"
        "outputs:\n  - {name: way, kind: text, words: {slow: {zh: 慢件, en: Slow}}}\n"
        "rows:\n  - {by: sea, way: slow}\n  - {by: land, way: fast}\n"
    )
    (table,) = read_editions("t.yaml", body)
    assert isinstance(table, RuleTable)
    assert table.inputs[0].words == {"sea": {"zh": "海运", "en": "By sea"}}
    assert table.outputs[0].words == {"slow": {"zh": "慢件", "en": "Slow"}}
    assert table.lookup(by="land").values["way"] == "fast", "a code without a name stays what it is"
    assert "'air' is none of the values" in problems(body.replace("{sea: {zh", "{air: {zh"))
    assert "'words' has no meaning for kind flag" in problems(body.replace("kind: text", "kind: flag"))
    assert "A mapping of codes" in problems(body.replace("{slow: {zh: 慢件, en: Slow}}", "[slow]"))
    assert "'en' is missing" in problems(body.replace(", en: Slow", ""))
