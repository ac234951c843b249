"""The treasury: what a payment's check holds back, what its letters say, what its books refuse, which watches look."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bihuan.books.catalogue import book_named
from bihuan.books.drafting import DraftError, draft_kind
from bihuan.documents.letters.catalogue import DeclaredLetter
from bihuan.documents.letters.factfiles import letters_of_play
from bihuan.documents.letters.pure.loading import load_letter
from bihuan.faces.panels.catalogue import views_of
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import run_method
from bihuan.watches.catalogue import current_catalogue
from tests.loop.district import registers

NAME = "treasury"
WATCHES = {"books_cash", "books_authority", "bank_unmatched", "paid_without_origin", "reservation_forgotten"}
HEADS = "payment,day,amount,payee,invoice,contract,basis,line,recorder,approver,payer"
GOOD = "P1,2026-03-02,100.00,firm,FP-1,HT1,,L1,a,b,c"


def checked(folder: Path, *rows: str) -> list[str]:
    """What the check of payments answers, row by row."""
    files = {
        "payments.csv": "\n".join((HEADS, GOOD, *rows)),
        "contracts.csv": "contract,payee,amount,from,to\nHT1,firm,250.00,2026-01-01,2026-12-31",
        "bases.csv": "basis,from,to\nsalary,2026-01-01,",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    paths = [folder / name for name in files]
    told = run_method(method_named("payment-checks"), paths, {}, lambda: registers().calendar)
    return list(told.columns["status"])


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ("P2,2026-03-09,100.00,firm,fp 1,HT1,,L1,a,b,c", "duplicate"),
        ("P2,2026-05-02,100.00,firm,FP-1,HT1,,L1,a,b,c", "ok"),
        ("P2,2026-03-09,10.00,firm,FP-2,,,L1,a,b,c", "no_basis"),
        ("P2,2026-03-09,10.00,other,FP-2,HT1,,L1,a,b,c", "other_payee"),
        ("P2,2026-03-09,10.00,firm,FP-2,HT1,,L1,a,a,c", "not_four_eyes"),
        ("P2,2026-03-09,150.01,firm,FP-2,HT1,,L1,a,b,c", "over_contract"),
        ("P2,2026-03-09,150.00,firm,FP-2,HT1,,L1,a,b,c", "ok"),
        ("P2,2026-03-09,10.00,staff-1,,,salary,L1,a,b,c", "ok"),
    ],
)
def test_a_payment_is_held_back_for_the_first_reason_that_applies(tmp_path: Path, row: str, status: str) -> None:
    assert checked(tmp_path, row) == ["ok", status]


def test_spending_moves_authority_and_plan_together_and_rests_on_something() -> None:
    book = book_named("authority").book
    values = {"amount": "5.00", "line": "L1", "contract": "HT1"}
    draft = draft_kind(book, "spend_contract", "P1", date(2026, 3, 2), values, ref="bind:HT1")
    assert {line.account for line in draft.lines} == {
        "authority/spent:L1", "authority/committed:HT1", "authority/plans", "authority/planned:L1",
    }  # fmt: skip
    with pytest.raises(DraftError, match="rests on"):
        draft_kind(book, "spend_contract", "P1", date(2026, 3, 2), values)
    assert all(book.accounts[name].floor == 0 for name in ("granted", "committed", "planned"))
    assert book_named("cash").book.accounts["treasury"].traced


def letter(name: str) -> DeclaredLetter:
    """A letter of the programme."""
    file = folder_of(NAME) / "letters" / f"{name}.yaml"
    return DeclaredLetter(load_letter(file), file, NAME)


EXPLAIN: dict[str, Any] = {
    "payment": "P000123", "finding": "duplicate", "amount": "120.50", "compared": "P000099", "line": "2026-205-001",
    "due": "2026-03-09", "officer": "王某",
}  # fmt: skip
CHECKED = {"payment": "P000123", "line": "2026-205-001", "result": "passed", "officer": "王某"}
RECOVER: dict[str, Any] = {
    "payee": "X1", "firm": "某公司", "payment": "P000123", "paid": "2026-03-02", "amount": "10050.00",
    "ground": "同一发票付款两次", "hearing": "2026-03-20", "until": "2026-04-10", "officer": "王某",
}  # fmt: skip


def test_letters_name_fact_article_officer_remedy_and_term() -> None:
    asked = [
        (letter("explain_payment"), {"facts": EXPLAIN, "dated": "2026-03-02", "addressee": ["某局"]}),
        (letter("payment_checked"), {"facts": CHECKED, "dated": "2026-03-10", "addressee": ["某局"]}),
        (letter("recover_payment"), {"facts": RECOVER, "dated": "2026-04-01", "addressee": ["某公司"]}),
    ]
    told = letters_of_play(asked)
    assert not told["refused"], told["refused"]
    explain, checked_, recover = told["letters"]
    assert [each["kind"] for each in explain["remedy"]] == ["objection"]
    assert "2026-03-09" in str(explain["remedy_until"])
    assert not checked_["remedy"]
    assert [each["kind"] for each in recover["remedy"]] == ["review", "court"]
    assert "2026-06-01" in str(recover["remedy_until"])  # sixty days after 1 April end on a Sunday, and move on
    unheard = {"facts": {**RECOVER, "hearing": None}, "dated": "2026-04-01", "addressee": ["某公司"]}
    gaps = letters_of_play([(letter("recover_payment"), unheard)])
    assert [gap["field"] for gap in gaps["refused"][0]["gaps"]] == ["hearing"], "nobody is bound who was not heard"


def test_its_watches_look_and_each_difference_has_a_holder() -> None:
    known = current_catalogue()
    assert not [problem for problem in known.problems if f"/{NAME}/" in problem.file]
    mine = {name: watch for name, watch in known.watches.items() if watch.programme == NAME}
    assert set(mine) == WATCHES
    kinds = all_programmes()[NAME].cases
    opens = {watch.declared.opens.case for watch in mine.values() if watch.declared.opens is not None}
    assert opens == {"difference"}
    assert kinds["difference"].duty.lead == "finance"
    assert {clock.name for clock in kinds["difference"].clocks} == {"dispatch", "explain", "check"}


def test_its_page_shows_cases_reconciliations_and_standings() -> None:
    assert [panel.kind for _, panel in views_of(NAME)["overview"].panels] == [
        "cases", "cases", "book", "book", "book", "subjects", "subjects", "watches",
    ]  # fmt: skip


def test_anybody_sees_what_was_spent_by_function_and_economic_class_and_no_payee() -> None:
    view = views_of(NAME)["spending"].declared
    assert view.public
    book, lines = view.panels
    assert (book["book"], book["accounts"]) == ("authority", ["spent"])
    assert {"department", "function", "economic"} <= set(lines["columns"])
    assert {panel.get("type") for panel in view.panels} == {None, "budget-line"}, "contracts and payees stay inside"
