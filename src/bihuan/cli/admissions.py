"""`bihuan admissions`: what entered and left the list of a gate between two days."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

app = typer.Typer()
DAY = "YYYY-MM-DD"


@app.command()
def admissions(
    programme: Annotated[str, typer.Argument(help="Programme id. 事项")],
    kind: Annotated[str, typer.Argument(help="Case type of shape gate. 准入案件类型")],
    first: Annotated[str, typer.Option("--from", help=f"Day of the earlier list, {DAY}. 起始日")],
    last: Annotated[str, typer.Option("--to", help=f"Day of the later list, {DAY}. 截止日")],
    as_json: JsonOption = False,
) -> None:
    """What entered and left the list of admissions between the ends of two days · 准入清单变动

    See docs/topics/faces.md, "The list of a gate".
    """
    start_django()
    import msgspec

    from bihuan.loop import admissions as lists
    from bihuan.loop.programmes import all_programmes
    from bihuan.loop.store import current_facts

    declared = all_programmes().get(programme)
    rules = declared.cases.get(kind) if declared else None
    if rules is None or rules.shape != "gate":
        fail(f"{programme}/{kind} keeps no list", "name a case type of shape gate; see `bihuan programme check`")
    try:
        days = date.fromisoformat(first), date.fromisoformat(last)
        found = lists.difference(programme, kind, *days, current_facts().registers.calendar.zone)
    except ValueError as error:
        fail(str(error), f"give --from and --to as {DAY}, the earlier first")
    result = {
        "ok": True, "programme": programme, "kind": kind, "from": first, "to": last, "stayed": found.stayed,
        "entered": msgspec.to_builtins(found.entered), "left": msgspec.to_builtins(found.left),
    }  # fmt: skip
    lines = [f"+ {a.number} {' '.join(a.item.values())}" for a in found.entered]
    lines += [f"- {a.number} {' '.join(a.item.values())} ({a.ended_by or 'ended'})" for a in found.left]
    finish(result, as_json=as_json, text="\n".join([*lines, f"stayed · 未变: {found.stayed}"]))
