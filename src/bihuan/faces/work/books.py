# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Pages of books: all of them; balances on any day with conservation; an account's statement; an entry back to its origin."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.books import showing
from bihuan.books.catalogue import DeclaredBook, UnknownBook, all_books, book_named
from bihuan.books.drafting import DraftError
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop.kernel.model import Text
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.registers.isolation import in_district

MOST = 500
"""Rows of one page; the command and the API give all."""
WORDS = {
    "title": Text("账册", "Books"),
    "lead": Text("复式记账：每笔分录借贷平衡，余额不越限，只冲销不修改。", "Double entry: every entry balances, no balance leaves its bounds, nothing is edited, only reversed."),
    "book": Text("账册", "Book"),
    "programme": Text("所属事项", "Programme"),
    "account": Text("科目", "Account"),
    "subject": Text("对象", "Kept for"),
    "balance": Text("余额", "Balance"),
    "reserved": Text("预留", "Reserved"),
    "unit": Text("单位", "Unit"),
    "debit": Text("借方", "Debits"),
    "credit": Text("贷方", "Credits"),
    "entries": Text("分录数", "Entries"),
    "balanced": Text("是否平衡", "Balanced"),
    "yes": Text("平衡", "balanced"),
    "no": Text("不平衡", "not balanced"),
    "conservation": Text("守恒", "Conservation"),
    "untraced": Text("无来源的支出", "Paid without an origin"),
    "day": Text("日期", "Day"),
    "entry": Text("分录", "Entry"),
    "kind": Text("类型", "Kind"),
    "amount": Text("金额", "Amount"),
    "side": Text("方向", "Side"),
    "at": Text("截至日期", "At the end of"),
    "show": Text("查看", "Show"),
    "statement": Text("科目明细", "Statement"),
    "chain": Text("依据链", "What it rests on"),
    "restates": Text("更正理由", "Restated because"),
    "none": Text("没有。", "Nothing."),
    "most": Text("只列出前500行；命令和接口给出全部。", "The first 500 rows; the command and the API give all."),
    "now": Text("当前", "now"),
}  # fmt: skip
SIDES = {"debit": WORDS["debit"], "credit": WORDS["credit"]}


@requires("cockpit")
def list_page(request: HttpRequest) -> HttpResponse:
    """Every book. Source: docs/topics/books.md, "Ask"."""
    rows = [
        [(say(each.book.name), reverse("books-one", args=[name])), (_programme(each), "")]
        for name, each in sorted(all_books().items())
    ]
    return _shown(
        request, say(WORDS["title"]), [_section("title", ("book", "programme"), rows)], lead=say(WORDS["lead"])
    )


@requires("cockpit")
def one_page(request: HttpRequest, name: str) -> HttpResponse:
    """Balances, now or at the end of a day, and what must be equal. Source: docs/topics/books.md, "Ask"."""
    declared, at = _book(name), _day(request)
    book = declared.book
    with in_district(world(request).registers.district.code):
        told = showing.balances_of(book, at).data["balances"]
        totals, untraced = showing.totals_of(book, at), showing.untraced_of(book)
    rows = [
        [
            (say(book.accounts[row["account"]].name) if row["account"] in book.accounts else row["account"],
             _statement(name, row["account"], row["subject"], at)),
            (row["subject"], ""), (_unit(declared, row["unit"]), ""), (row["balance"], ""),
            (f"{row['pending_debit']} / {row['pending_credit']}", ""),
        ]
        for row in told[:MOST]
    ]  # fmt: skip
    sums = [
        [(_unit(declared, t["unit"]), ""), (t["debit"], ""), (t["credit"], ""), (str(t["entries"]), ""), (say(WORDS["yes" if t["balanced"] else "no"]), "")]
        for t in totals
    ]  # fmt: skip
    sections = [
        _section("conservation", ("unit", "debit", "credit", "entries", "balanced"), sums),
        _section("balance", ("account", "subject", "unit", "balance", "reserved"), rows, more=len(told) > MOST),
    ]
    if any(account.traced for account in book.accounts.values()):
        lost = [[(key, reverse("books-entry", args=[name, key]))] for key in untraced[:MOST]]
        sections.append(_section("untraced", ("entry",), lost, more=len(untraced) > MOST))
    return _shown(request, say(book.name), sections, at=at, dated=True)


