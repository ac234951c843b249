"""What a new edition changes, question by question."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from bihuan.rules.book import RuleBook, read_editions
from bihuan.rules.changes import changed_answers
from bihuan.rules.errors import InputError

BEFORE, AFTER = dt.date(2026, 2, 28), dt.date(2026, 3, 1)


def test_the_2026_index_changes_pm_only(book: RuleBook) -> None:
    changes = changed_answers(book.table("air.iaqi.mass", BEFORE), book.table("air.iaqi.mass", AFTER))
    assert {change.given["item"] for change in changes} == {"pm25_24h", "pm10_24h"}
    at_75 = next(change for change in changes if change.given == {"item": "pm25_24h", "concentration": Decimal(75)})
    assert at_75.to_json() == {
        "given": {"item": "pm25_24h", "concentration": "75"},
        "before": [{"iaqi": "100"}],
        "after": [{"iaqi": "114"}],
    }


def test_equal_editions_change_nothing(book: RuleBook) -> None:
    assert changed_answers(book.table("air.iaqi.co", BEFORE), book.table("air.iaqi.co", AFTER)) == ()


def test_a_moved_bound_shows_exactly_where(book: RuleBook) -> None:
    old = book.decision("air.heavy-pollution-warning", AFTER, "11")
    text = Path(old.meta.file).read_text(encoding="utf-8")
    text = text.replace('days_level_4: "[2, inf)"', 'days_level_4: "[1, inf)"')
    new = RuleBook(read_editions("new.yaml", text)).decision("air.heavy-pollution-warning", AFTER, "11")
    changes = changed_answers(old, new)
    assert changes
    assert {change.given["days_level_4"] for change in changes} == {Decimal(1)}
    assert {(str(change.before), str(change.after)) for change in changes} == {
        ("({'level': 'none'},)", "({'level': 'yellow'},)")
    }


def test_a_word_only_one_edition_knows_has_no_answer_in_the_other() -> None:
    head = (
        "table: t\nedition: '{}'\nname: {{zh: 表, en: T}}\nsource: s\ncitation: c\nverified: true\njurisdiction: '*'\n"
        "effective_from: {}-01-01\neffective_to: {}-12-31\ninputs: [{{name: a, kind: code, values: [{}]}}]\n"
        "outputs: [{{name: y, kind: integer}}]\nrows: [{{a: '*', y: 1}}]\n"
    )
    text = head.format(1, 2020, 2020, "p") + "---\n" + head.format(2, 2021, 2021, "p, q")
    book = RuleBook(read_editions("t.yaml", text))
    (change,) = changed_answers(book.table("t", dt.date(2020, 5, 1)), book.table("t", dt.date(2021, 5, 1)))
    assert (change.given, change.before, change.after) == ({"a": "q"}, (), ({"y": 1},))


def test_different_inputs_cannot_be_compared(book: RuleBook) -> None:
    with pytest.raises(InputError, match="different inputs"):
        changed_answers(book.table("risk.ls", AFTER), book.table("risk.lec", AFTER))
