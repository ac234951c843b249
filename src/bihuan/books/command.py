"""`bihuan book`: what is declared, balances, statements, the check, posting, closing, reconciliation."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.console.output import JsonOption, finish

if TYPE_CHECKING:
    from bihuan.books.declaration import BookDeclaration
    from bihuan.readers import Rejects

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Books · 账")

Book = Annotated[str, typer.Argument(metavar="BOOK", help="Id of a book 账册")]
At = Annotated[dt.datetime | None, typer.Option("--at", formats=["%Y-%m-%d"], help="Until the end of that day 截至")]
RejectsFile = Annotated[Path | None, typer.Option("--rejects", help="Write what was not taken there 退回清单")]


def _open(name: str) -> tuple[BookDeclaration, str]:
    """The book, and the district that is worked for."""
    from bihuan.console.bootstrap import start_django

    start_django()
    from bihuan.books.catalogue import book_named
    from bihuan.registers.live import default_district

    return book_named(name).book, default_district()


def _day(at: dt.datetime | None) -> dt.date | None:
    return at.date() if at else None


@app.command("list")
def list_books(as_json: JsonOption = False) -> None:
    """List the books that are declared, and files that are set aside. 账册列表"""
    from bihuan.books.catalogue import all_books, books_aside

    found = [
        {"book": name, "zh": each.book.name.zh, "en": each.book.name.en, "programme": each.programme}
        for name, each in sorted(all_books().items())
    ]
    aside = [problem.as_dict() for error in books_aside().values() for problem in error.problems]
    text = "\n".join(f"{b['book']}  {b['zh']} · {b['en']}  ({b['programme']})" for b in found) or "no book is declared"
    finish({"ok": not aside, "books": found, "aside": aside}, as_json=as_json, text=text)


@app.command("show")
def show(
    book: Book,
    account: Annotated[str, typer.Option("--account", help="Its statement: NAME or NAME:SUBJECT 科目明细")] = "",
    entry: Annotated[str, typer.Option("--entry", help="An entry and what it rests on 分录及其依据")] = "",
    at: At = None,
    as_json: JsonOption = False,
) -> None:
    """Show a book as declared, the statement of an account, or an entry with its chain. 账册、明细、依据链"""
    declared, district = _open(book)
    from bihuan.books import showing
    from bihuan.registers.isolation import in_district

    with in_district(district):
        if account:
            told = showing.statement_of(declared, account, _day(at))
        elif entry:
            told = showing.chain_of(declared, entry)
        else:
            told = showing.declared_of(declared)
    finish({"ok": True, "book": book, **told.data}, as_json=as_json, text=told.text)


@app.command("balance")
def balance(book: Book, at: At = None, as_json: JsonOption = False) -> None:
    """Tell where every account stands, now or at the end of a day. 余额"""
    declared, district = _open(book)
    from bihuan.books import showing
    from bihuan.registers.isolation import in_district

    with in_district(district):
        told = showing.balances_of(declared, _day(at))
    finish({"ok": True, "book": book, **told.data}, as_json=as_json, text=told.text)


@app.command("check")
def check(book: Book, at: At = None, as_json: JsonOption = False) -> None:
    """Check the whole journal against its balances, bounds, reservations and leaves; Σ per unit. 核查与守恒"""
    declared, district = _open(book)
    from bihuan.books import showing
    from bihuan.registers.isolation import in_district

    begun = time.perf_counter()
    with in_district(district):
        told = showing.check_of(declared, _day(at))
    seconds = round(time.perf_counter() - begun, 3)
    finish(
        {"ok": not told.data["faults"], "book": book, **told.data, "seconds": seconds}, as_json=as_json, text=told.text
    )


@app.command("post")
def post(
    book: Book,
    file: Annotated[Path, typer.Argument(help="entry,line,date,account,debit,credit,unit,ref,reverses 分录文件")],
    rejects: RejectsFile = None,
    actor: Annotated[str, typer.Option("--actor", help="Who posts 记账人")] = "command",
    as_json: JsonOption = False,
) -> None:
    """Post the entries of a file, each whole or not at all. 记账"""
    declared, district = _open(book)
    from dataclasses import asdict

    from bihuan.books.posting_files import post_file

    begun = time.perf_counter()
    with _rejects(rejects) as left:
        done = post_file(declared, file, district, actor, rejects=left)
    result: dict[str, Any] = {"ok": not done.rejected, "book": book, **asdict(done)}
    result["seconds"] = round(time.perf_counter() - begun, 3)
    text = f"{done.entries} entries: {done.posted} posted, {done.repeated} repeated, {done.rejected} rejected"
    finish(result, as_json=as_json, text=text)


@app.command("close")
def close(
    book: Book,
    until: Annotated[dt.datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="Last closed day 封账至")],
    actor: Annotated[str, typer.Option("--actor", help="Who closes 封账人")] = "command",
    as_json: JsonOption = False,
) -> None:
    """Close a book until a day; later entries of those days need a reason. 封账"""
    _, district = _open(book)
    from bihuan.books.releasing import close_book
    from bihuan.registers.isolation import in_district
    from bihuan.registers.live import current_registers

    today = current_registers().calendar.local_date(dt.datetime.now(dt.UTC))
    with in_district(district):
        close_book(book, until.date(), actor, today)
    finish({"ok": True, "book": book, "until": until.date()}, as_json=as_json, text=f"{book}: closed until {until:%F}")


@app.command("end")
def end(
    book: Book,
    until: Annotated[dt.datetime, typer.Option("--until", formats=["%Y-%m-%d"], help="Last day 期末日")],
    actor: Annotated[str, typer.Option("--actor", help="Who ends the period 经办人")] = "command",
    as_json: JsonOption = False,
) -> None:
    """End a period: what is declared to lapse lapses, the rest is carried over, and the book is closed. 期末结转"""
    declared, district = _open(book)
    from bihuan.books.ending import end_period
    from bihuan.registers.isolation import in_district
    from bihuan.registers.live import current_registers

    today = current_registers().calendar.local_date(dt.datetime.now(dt.UTC))
    with in_district(district):
        done = end_period(declared, until.date(), actor, today)
    text = (
        f"{book}: {', '.join(f'{n} {kind}' for kind, n in done.posted.items()) or 'nothing'}; closed until {until:%F}"
    )
    finish({"ok": True, "book": book, "posted": done.posted, "until": done.until}, as_json=as_json, text=text)


@app.command("reconcile")
def reconcile(
    book: Book,
    file: Annotated[Path, typer.Argument(help="camt.053 XML, or id,day,amount,reference 银行对账单")],
    account: Annotated[str, typer.Option("--account", help="The account that mirrors the bank's 科目")],
    at: At = None,
    days: Annotated[int, typer.Option("--days", help="How far apart two days may lie 允许相差天数")] = 5,
    rejects: RejectsFile = None,
    keep: Annotated[bool, typer.Option("--keep", help="Go on from what was kept, and keep the answer 存档")] = False,
    actor: Annotated[str, typer.Option("--actor", help="Who reconciles 对账人")] = "command",
    as_json: JsonOption = False,
) -> None:
    """Match our account with a bank's statement; what is left, and how old it is. 对账"""
    declared, district = _open(book)
    if keep:
        _keep(declared, district, file, account, (at, days, rejects, actor), as_json=as_json)
        return
    from bihuan.books import showing
    from bihuan.books.reconciling import reconcile_file
    from bihuan.registers.isolation import in_district
    from bihuan.registers.live import current_registers

    on = _day(at) or current_registers().calendar.local_date(dt.datetime.now(dt.UTC))
    with _rejects(rejects) as left, in_district(district):
        told = showing.reconciled_of(
            declared, account, reconcile_file(declared, account, file, on, rejects=left, days=days)
        )
        rejected = left.count
    finish(
        {"ok": told.ok and not rejected, "book": book, **told.data, "rejected": rejected},
        as_json=as_json,
        text=told.text,
    )


