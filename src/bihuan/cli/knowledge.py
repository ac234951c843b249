"""`bihuan knowledge load`: the articles from which an operator answers at once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

app = typer.Typer(no_args_is_help=True, help="The knowledge base · 知识库")


@app.callback()
def _group() -> None:
    """Keep `load` a word of its own, also while it is the only one."""


@app.command("load")
def load(
    source: Annotated[str, typer.Argument(help="Folder of YAML files, or the id of a programme 目录或事项")],
    as_json: JsonOption = False,
) -> None:
    """Load articles: a changed one becomes a new version, nothing is overwritten. 导入知识条目"""
    start_django()
    from bihuan.knowledge.load import load_folder
    from bihuan.loop.programmes import all_programmes, folder_of
    from bihuan.registers.live import current_registers

    folder = folder_of(source) / "knowledge" if source in all_programmes() else Path(source)
    if not folder.is_dir():
        fail(f"{folder} is no folder", "give a folder of YAML files, or the id of a programme with a knowledge folder")
    registers = current_registers()
    today = registers.calendar.local_date(dt.datetime.now(dt.UTC))
    counts = load_folder(folder, district=registers.district.code, on=today)
    finish({"ok": True, **counts}, as_json=as_json, text=", ".join(f"{name} {n}" for name, n in counts.items()))
