"""`book`: where accounts of a book stand, as it keeps them, and what the newest kept reconciliation left."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from pydantic import Field

from bihuan.books.balances import balances
from bihuan.books.catalogue import all_books, book_named
from bihuan.books.kept_reconciling import newest_reconciliations
from bihuan.books.pure.amounts import write_amount
from bihuan.declare.model import Code, Slug
from bihuan.faces.panels.declared import PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district

HEADS = (Text("科目", "Account"), Text("对象", "Kept for"), Text("余额", "Balance"), Text("预留", "Reserved"))
LEFT = (
    Text("对账截至", "Reconciled until"), Text("科目", "Account"), Text("已对上", "Matched"),
    Text("我方未达", "Ours that the bank lacks"), Text("银行未达", "The bank's that we lack"),
)  # fmt: skip
BOOK, ALL = Text("账册", "The book"), Text("全部对账", "All reconciliations")


class BookPanel(PanelFile):
    """A book. `accounts`: where they stand; none: the newest reconciliations that were kept. `limit`: so many rows."""

    book: Slug
    accounts: tuple[Code, ...] = ()
    limit: int = Field(default=20, ge=1, le=200)


def show(here: World, programme: str, panel: BookPanel) -> Shown:
    """Kept standings, or kept reconciliations: nothing is summed up. Source: docs/topics/views.md, "Panels"."""
    with in_district(here.registers.district.code):
        return _standings(panel) if panel.accounts else _reconciliations(panel)


def _standings(panel: BookPanel) -> Shown:
    book = book_named(panel.book).book
    found = [line for line in balances(panel.book) if line.account in panel.accounts]
    order = {name: place for place, name in enumerate(panel.accounts)}
    rows = []
    for line in sorted(found, key=lambda each: (order[each.account], each.subject))[: panel.limit]:
        scale, unit = book.scale(line.unit), say(book.units[line.unit].name)
        asked = urlencode({"account": f"{line.account}:{line.subject}" if line.subject else line.account})
        address = f"{reverse('books-account', args=[panel.book])}?{asked}"
        held = line.pending_credit if book.accounts[line.account].normal == "debit" else line.pending_debit
        rows.append(
            [
                Cell(say(book.accounts[line.account].name), address), Cell(line.subject),
                Cell(f"{write_amount(line.balance, scale)} {unit}", "", True),
                Cell(f"{write_amount(held, scale)} {unit}", "", True),
            ]
        )  # fmt: skip
    return Shown([say(each) for each in HEADS], rows, (reverse("books-one", args=[panel.book]), say(BOOK)))


def _reconciliations(panel: BookPanel) -> Shown:
    book = book_named(panel.book).book
    rows = []
    for row in newest_reconciliations(panel.book, most=panel.limit):
        account, told = book.accounts.get(row.account.partition(":")[0]), row.figures
        rows.append(
            [
                Cell(row.at.isoformat(), reverse("books-reconciliation", args=[panel.book, row.id])),
                Cell(say(account.name) if account else row.account),
                *(Cell(str(told[name]), "", True) for name in ("matched", "left_ours", "left_theirs")),
            ]
        )
    return Shown([say(each) for each in LEFT], rows, (reverse("books-reconciliations", args=[panel.book]), say(ALL)))


def faults(programme: str, panel: BookPanel) -> Iterator[PanelFault]:
    """The book and its accounts are declared."""
    found: Any = all_books().get(panel.book)
    if found is None:
        yield ("book",), f"there is no book {panel.book!r}", f"one of {', '.join(all_books())}", "correct the spelling"
        return
    for name in panel.accounts:
        if name not in found.book.accounts:
            known = ", ".join(found.book.accounts)
            yield ("accounts",), f"{panel.book} has no account {name!r}", f"one of {known}", "correct the spelling"


KIND = PanelKind("book", "账册", "Accounts of a book, or its reconciliations", BookPanel, show, faults)