@app.command("passes")
def passes(
    book: Book,
    kind: Annotated[str, typer.Argument(help="Kind of pass 票种")],
    file: Annotated[Path, typer.Argument(help="key,subject,amount,name,phone,email 持票人名单")],
    out: Annotated[Path, typer.Option("--out", help="Numbers with their codes, to be sent 票码清单")],
    rejects: RejectsFile = None,
    actor: Annotated[str, typer.Option("--actor", help="Who makes them 经办人")] = "command",
    as_json: JsonOption = False,
) -> None:
    """Make passes for the entries of a list, and write their codes. 制票"""
    declared, district = _open(book)
    from bihuan.books.pass_files import issue_file
    from bihuan.registers.isolation import in_district

    with _rejects(rejects) as left, in_district(district):
        made = issue_file(declared, kind, file, out, actor, rejects=left)
        rejected = left.count
    finish(
        {"ok": not rejected, "book": book, "kind": kind, "passes": made, "rejected": rejected},
        as_json=as_json, text=f"{made} passes, {rejected} rejected",
    )  # fmt: skip


@app.command("publish")
def publish(
    book: Book,
    name: Annotated[str, typer.Argument(help="What of it, see `publishes:` 发布项")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the package 输出目录")],
    at: At = None,
    as_json: JsonOption = False,
) -> None:
    """Write an account as a Fiscal Data Package: sums by the columns of its register. 财政数据包"""
    declared, district = _open(book)
    from bihuan.books.publishing import write_package
    from bihuan.registers.isolation import in_district
    from bihuan.registers.live import current_registers

    on = _day(at) or current_registers().calendar.local_date(dt.datetime.now(dt.UTC))
    with in_district(district):
        told = write_package(declared, name, on, out, district)
    text = f"{told['rows']} rows, {told['total']} {told['unit']} in all, {told['unknown']} subjects of no register"
    finish({"ok": not told["unknown"], "book": book, **told}, as_json=as_json, text=text)


def _keep(
    declared: BookDeclaration, district: str, file: Path, account: str, how: tuple[Any, ...], *, as_json: bool
) -> None:
    """Reconcile what is still open with one file more; the answer stands on the page of the book."""
    from bihuan.books import showing
    from bihuan.books.kept_reconciling import keep_reconciliation
    from bihuan.registers.isolation import in_district
    from bihuan.registers.live import current_registers

    at, days, rejects, actor = how
    on = _day(at) or current_registers().calendar.local_date(dt.datetime.now(dt.UTC))
    with _rejects(rejects) as left, in_district(district):
        done = keep_reconciliation(declared, account, file, on, actor, rejects=left, days=days)
        rejected = left.count
    told = showing.kept_of(done.row)
    well = not rejected and told["connected"] is not False and not told["left_ours"] + told["left_theirs"]
    text = f"{told['matched']} matched, {told['left_ours']} of ours and {told['left_theirs']} of the bank's left"
    finish(
        {"ok": well, "book": declared.book, "fresh": done.fresh, **told, "rest": done.row.rest, "rejected": rejected},
        as_json=as_json, text=text,
    )  # fmt: skip


@app.command("reconciliations")
def reconciliations(
    book: Book,
    account: Annotated[str, typer.Option("--account", help="Only of this account 科目")] = "",
    as_json: JsonOption = False,
) -> None:
    """List the reconciliations that were kept, the newest first. 对账记录"""
    _, district = _open(book)
    from bihuan.books import showing
    from bihuan.books.kept_reconciling import newest_reconciliations
    from bihuan.registers.isolation import in_district

    with in_district(district):
        told = [showing.kept_of(row) for row in newest_reconciliations(book, account)]
    text = "\n".join(
        f"{each['at']}  {each['account']}  {each['matched']} matched, {each['left_ours']} + {each['left_theirs']} left"
        for each in told
    )
    finish({"ok": True, "book": book, "reconciliations": told}, as_json=as_json, text=text or "none is kept")


def _rejects(path: Path | None) -> Rejects:
    """The rejects file that was asked for, or none: then they are only counted."""
    from bihuan.books.counting import CountedRejects
    from bihuan.readers import Rejects

    return Rejects(path) if path else CountedRejects(Path())
