"""`bihuan table` and `bihuan score`: a dated table asked for every row of a file, evidence scored with a card."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.methods.declared.running import Outcome
    from bihuan.rules.book import RuleBook
    from bihuan.rules.scorecards import Scorecard

app = typer.Typer()

SHOWN = 20
OutOption = Annotated[Path | None, typer.Option("--out", help="CSV of the answer. 结果文件")]
RejectsOption = Annotated[Path | None, typer.Option("--rejects", help="CSV of every rejected row. 退回文件")]
AtOption = Annotated[str, typer.Option("--at", help="Day of the event, YYYY-MM-DD. 事件日期")]


@app.command()
def table(
    name: Annotated[str, typer.Argument(help="Table; a programme's own as PROGRAMME:TABLE. 规则表")],
    at: AtOption,
    file: Annotated[Path | None, typer.Argument(help="Rows with the table's inputs. 输入文件")] = None,
    given: Annotated[list[str] | None, typer.Option("--set", help="input=value for every row. 固定输入")] = None,
    place: Annotated[str, typer.Option("--place", help="Area code of the event. 地区编码")] = "*",
    out: OutOption = None,
    rejects: RejectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a rule table for every row of a file, in its edition of that day; further columns are carried · 查规则表"""
    from bihuan.methods.declared.asking import ask_table, find_table
    from bihuan.methods.declared.running import option_texts
    from bihuan.rules.errors import NoRuleError

    book, wanted = _book_of(name)
    try:
        edition = find_table(book, wanted, _day(at), place)
    except NoRuleError as error:
        if not any(one.meta.id == wanted for one in book):
            raise typer.BadParameter(
                f"没有规则表“{name}” · there is no such table {name!r}", param_hint="NAME"
            ) from error
        fail(error.message, error.remedy)
    _tell(ask_table(edition, file, option_texts(given or [])), wanted, out, rejects, as_json)


@app.command()
def score(
    card: Annotated[str, typer.Argument(help="A scorecard's id, or its YAML file. 评分卡")],
    file: Annotated[Path, typer.Argument(help="Evidence: item,value,code,count. 依据文件")],
    at: Annotated[str, typer.Option("--at", help="Day of an id's edition, YYYY-MM-DD. 日期")] = "",
    out: OutOption = None,
    rejects: RejectsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Score evidence with a card: points of every item, exact until the one declared rounding · 按评分卡计分"""
    from bihuan.methods.declared.scoring import score_file
    from bihuan.rules.errors import NoRuleError

    if Path(card).suffix in (".yaml", ".yml"):
        found = _card_in(Path(card), at)
    else:
        if not at:
            fail("--at is missing", "name the day whose edition of the card is meant: --at YYYY-MM-DD")
        book, wanted = _book_of(card)
        try:
            found = book.scorecard(wanted, _day(at))
        except NoRuleError as error:
            fail(error.message, error.remedy)
    _tell(score_file(found, file), found.meta.id, out, rejects, as_json)


def _card_in(path: Path, at: str) -> Scorecard:
    from bihuan.rules.book import read_editions
    from bihuan.rules.scorecards import Scorecard

    cards = [one for one in read_editions(path) if isinstance(one, Scorecard)]
    if at:
        cards = [one for one in cards if one.meta.in_force(_day(at))]
    if len(cards) != 1:
        fail(
            f"{path} holds {len(cards)} cards that could be meant",
            "put one card into the file, or name the day by --at",
        )
    return cards[0]


def _book_of(name: str) -> tuple[RuleBook, str]:
    """The book that has a table, and the table's name in it: the methods', everybody's, or a programme's."""
    from bihuan.loop.programmes import all_programmes, rule_book
    from bihuan.methods.parts.rulebook import method_rules

    owner, colon, wanted = name.partition(":")
    if colon:
        return rule_book().of(owner), wanted
    books = [method_rules(), *(rule_book().of(each) for each in ("", *all_programmes()))]
    return next((book for book in books if any(one.meta.id == name for one in book)), books[0]), name


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return fail(f"--at {text!r} is no day", "write it as YYYY-MM-DD")


def _tell(outcome: Outcome, name: str, out: Path | None, rejects: Path | None, as_json: bool) -> None:
    from bihuan.methods.declared.writing import write_columns, write_rejects

    if rejects is not None:
        write_rejects(rejects, outcome.rejects)
    if out is not None:
        write_columns(out, outcome.columns)
    finish(outcome.as_json(name), as_json=as_json, text="\n".join(outcome.lines(SHOWN)))
