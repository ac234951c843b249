"""`bihuan draw`: commit to lists, draw and staff, recuse later, verify a record anywhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish
from bihuan.draws import lot_command

if TYPE_CHECKING:
    from bihuan.draws.pure.record import DrawRecord

app = typer.Typer(no_args_is_help=True, help="Whom to visit and who goes: commit, draw, recuse, verify · 双随机抽取")
app.add_typer(lot_command.app, name="lot")
NameOfDraw = Annotated[str, typer.Argument(metavar="NAME", help="Of this draw, for example 2026-q1 本次抽取名称")]
ForProgramme = Annotated[str, typer.Option("--programme", help="Which asks the registers 事项")]


@app.command("list")
def list_draws(as_json: JsonOption = False) -> None:
    """List declared draws, files that are set aside, and draws that were committed to. 抽取方案与记录"""
    start_django()
    from bihuan.draws.catalogue import all_draws, draws_aside
    from bihuan.draws.drawing import all_records

    declared = [{"draw": name, "zh": d.file.name.zh, "en": d.file.name.en} for name, d in all_draws().items()]
    aside, made = [problem.as_dict() for problem in draws_aside()], all_records()
    text = "\n".join([*(f"{d['draw']:<24} {d['zh']} · {d['en']}" for d in declared), *(f"  {name}" for name in made)])
    finish({"ok": not aside, "draws": declared, "made": made, "aside": aside}, as_json=as_json, text=text)


@app.command("commit")
def commit(
    draw: Annotated[str, typer.Argument(metavar="DRAW", help="Declared draw 抽取方案")],
    name: NameOfDraw,
    entropy_source: Annotated[str, typer.Option("--source", help="Public value of a later day 公开随机数来源")],
    programme: ForProgramme,
    as_json: JsonOption = False,
) -> None:
    """Read the registers, fix the lists, publish their hash. 公布名单摘要"""
    start_django()
    from django.utils import timezone

    from bihuan.draws.drawing import commit_lists
    from bihuan.loop.store import current_facts

    _tell(commit_lists(draw, name, entropy_source, current_facts(timezone.now()), programme), as_json)


@app.command("carry-out")
def carry_out(
    name: NameOfDraw,
    entropy: Annotated[list[str], typer.Option("--entropy", help="Public value; repeatable, in order 公开随机数")],
    first: Annotated[str, typer.Option("--first", help="First day of visits 首日")],
    last: Annotated[str, typer.Option("--last", help="Last day of visits 末日")],
    programme: ForProgramme,
    parts: Annotated[int, typer.Option("--parts", min=1, help="Parts of the window taken in turn 分批")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Draw with the public value and write the tasks; or say what cannot be served together. 抽取并派员"""
    start_django()
    from bihuan.draws.drawing import VisitWindow, draw_and_staff

    _tell(draw_and_staff(name, entropy, VisitWindow(_day(first), _day(last), parts), programme), as_json)


@app.command("recuse")
def recuse(
    name: NameOfDraw,
    inspector: Annotated[str, typer.Argument(help="Code of an inspector 检查人员")],
    reason: Annotated[str, typer.Option("--reason", help="Public reason 公开理由")],
    programme: ForProgramme,
    as_json: JsonOption = False,
) -> None:
    """Take an inspector off; only the visits he still has are drawn anew. 事后回避"""
    start_django()
    from bihuan.draws.drawing import recuse_inspector

    _tell(recuse_inspector(name, inspector, reason, programme), as_json)


@app.command("show")
def show(
    name: NameOfDraw,
    out: Annotated[Path | None, typer.Option("--out", help="Write the public record here 导出记录")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a draw, or write its record for anybody to repeat it. 抽取记录"""
    start_django()
    import msgspec

    from bihuan.draws.drawing import record_named

    record = record_named(name)
    if out is not None:
        out.write_bytes(msgspec.json.encode(record))
    _tell(record, as_json)


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A record 抽取记录")],
    as_json: JsonOption = False,
) -> None:
    """Repeat a draw from its public record, without server or tables. 复算"""
    import msgspec

    from bihuan.draws.pure.record import DrawRecord, verify_staffed_draw
    from bihuan.ledger.core.errors import DrawError

    try:
        record = msgspec.json.decode(file.read_bytes(), type=DrawRecord)
        verify_staffed_draw(record)
    except (DrawError, msgspec.MsgspecError) as error:
        fail(f"{file}: {error}", "ask for the record that was published")
    _tell(record, as_json)


def _tell(record: DrawRecord, as_json: bool) -> None:
    told: dict[str, Any] = {
        "ok": record.feasible, "draw": record.draw, "name": record.name, "commitment": record.commitment,
        "lists": record.lists.digest(), "objects": len(record.lists.objects),
        "inspectors": len(record.lists.inspectors), "interests": len(record.lists.interests),
        "drawn": {stratum: len(found) for stratum, found in record.drawn.items()}, "seats": len(record.seats),
        "feasible": record.feasible,
        "blocking": [{"object": name, "department": department} for name, department in record.blocking],
        "recused": [{"inspector": later.inspector, "reason": later.reason} for later in record.recused],
    }  # fmt: skip
    finish(told, as_json=as_json, text="\n".join(f"{key}: {value}" for key, value in told.items()))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{text!r} 不是日期 · is no day", "YYYY-MM-DD")
