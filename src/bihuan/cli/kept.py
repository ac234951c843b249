"""`bihuan kept`: what this installation decided and learnt, kept as rows; files are copies."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, finish

app = typer.Typer(no_args_is_help=True, help="Plans, draws, models, places, briefings, programmes as rows · 成果留存")


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """How many things each room keeps. 清单

    See docs/topics/operations.md, "What is kept".
    """
    start_django()
    from bihuan.extend import KEPT
    from bihuan.server.keeping import kept_names

    found = {room: len(kept_names(room)) for room in sorted({room.room for room in KEPT.all()})}
    finish({"ok": True, "rooms": found}, as_json=as_json, text="\n".join(f"{n:>6} {room}" for room, n in found.items()))


@app.command("take")
def take(as_json: JsonOption = False) -> None:
    """Take files of the data folder that were never kept into rows; doing it again takes nothing. 收入

    See docs/topics/operations.md, "What is kept".
    """
    start_django()
    from bihuan.server.exports import take_in
    from bihuan.server.home import current_home

    taken = take_in(current_home())
    text = f"{sum(taken.values())} 个文件已收入 · {sum(taken.values())} files taken into rows"
    finish({"ok": True, "taken": taken}, as_json=as_json, text=text)


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write into 目录")],
    as_json: JsonOption = False,
) -> None:
    """Write the newest content of everything kept as files. 导出

    See docs/topics/operations.md, "What is kept".
    """
    start_django()
    from bihuan.server.exports import export_kept as write

    count = write(folder)
    finish({"ok": True, "files": count}, as_json=as_json, text=f"{count} 个文件 · {count} files in {folder}")
