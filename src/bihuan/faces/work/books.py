# ruff: noqa: E501 - words in both languages: one row a line is how they are read and compared
"""Pages of books: all of them; balances on any day with conservation; an account's statement; an entry back to its origin."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.books import showing
from bihuan.books.catalogue import DeclaredBook, all_books
from bihuan.books.drafting import DraftError
from bihuan.books.kept_reconciling import guessed, newest_reconciliations
from bihuan.books.models import ReconciliationRow
from bihuan.faces.parts.language import say
from bihuan.faces.parts.ledgers import programme_of_book, seen_books
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.faces.work.bank_files import WORDS as BANK_WORDS
from bihuan.faces.work.bank_files import HandedIn, accounts_of, take_bank_file
from bihuan.loop.kernel.model import Text
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
    "resting": Text("以它为依据的分录", "What rests on it"),
    "reversal": Text("冲销", "Reversal"),
    "reconciled": Text("银行对账", "Reconciled with the bank"),
    "matched": Text("已对上", "Matched"),
    "left_ours": Text("我方未达", "Ours that the bank lacks"),
    "left_theirs": Text("银行未达", "The bank's that we lack"),
    "connected": Text("银行余额衔接", "The bank's balances connect"),
    "unknown": Text("未提供余额", "no balances given"),
    "bank_balance": Text("银行余额", "The bank's balance"),
    "file": Text("对账单文件指纹", "Digest of the bank's file"),
    "figure": Text("项目", "Figure"),
    "value": Text("数值", "Value"),
    "rest": Text("未达账项（按账龄）", "Lines that nothing answers, by age"),
    "whose": Text("哪一方", "Whose"),
    "line": Text("账项", "Line"),
    "age": Text("账龄（天）", "Age in days"),
    "reference": Text("附言", "Reference"),
    "guessed": Text("无共同附言而对上的账项（请复核）", "Matched without a shared reference: please look"),
    "how": Text("对法", "How"),
    "ours": Text("我方", "Ours"),
    "theirs": Text("银行", "The bank's"),
}  # fmt: skip
HOW = {
    "amount": Text("金额和日期", "by amount and day"),
    "group": Text("一对多（同附言）", "one to many of one reference"),
    "sum": Text("一对多（合计）", "one to many by their sum"),
}
SIDES = {"debit": WORDS["debit"], "credit": WORDS["credit"]}


@requires("cockpit", "books")
def list_page(request: HttpRequest) -> HttpResponse:
    """Every book. Source: docs/topics/books.md, "Ask"."""
    rows = [
        [(say(each.book.name), reverse("books-one", args=[name])), (_programme(each), "")]
        for name, each in sorted(seen_books(world(request).actor).items())
    ]
    return _shown(
        request, say(WORDS["title"]), [_section("title", ("book", "programme"), rows)], lead=say(WORDS["lead"])
    )


@requires("cockpit", "books")
def one_page(request: HttpRequest, name: str) -> HttpResponse:
    """Balances, now or at the end of a day, and what must be equal. Source: docs/topics/books.md, "Ask"."""
    declared, at = _book(request, name), _day(request)
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
    return _shown(
        request, say(book.name), sections, at=at, dated=True, reconciled=reverse("books-reconciliations", args=[name])
    )


@requires("cockpit", "books")
def account_page(request: HttpRequest, name: str) -> HttpResponse:
    """The last lines of an account, with the balance after each. Source: docs/topics/books.md, "Ask"."""
    declared, at, account = _book(request, name), _day(request), request.GET.get("account", "")
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


@requires("cockpit", "books")
def entry_page(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """An entry and those it rests on, back to the origin, through all books. Source: docs/adr/0260-books.md (7)."""
    declared = _book(request, name)
    try:
        with in_district(world(request).registers.district.code):
            told = showing.chain_of(declared.book, key).data["chain"]
    except DraftError:
        raise Http404(_("There is nothing of that name.")) from None
    books, seen = all_books(), seen_books(world(request).actor)
    rows = [
        [(say(books[row["book"]].book.name) if row["book"] in books else row["book"], ""),
         (row["entry"], reverse("books-entry", args=[row["book"], row["entry"]]) if row["book"] in seen else ""),
         (_kind(books.get(row["book"]), row["kind"]), ""), (row["day"], ""),
         *([(row["account"], ""), (say(SIDES[row["side"]]), ""), (row["amount"], "")] if row["book"] in seen else [("", "")] * 3)]
        for row in told
    ]  # fmt: skip
    with in_district(world(request).registers.district.code):
        above = showing.resting_of(declared.book, key, MOST + 1)
    resting = [
        [(say(books[row["book"]].book.name) if row["book"] in books else row["book"], ""),
         (row["entry"], reverse("books-entry", args=[row["book"], row["entry"]]) if row["book"] in seen else ""),
         (say(WORDS["reversal"]) if row["reverses"] else _kind(books.get(row["book"]), row["kind"]), ""), (row["day"], ""),
         (f"{row['amount']} {row['unit']}" if row["book"] in seen else "", "")]
        for row in above[:MOST]
    ]  # fmt: skip
    head = ("book", "entry", "kind", "day", "account", "side", "amount")
    sections = [
        _section("chain", head, rows),
        _section("resting", ("book", "entry", "kind", "day", "amount"), resting, more=len(above) > MOST),
    ]
    return _shown(request, f"{say(declared.book.name)} · {key}", sections)


@requires("cockpit", "books")
def reconciliations_page(request: HttpRequest, name: str) -> HttpResponse:
    """Kept reconciliations with banks, the newest first; whoever may post hands in a bank's file.

    Raises:
        PermissionDenied: a file is handed in by somebody who may only look.

    Source: docs/adr/0316-kept-reconciliations.md (3).
    """
    declared, here = _book(request, name), world(request)
    handed_in = HandedIn()
    if request.method == "POST":
        if not here.actor.may("post"):
            raise PermissionDenied
        handed_in = take_bank_file(request, here, declared)
        if handed_in.kept is not None:
            return redirect("books-reconciliation", name=name, key=handed_in.kept)
    with in_district(here.registers.district.code):
        kept = newest_reconciliations(name)
    rows = [
        [(row.at.isoformat(), reverse("books-reconciliation", args=[name, row.id])), (_account(declared, row.account), ""),
         (str(row.figures["matched"]), ""), (str(row.figures["left_ours"]), ""), (str(row.figures["left_theirs"]), ""),
         (_connected(row.figures["connected"]), "")]
        for row in kept
    ]  # fmt: skip
    head = ("at", "account", "matched", "left_ours", "left_theirs", "connected")
    more: dict[str, Any] = {"handed_in": handed_in, "bank": {key: say(each) for key, each in BANK_WORDS.items()}}
    if here.actor.may("post"):
        more |= {"bank_accounts": accounts_of(declared), "sent": request.POST}
    title = f"{say(declared.book.name)} · {say(WORDS['reconciled'])}"
    return _shown(request, title, [_section("reconciled", head, rows)], **more)


@requires("cockpit", "books")
def reconciliation_page(request: HttpRequest, name: str, key: UUID) -> HttpResponse:
    """One kept reconciliation: both balances, what nothing answers by its age, what was matched without a reference.

    Source: docs/adr/0316-kept-reconciliations.md (3).
    """
    declared = _book(request, name)
    with in_district(world(request).registers.district.code):
        row = ReconciliationRow.objects.filter(pk=key, book=name).first()
        pairs = guessed(key, MOST) if row is not None else []
    if row is None:
        raise Http404(_("There is nothing of that name."))
    told = row.figures
    unit = _unit(declared, told["unit"])
    figures = [
        [(say(WORDS[word]), ""), (value, "")]
        for word, value in (
            ("account", _account(declared, row.account)), ("at", row.at.isoformat()),
            ("balance", f"{told['balance']} {unit}"), ("bank_balance", f"{told['bank_balance'] or '–'} {unit}"),
            ("matched", str(told["matched"])), ("left_ours", f"{told['left_ours']} ({told['sum_ours']} {unit})"),
            ("left_theirs", f"{told['left_theirs']} ({told['sum_theirs']} {unit})"), ("connected", _connected(told["connected"])),
            ("file", row.file),
        )
    ]  # fmt: skip
    rest = [
        [(say(WORDS[each["side"]]), ""), (each["line"], reverse("books-entry", args=[name, each["line"].rpartition("/")[0]]) if each["side"] == "ours" else ""),
         (each["day"], ""), (str(each["age"]), ""), (f"{each['amount']} {unit}", ""), (each["reference"], "")]
        for each in row.rest[:MOST]
    ]  # fmt: skip
    matches = [
        [(say(HOW.get(how, Text(how, how))), ""), (", ".join(ours), ""), (", ".join(theirs), "")] for how, ours, theirs in pairs
    ]  # fmt: skip
    sections = [
        _section("reconciled", ("figure", "value"), figures),
        _section("rest", ("whose", "line", "day", "age", "amount", "reference"), rest, more=len(row.rest) > MOST),
        _section("guessed", ("how", "ours", "theirs"), matches, more=len(matches) >= MOST),
    ]
    return _shown(request, f"{say(declared.book.name)} · {row.at.isoformat()}", sections)


def _account(declared: DeclaredBook, account: str) -> str:
    name, _, subject = account.partition(":")
    known = declared.book.accounts.get(name)
    return f"{say(known.name) if known else name}{' · ' + subject if subject else ''}"


def _connected(told: bool | None) -> str:
    return say(WORDS["unknown" if told is None else "yes" if told else "no"])


def _shown(request: HttpRequest, title: str, sections: list[dict[str, Any]], **more: Any) -> HttpResponse:
    context = {"words": {name: say(each) for name, each in WORDS.items()}, "title": title, "sections": sections, **more}
    refused = "handed_in" in more and bool(more["handed_in"].refused)
    return render(request, "faces/work/books.html", context, status=422 if refused else 200)


def _section(
    title: str, head: tuple[str, ...], rows: list[list[tuple[str, str]]], *, more: bool = False
) -> dict[str, Any]:
    return {"title": say(WORDS[title]), "head": [say(WORDS[name]) for name in head], "rows": rows, "more": more}


def _statement(book: str, account: str, subject: str, at: date | None) -> str:
    asked = {"account": f"{account}:{subject}" if subject else account, **({"at": at.isoformat()} if at else {})}
    return f"{reverse('books-account', args=[book])}?{urlencode(asked)}"


def _programme(declared: DeclaredBook) -> str:
    """The name of the programme in whose folder the book lies."""
    found = programme_of_book(declared)
    return say(found.name) if found else ""


def _unit(declared: DeclaredBook, unit: str) -> str:
    known = declared.book.units.get(unit)
    return say(known.name) if known else unit


def _kind(declared: DeclaredBook | None, kind: str) -> str:
    known = declared.book.entries.get(kind) if declared else None
    return say(known.name) if known else kind


def _book(request: HttpRequest, name: str) -> DeclaredBook:
    found = seen_books(world(request).actor).get(name)
    if found is None:
        raise Http404(_("There is nothing of that name."))
    return found


def _day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("at", ""))
    except ValueError:
        return None