@requires("cockpit")
def account_page(request: HttpRequest, name: str) -> HttpResponse:
    """The last lines of an account, with the balance after each. Source: docs/topics/books.md, "Ask"."""
    declared, at, account = _book(name), _day(request), request.GET.get("account", "")
    try:
        with in_district(world(request).registers.district.code):
            told = showing.statement_of(declared.book, account, at).data["statement"]
    except DraftError:
        raise Http404(_("There is nothing of that name.")) from None
    rows = [
        [(line["day"], ""), (line["entry"], reverse("books-entry", args=[name, line["entry"]])), (_kind(declared, line["kind"]), ""),
         (line["amount"], ""), (line["balance"], ""), (line["restates"], "")]
        for line in told[-MOST:]
    ]  # fmt: skip
    head = ("day", "entry", "kind", "amount", "balance", "restates")
    title = f"{say(declared.book.name)} · {account}"
    return _shown(
        request, title, [_section("statement", head, rows, more=len(told) > MOST)], at=at, dated=True, account=account
    )


@requires("cockpit")
def entry_page(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """An entry and those it rests on, back to the origin, through all books. Source: docs/adr/0260-books.md (7)."""
    declared = _book(name)
    try:
        with in_district(world(request).registers.district.code):
            told = showing.chain_of(declared.book, key).data["chain"]
    except DraftError:
        raise Http404(_("There is nothing of that name.")) from None
    books = all_books()
    rows = [
        [(say(books[row["book"]].book.name) if row["book"] in books else row["book"], ""),
         (row["entry"], reverse("books-entry", args=[row["book"], row["entry"]]) if row["book"] in books else ""),
         (_kind(books.get(row["book"]), row["kind"]), ""), (row["day"], ""), (row["account"], ""), (say(SIDES[row["side"]]), ""), (row["amount"], "")]
        for row in told
    ]  # fmt: skip
    head = ("book", "entry", "kind", "day", "account", "side", "amount")
    return _shown(request, f"{say(declared.book.name)} · {key}", [_section("chain", head, rows)])


def _shown(request: HttpRequest, title: str, sections: list[dict[str, Any]], **more: Any) -> HttpResponse:
    context = {"words": {name: say(each) for name, each in WORDS.items()}, "title": title, "sections": sections, **more}
    return render(request, "faces/work/books.html", context)


def _section(
    title: str, head: tuple[str, ...], rows: list[list[tuple[str, str]]], *, more: bool = False
) -> dict[str, Any]:
    return {"title": say(WORDS[title]), "head": [say(WORDS[name]) for name in head], "rows": rows, "more": more}


def _statement(book: str, account: str, subject: str, at: date | None) -> str:
    asked = {"account": f"{account}:{subject}" if subject else account, **({"at": at.isoformat()} if at else {})}
    return f"{reverse('books-account', args=[book])}?{urlencode(asked)}"


def _programme(declared: DeclaredBook) -> str:
    """The name of the programme in whose folder the book lies."""
    for programme in all_programmes().values():
        if folder_of(programme.id).name == declared.programme:
            return say(programme.name)
    return ""


def _unit(declared: DeclaredBook, unit: str) -> str:
    known = declared.book.units.get(unit)
    return say(known.name) if known else unit


def _kind(declared: DeclaredBook | None, kind: str) -> str:
    known = declared.book.entries.get(kind) if declared else None
    return say(known.name) if known else kind


def _book(name: str) -> DeclaredBook:
    try:
        return book_named(name)
    except UnknownBook:
        raise Http404(_("There is nothing of that name.")) from None


def _day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("at", ""))
    except ValueError:
        return None
