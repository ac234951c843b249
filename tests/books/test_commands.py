"""`bihuan book …` on the toy books: files in, balances out, wrong rows told, a bank's file matched."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bihuan.books.command import app

pytestmark = pytest.mark.django_db

ENTRIES = """entry,line,date,account,debit,credit,unit,ref,reverses
e1,1,2026-03-02,till,10.00,,CNY,,
e1,2,2026-03-02,income,,10.00,CNY,,
e2,1,2026-03-03,paid:p1,99,,CNY,e1,
e2,2,2026-03-03,till,,99,CNY,e1,
e2,1,2026-03-03,paid:p1,4,,CNY,e1,
e2,2,2026-03-03,till,,4,CNY,e1,
e1,1,2026-03-02,till,10.00,,CNY,,
e1,2,2026-03-02,income,,10.00,CNY,,
e3,1,yesterday,till,1,,CNY,,
e3,2,yesterday,income,,1,CNY,,
e4,1,2026-03-04,till,,4,CNY,,e9
e4,2,2026-03-04,paid:p1,4,,CNY,,e9
"""
BANK = """id,day,amount,reference
b1,2026-03-02,10.00,
b2,2026-03-04,-1.50,
b3,2026-03-04,-2.50,
b4,2026-03-05,7,
b5,soon,1,
"""


@pytest.fixture
def toy(books: None, db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The model district beside the toy books; the command runs on the test's database."""
    from bihuan.console import bootstrap
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    load_shipped()
    monkeypatch.setattr(bootstrap, "start_django", lambda *_: None)
    yield
    live.forget_snapshots()


def told(*words: str, code: int = 0) -> dict[str, Any]:
    """The JSON answer of a command that ends with a code."""
    import json

    done = CliRunner().invoke(app, [*words, "--json"])
    assert (done.exit_code, bool(done.stdout)) == (code, True), done.output + repr(done.exception)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_a_file_is_posted_entry_by_entry_and_its_rejects_are_told(toy: None, tmp_path: Path) -> None:
    file, rejects = tmp_path / "entries.csv", tmp_path / "rejects.csv"
    file.write_text(ENTRIES, encoding="utf-8")
    done = told("post", "toy-cash", str(file), "--rejects", str(rejects), code=1)
    assert (done["entries"], done["posted"], done["repeated"], done["rejected"]) == (6, 2, 1, 3)
    assert [(r["entry"], r["reason"]) for r in done["rejects"]] == [
        ("e2", "below_floor"), ("e3", "date"), ("e4", "reverses_nothing"),
    ]  # fmt: skip
    rows = list(csv.DictReader(rejects.open(encoding="utf-8")))
    assert {(row["line"], row["rule"]) for row in rows} == {
        ("4", "below_floor"), ("10", "date"), ("12", "reverses_nothing"),
    }  # fmt: skip
    balances = {b["account"]: b["balance"] for b in told("balance", "toy-cash")["balances"]}
    assert balances == {"till": "6.00", "income": "10.00", "paid": "4.00"}
    assert told("balance", "toy-cash", "--at", "2026-03-02")["balances"][0]["balance"] == "10.00"
    assert [line["balance"] for line in told("show", "toy-cash", "--account", "till")["statement"]] == ["10.00", "6.00"]
    assert [line["entry"] for line in told("show", "toy-cash", "--entry", "e2")["chain"]] == ["e2", "e2", "e1", "e1"]
    assert told("check", "toy-cash")["totals"][0]["debit"] == "14.00"
    again = told("post", "toy-cash", str(file), code=1)
    assert (again["posted"], again["repeated"]) == (0, 3)


def test_a_bank_is_reconciled_and_a_book_closed(toy: None, tmp_path: Path) -> None:
    file, bank = tmp_path / "entries.csv", tmp_path / "bank.csv"
    file.write_text(ENTRIES, encoding="utf-8")
    bank.write_text(BANK, encoding="utf-8")
    told("post", "toy-cash", str(file), code=1)
    done = told("reconcile", "toy-cash", str(bank), "--account", "till", "--at", "2026-03-31", code=1)
    assert done["ways"] == {"amount": 1, "sum": 1}
    assert [(r["side"], r["id"], r["age"]) for r in done["rest"]] == [("theirs", "b4", 26)]
    assert done["rejected"] == 1
    assert told("close", "toy-cash", "--until", "2026-03-02")["ok"]
    late = tmp_path / "late.csv"
    late.write_text(ENTRIES.replace("e1,", "late,"), encoding="utf-8")
    assert told("post", "toy-cash", str(late), code=1)["rejects"][0] == {
        "file": "late.csv", "row": 2, "entry": "late", "reason": "period_closed",
        "remedy": "注明理由作更正登记，或记入未封账的日期 · give a reason to restate it, or a later day",
    }  # fmt: skip


def test_books_are_listed_and_shown(toy: None) -> None:
    assert {"toy-cash", "toy-seats"} <= {b["book"] for b in told("list")["books"]}
    assert set(told("show", "toy-seats")["declared"]["accounts"]) == {"free", "sold", "hall"}


def test_what_is_not_there_is_told(toy: None) -> None:
    from bihuan.faults import Fault

    for words in (["balance", "none"], ["show", "toy-cash", "--account", "x"], ["show", "toy-cash", "--entry", "x"]):
        done = CliRunner().invoke(app, words)
        assert isinstance(done.exception, Fault)
        assert done.exception.remedy
