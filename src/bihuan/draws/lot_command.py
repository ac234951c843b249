"""`bihuan draw lot …`: one of a register by lot: commit, draw, stand aside, show, verify anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.draws.pure.lots import LotRecord

app = typer.Typer(no_args_is_help=True, help="One of a register by lot, such as a mediator · 按名册抽签")
NameOfLot = Annotated[str, typer.Argument(metavar="NAME", help="Of this lot 本次抽签名称")]


@app.command("list")
def list_lots(as_json: JsonOption = False) -> None:
    """List declared lots, files that are set aside, and lots that were committed to. 抽签方案与记录"""
    start_django()
    from bihuan.draws.lots import all_lots, lot_names, lots_aside

    declared = [{"lot": name, "zh": file.name.zh, "en": file.name.en} for name, (file, _) in all_lots().items()]
    aside, made = [problem.as_dict() for problem in lots_aside()], lot_names()
    text = "\n".join([*(f"{each['lot']:<24} {each['zh']} · {each['en']}" for each in declared), *made])
    finish({"ok": not aside, "lots": declared, "made": made, "aside": aside}, as_json=as_json, text=text)


@app.command("commit")
def commit(
    lot: Annotated[str, typer.Argument(metavar="LOT", help="Declared lot 抽签方案")],
    name: NameOfLot,
    about: Annotated[str, typer.Option("--about", help="Number of the case 案号")],
    party: Annotated[list[str], typer.Option("--party", help="Code of a party; repeatable 当事人代码")],
    source: Annotated[str, typer.Option("--source", help="Public value of a later day 公开随机数来源")],
    as_json: JsonOption = False,
) -> None:
    """Read the register, leave out who has an interest, publish the list's hash. 公布名单摘要"""
    start_django()
    from django.utils import timezone

    from bihuan.draws.lots import LotAsked, commit_lot
    from bihuan.loop.store import current_facts

    _tell(commit_lot(LotAsked(lot, name, about, party, source), current_facts(timezone.now())), as_json)


@app.command("draw")
def draw(
    name: NameOfLot,
    entropy: Annotated[list[str], typer.Option("--entropy", help="Public value; repeatable, in order 公开随机数")],
    as_json: JsonOption = False,
) -> None:
    """Draw the order with the public value; the first goes. 抽取"""
    start_django()
    from django.utils import timezone

    from bihuan.draws.lots import draw_lot

    _tell(draw_lot(name, entropy, timezone.now()), as_json)


@app.command("aside")
def aside(
    name: NameOfLot,
    key: Annotated[str, typer.Argument(help="Who goes now 当选者编号")],
    reason: Annotated[str, typer.Option("--reason", help="Public reason 理由")],
    as_json: JsonOption = False,
) -> None:
    """Let who was drawn stand aside: the next of the order goes. 抽取后回避，依次递补"""
    start_django()
    from bihuan.draws.lots import stand_aside

    _tell(stand_aside(name, key, reason), as_json)


@app.command("show")
def show(
    name: NameOfLot,
    out: Annotated[Path | None, typer.Option("--out", help="Write the record here 导出记录")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show a lot, or write its record for the parties to repeat it. 抽签记录"""
    start_django()
    import msgspec

    from bihuan.draws.lots import lot_named

    record = lot_named(name)
    if out is not None:
        out.write_bytes(msgspec.json.encode(record))
    _tell(record, as_json)


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A record 抽签记录")],
    as_json: JsonOption = False,
) -> None:
    """Repeat a lot from its record, without server or tables. 复算"""
    import msgspec

    from bihuan.draws.pure.lots import LotRecord, verify_lot
    from bihuan.ledger.core.errors import DrawError

    try:
        record = msgspec.json.decode(file.read_bytes(), type=LotRecord)
        verify_lot(record)
    except (DrawError, msgspec.MsgspecError) as error:
        fail(f"{file}: {error}", "ask for the record that the parties were given")
    _tell(record, as_json)


def _tell(record: LotRecord, as_json: bool) -> None:
    told = {
        "ok": True, "lot": record.lot, "name": record.name, "about": record.about, "day": record.day,
        "listed": len(record.listed), "recused": len(record.recused), "commitment": record.commitment,
        "drawn": bool(record.entropy), "goes": record.goes, "aside": [each.key for each in record.aside],
    }  # fmt: skip
    counts = f"{len(record.listed)} listed, {len(record.recused)} recused"
    text = f"{record.name}: {record.goes or record.commitment} ({counts})"
    finish(told, as_json=as_json, text=text)
