"""Reconciliations that are kept: each goes on from the last one, no line is answered twice, a file counts once."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from bihuan.books.counting import CountedRejects
from bihuan.books.kept_reconciling import guessed, keep_reconciliation, newest_reconciliations
from bihuan.books.models import ReconciliationRow
from tests.books.declared import DAY, book, pay, posted, take

pytestmark = pytest.mark.django_db


def kept(folder: Path, at: date, *rows: str) -> Any:
    """Keep the reconciliation of a file of the bank."""
    file = folder / f"{len(rows)}-{at}.csv"
    file.write_text("id,day,amount,reference\n" + "\n".join(rows), encoding="utf-8")
    with CountedRejects(Path()) as rejects:
        return keep_reconciliation(book(), "till", file, at, "user:1", rejects=rejects)


def test_a_file_goes_on_from_what_the_ones_before_left(desk: None, tmp_path: Path) -> None:
    for key, amount in (("in", "100"), ("late", "7.50")):
        assert posted(take(key, amount)) == "posted"
    assert posted(pay("out", "30", "in")) == "posted"
    first = kept(tmp_path, DAY, f"B1,{DAY},100,in", f"B2,{DAY},1.25,")
    assert first.fresh
    assert (first.row.figures["matched"], first.row.figures["left_ours"], first.row.figures["left_theirs"]) == (1, 2, 1)
    assert [(each["side"], each["amount"]) for each in first.row.rest] == [
        ("ours", "7.50"), ("ours", "-30.00"), ("theirs", "1.25"),
    ]  # fmt: skip
    later = DAY + timedelta(days=3)
    again = (f"B1,{DAY},100,in", f"B3,{later},7.5,", f"B4,{later},-30,out")
    second = kept(tmp_path, later, *again)
    told = second.row.figures
    assert (told["brought"], told["ours"], told["theirs"], told["matched"]) == (2, 2, 3, 2)
    assert (told["ways"], told["left_ours"], told["left_theirs"]) == ({"amount": 1, "reference": 1}, 0, 1)
    assert second.row.rest[0]["age"] == 3
    assert guessed(second.row.id) == [("amount", ["late/1"], ["B3"])]
    assert [row.id for row in newest_reconciliations("toy-cash")] == [second.row.id, first.row.id]
    repeated = kept(tmp_path, later, *again)
    assert not repeated.fresh
    assert repeated.row.id == second.row.id


def test_a_name_that_says_something_else_is_another_line(desk: None, tmp_path: Path) -> None:
    posted(take("in", "5"))
    kept(tmp_path, DAY, f"1,{DAY},9,")
    told = kept(tmp_path, DAY + timedelta(days=1), f"1,{DAY},5,", f"2,{DAY},4,").row
    assert (told.figures["brought"], told.figures["matched"], told.figures["left_theirs"]) == (2, 1, 2)


def test_the_database_keeps_a_line_from_being_answered_twice_and_what_was_kept_from_changing(
    desk: None, tmp_path: Path
) -> None:
    posted(take("in", "5"))
    row = kept(tmp_path, DAY, f"B1,{DAY},5,in").row
    with pytest.raises(IntegrityError, match="book_answered_once"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO book_answered SELECT gen_random_uuid(), district_id, book, account, side, line, "
                       "reconciliation_id, number, how FROM book_answered")  # fmt: skip
    with pytest.raises(Exception, match=r"append|permission"), transaction.atomic():
        ReconciliationRow.objects.filter(pk=row.id).update(at=DAY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, body->>'at' FROM ledger_statement WHERE id = %s", [row.id])
        assert cursor.fetchall() == [("reconciliation", DAY.isoformat())]
