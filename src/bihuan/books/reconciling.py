"""Our account against a bank's file: the lines of both sides, their matches, the age of the rest."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

from bihuan.books.balances import statement
from bihuan.books.declaration import BookDeclaration
from bihuan.books.drafting import AccountKey, account_key
from bihuan.books.pure.amounts import read_amount
from bihuan.books.pure.camt import BankStatement, read_statement
from bihuan.books.pure.matching import DAYS, MatchLine, Reconciled, reconcile
from bihuan.readers import Rejects, read_rows, row_fault

EXPECTED = "2026-03-02"
COLUMNS = ("id", "day", "amount")


class Reconciliation(NamedTuple):
    """What a reconciliation found, and what the bank's file says of itself."""

    found: Reconciled
    ours: int
    theirs: int
    bank: BankStatement


def reconcile_file(
    book: BookDeclaration, account: str, path: Path, at: date, *, rejects: Rejects, days: int = DAYS
) -> Reconciliation:
    """Reconcile an account with a bank's file.

    Args:
        book, account: `name` or `name:subject` of the account that mirrors the bank's.
        path: camt.053 (`.xml`), or rows with `id`, `day`, `amount` and perhaps `reference`; what comes in is positive.
        at: Until when our lines count, and the day from which age is counted.
        rejects: Gets rows that cannot be read.
        days: See `reconcile`.

    Raises:
        StatementFault, FileError: the file cannot be read.

    Source: docs/adr/0261-reconciliation.md.
    """
    key = account_key(book.book, account)
    declared = book.accounts[key.name]
    bank = read_bank(book, key, path, rejects)
    sign = 1 if declared.normal == "debit" else -1
    ours = [
        MatchLine(f"{line.key}/{number}", line.day, sign * line.amount, line.key)
        for number, line in enumerate(statement(book.book, key.name, key.subject, at), 1)
    ]
    return Reconciliation(reconcile(ours, bank.lines, at, days), len(ours), len(bank.lines), bank)


def read_bank(book: BookDeclaration, key: AccountKey, path: Path, rejects: Rejects) -> BankStatement:
    """Read a bank's file in the smallest unit of the account that mirrors it; see `reconcile_file`.

    Source: docs/adr/0261-reconciliation.md.
    """
    scale = book.scale(book.accounts[key.name].unit)
    return read_statement(path, scale) if path.suffix.lower() == ".xml" else _rows(path, scale, rejects)


def _rows(path: Path, scale: int, rejects: Rejects) -> BankStatement:
    lines = []
    for row in read_rows(path, COLUMNS, rejects=rejects):
        amount, day = read_amount(str(row.cells["amount"] or ""), scale), _day(row.cells["day"])
        if amount is None or day is None:
            field = "amount" if amount is None else "day"
            code = "not_a_number" if amount is None else "not_a_date"
            rejects.write(row.file, [row_fault(row, code, field, expected=EXPECTED)])
            continue
        lines.append(MatchLine(str(row.cells["id"]), day, amount, str(row.cells.get("reference") or "")))
    return BankStatement(tuple(lines), None, None, "")


def _day(cell: Any) -> date | None:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return date.fromisoformat(str(cell or "").strip())
    except ValueError:
        return None
