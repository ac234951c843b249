"""What a book says, as a table for people and as values for programs; pages and commands show the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from bihuan.books import balances, checking
from bihuan.books.catalogue import all_books
from bihuan.books.declaration import BookDeclaration
from bihuan.books.drafting import DraftError, account_key
from bihuan.books.models import EntryRow, ReconciliationRow
from bihuan.books.pure.amounts import write_amount
from bihuan.books.reconciling import Reconciliation


class Told(NamedTuple):
    """An answer: values for programs, a text for people, and whether all is well."""

    data: dict[str, Any]
    text: str
    ok: bool = True


def declared_of(book: BookDeclaration) -> Told:
    """A book as it is declared. Source: docs/adr/0260 (3, 7)."""
    accounts = [
        (
            name,
            account.name.zh,
            account.name.en,
            account.normal,
            account.unit,
            str(account.floor or ""),
            account.subject or "",
        )
        for name, account in book.accounts.items()
    ]
    kinds = [(kind, entry.name.zh, entry.name.en, _lines(entry.lines)) for kind, entry in book.entries.items()]
    text = _table(("account", "", "", "side", "unit", "floor", "subject"), accounts)
    if kinds:
        text += "\n\n" + _table(("entry", "", "", "lines"), kinds)
    return Told({"declared": book.model_dump(mode="json"), "digest": book.digest}, text)


def balances_of(book: BookDeclaration, at: date | None) -> Told:
    """Where every account stands, in the units that are declared. Source: docs/adr/0260 (3, 7)."""
    rows = [
        {
            "account": line.account, "subject": line.subject, "unit": line.unit,
            "balance": write_amount(line.balance, book.scale(line.unit)),
            "pending_debit": write_amount(line.pending_debit, book.scale(line.unit)),
            "pending_credit": write_amount(line.pending_credit, book.scale(line.unit)),
        }
        for line in balances.balances(book.book, at)
    ]  # fmt: skip
    text = _table(tuple(rows[0]) if rows else ("account",), [tuple(row.values()) for row in rows])
    return Told({"at": at and at.isoformat(), "balances": rows}, text)


def totals_of(book: BookDeclaration, at: date | None) -> list[dict[str, Any]]:
    """Debits and credits per unit, which must be equal. Source: docs/adr/0260 (3, 7)."""
    return [
        {
            "unit": total.unit, "debit": write_amount(total.debit, book.scale(total.unit)),
            "credit": write_amount(total.credit, book.scale(total.unit)), "entries": total.entries,
            "balanced": total.debit == total.credit,
        }
        for total in balances.totals(book.book, at)
    ]  # fmt: skip


def untraced_of(book: BookDeclaration) -> list[str]:
    """Entries that left a traced account without an origin; an origin may lie in any book.

    Source: docs/adr/0260 (3, 7)
    """
    traced = [name for name, account in book.accounts.items() if account.traced]
    sources = [
        (name, account)
        for name, each in all_books().items()
        for account, declared in each.book.accounts.items()
        if declared.source
    ]
    return balances.untraced(book.book, traced, sources) if traced and sources else []


def check_of(book: BookDeclaration, at: date | None) -> Told:
    """The whole check and the conservation of each unit. Source: docs/adr/0260 (3, 7)."""
    checked = checking.check_book(book.book)
    totals, untraced = totals_of(book, at), untraced_of(book)
    faults = [fault._asdict() for fault in checked.faults]
    faults += [
        {"check": "sum", "where": t["unit"], "told": t["debit"], "found": t["credit"]}
        for t in totals
        if not t["balanced"]
    ]
    lines = [f"{checked.entries} entries, {checked.lines} lines, {len(faults)} faults, {len(untraced)} untraced"]
    lines += [f"{t['unit']}: {t['debit']} = {t['credit']}" for t in totals]
    lines += [f"{f['check']} {f['where']}: {f['told']} / {f['found']}" for f in faults]
    data = {
        "entries": checked.entries, "lines": checked.lines, "balanced": all(t["balanced"] for t in totals),
        "totals": totals, "untraced": untraced, "faults": faults,
    }  # fmt: skip
    return Told(data, "\n".join(lines), not faults)


def statement_of(book: BookDeclaration, account: str, at: date | None) -> Told:
    """Every line of an account, and the balance after each.

    Raises:
        DraftError: the book has no such account.

    Source: docs/adr/0260 (3, 7).
    """
    key = account_key(book.book, account)
    if key.name not in book.accounts:
        raise DraftError(f"没有这个科目 · {book.book} has no account {key.name!r}")
    scale = book.scale(book.accounts[key.name].unit)
    rows = [
        {
            "day": line.day.isoformat(), "entry": line.key, "kind": line.kind,
            "amount": write_amount(line.amount, scale), "balance": write_amount(line.balance, scale),
            "restates": line.restates,
        }
        for line in balances.statement(book.book, key.name, key.subject, at)
    ]  # fmt: skip
    text = _table(tuple(rows[0]) if rows else ("day",), [tuple(row.values()) for row in rows])
    return Told({"account": account, "statement": rows}, text)


def chain_of(book: BookDeclaration, number: str) -> Told:
    """An entry and what it rests on, back to its origin.

    Raises:
        DraftError: the book has no such entry.

    Source: docs/adr/0260 (3, 7).
    """
    entry = EntryRow.objects.filter(book=book.book, key=number).first()
    if entry is None:
        raise DraftError(f"没有这笔分录 · {book.book} has no entry {number!r}", "see `bihuan book show BOOK --account`")
    books = all_books()
    rows = []
    for line in balances.chain(entry.id):
        declared = books[line.book].book if line.book in books else book
        scale = declared.scale(declared.accounts[line.account].unit) if line.account in declared.accounts else 0
        account = f"{line.account}:{line.subject}" if line.subject else line.account
        side = "debit" if line.amount > 0 else "credit"
        rows.append(
            {
                "book": line.book, "entry": line.key, "kind": line.kind, "day": line.day.isoformat(),
                "account": account, "side": side, "amount": write_amount(abs(line.amount), scale),
            }
        )  # fmt: skip
    return Told(
        {"entry": number, "id": str(entry.id), "chain": rows}, _table(tuple(rows[0]), [tuple(r.values()) for r in rows])
    )


def resting_of(book: BookDeclaration, number: str, most: int = 500) -> list[dict[str, Any]]:
    """The entries of any book that rest on an entry, or reverse it; none for an entry that is not there.

    Source: docs/adr/0260 (7).
    """
    entry, books = EntryRow.objects.filter(book=book.book, key=number).first(), all_books()
    found = balances.resting_on(entry.id, most) if entry is not None else []
    return [
        {
            "book": each.book, "entry": each.key, "kind": each.kind, "day": each.day.isoformat(),
            "reverses": each.reverses, "unit": each.unit,
            "amount": write_amount(each.amount, books[each.book].book.scale(each.unit) if each.book in books else 0),
        }
        for each in found
    ]  # fmt: skip


def kept_of(row: ReconciliationRow) -> dict[str, Any]:
    """A kept reconciliation as values: its figures, and the first lines it left. Source: docs/adr/0316 (3)."""
    return {
        "id": str(row.id), "account": row.account, "at": row.at.isoformat(), "made_at": row.made_at.isoformat(),
        "actor": row.actor, "file": row.file, **row.figures,
    }  # fmt: skip


def reconciled_of(book: BookDeclaration, account: str, done: Reconciliation) -> Told:
    """Matches and the rest of a reconciliation; well when nothing is left and the bank's balances connect.

    Source: docs/adr/0260 (3, 7)
    """
    scale = book.scale(book.accounts[account_key(book.book, account).name].unit)
    ways: dict[str, int] = {}
    for match in done.found.matched:
        ways[match.how] = ways.get(match.how, 0) + 1
    rest = [
        {
            "side": left.side, "id": left.line.id, "day": left.line.day.isoformat(),
            "amount": write_amount(left.line.amount, scale), "age": left.age,
        }
        for left in done.found.rest
    ]  # fmt: skip
    data = {
        "account": account, "ours": done.ours, "theirs": done.theirs, "connected": done.bank.connected,
        "matched": [match._asdict() for match in done.found.matched], "ways": ways, "rest": rest,
    }  # fmt: skip
    text = f"{len(done.found.matched)} matched ({ways}), {len(rest)} left\n"
    text += _table(("side", "id", "day", "amount", "age"), [tuple(r.values()) for r in rest])
    return Told(data, text, not rest and done.bank.connected is not False)


def _lines(lines: Iterable[Any]) -> str:
    return ", ".join(f"{'D' if line.debit else 'C'} {line.account} {line.amount}" for line in lines)


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    cells = [[str(cell) for cell in row] for row in (head, *rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )
