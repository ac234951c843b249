"""`bihuan calc`: run a declared method on files; list the methods, and tell one's schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.methods.declared.tables import Workdays

app = typer.Typer()

SHOWN = 20


@app.command()
def calc(
    name: Annotated[str | None, typer.Argument(help="Method; see --list. 算法")] = None,
    files: Annotated[list[Path] | None, typer.Argument(help="Its files, in order. 输入文件")] = None,
    option: Annotated[list[str] | None, typer.Option("--option", "-o", help="name=value, repeatable. 选项")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="CSV of the answer. 结果文件")] = None,
    rejects: Annotated[Path | None, typer.Option("--rejects", help="CSV of every rejected row. 退回文件")] = None,
    list_all: Annotated[bool, typer.Option("--list", help="List the methods. 列出算法")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="JSON Schema of rows and answer. 数据结构")] = False,
    describe: Annotated[bool, typer.Option("--describe", help="Columns, options, source, error. 说明")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run a method on files: any order of rows and columns; wrong rows are rejected, the rest is done · 计算

    See docs/topics/methods.md.
    """
    from bihuan.methods.declared import describing
    from bihuan.methods.declared.finding import UnknownMethodError, all_methods, method_named

    if list_all or name is None:
        told = [describing.listed(each) for each in all_methods()]
        text = "\n".join(f"{each['name']:24} {each['zh']} · {each['en']}" for each in told)
        finish({"ok": True, "methods": told}, as_json=as_json, text=text)
        return
    try:
        method = method_named(name)
    except UnknownMethodError as error:
        raise typer.BadParameter(f"{error}; {error.remedy}", param_hint="NAME") from error
    if schema:
        finish({"ok": True, **describing.schema_of(method)}, as_json=True)
    elif describe:
        finish(describing.listed(method), as_json=as_json, text=describing.page_of(method))
    else:
        _run(method.name, files or [], option or [], out, rejects, as_json)


def _calendar() -> Workdays:
    """The published schedules that ship with the house; no district and no database is asked."""
    from bihuan.registers.pure.calendar_files import load_calendar

    return load_calendar("CN", "Asia/Shanghai")


def _run(
    name: str, files: list[Path], option: list[str], out: Path | None, rejects: Path | None, as_json: bool
) -> None:
    from bihuan.methods.declared.finding import method_named
    from bihuan.methods.declared.running import WrongCallError, option_texts, run_method
    from bihuan.methods.declared.writing import write_columns, write_document, write_rejects

    try:
        outcome = run_method(method_named(name), files, option_texts(option), _calendar)
    except WrongCallError as error:
        fail(error.message, error.remedy)
    if rejects is not None:
        write_rejects(rejects, outcome.rejects)
    if out is not None and outcome.document is not None:
        write_document(out, outcome.document)
    elif out is not None and outcome.columns:
        write_columns(out, outcome.columns)
    for remark in outcome.remarks:
        note(remark)
    finish(outcome.as_json(name), as_json=as_json, text="\n".join(outcome.lines(SHOWN)))
