"""`bihuan declared`: everything that a file declares, and where people and programs find it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bihuan.console.output import JsonOption, fail, finish

app = typer.Typer(add_completion=False)


@app.command("declared")
def declared(
    kind: Annotated[str, typer.Argument(help="subjects, series, books, forms …; empty: all. 类别")] = "",
    out: Annotated[Path | None, typer.Option("--out", help="Write a CSV file. 导出")] = None,
    as_json: JsonOption = False,
) -> None:
    """List types of subjects, series, books, forms, letters, watches, indicators and methods in use. 声明清单

    Source: docs/topics/declarations.md, "One file each".
    """
    from bihuan.console.bootstrap import start_django
    from bihuan.extend import DECLARED
    from bihuan.extend.listing import DeclaredRow, declared_rows
    from bihuan.readers import CsvWriter, replace_file

    start_django()
    kinds = [each.name for each in DECLARED.all()]
    if kind and kind not in kinds:
        fail(f"没有这一类声明 · nothing of the kind {kind!r} is declared", f"one of: {', '.join(kinds)}")
    rows = list(declared_rows(kind))
    if out is not None:
        with replace_file(out, "utf-8-sig") as stream:
            writer = CsvWriter(stream, list(DeclaredRow._fields), "\r\n")
            for row in rows:
                writer.write(row)
    text = "\n".join(f"{row.kind:11} {row.name:32} {row.zh} · {row.en}" for row in rows)
    finish({"ok": True, "declared": [row._asdict() for row in rows]}, as_json=as_json, text=text)
