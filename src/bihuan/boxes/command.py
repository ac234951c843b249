"""`bihuan box`: put envelopes in, see how many took part, open after the close, recount anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.boxes.pure.record import BoxRecord

app = typer.Typer(no_args_is_help=True, help="Sealed boxes: put in, open, recount · 密封箱")
NameOfBox = Annotated[str, typer.Argument(metavar="BOX", help="Declared box 密封箱")]
NameOfLot = Annotated[str, typer.Argument(metavar="LOT", help="Number of what it is about 表决事项编号")]


@app.command("list")
def list_boxes(as_json: JsonOption = False) -> None:
    """List declared boxes and files that are set aside. 密封箱清单"""
    start_django()
    from bihuan.boxes.catalogue import all_boxes, boxes_aside

    declared = [{"box": name, "zh": b.file.name.zh, "en": b.file.name.en} for name, b in all_boxes().items()]
    aside = [problem.as_dict() for problem in boxes_aside()]
    text = "\n".join(f"{each['box']:<24} {each['zh']} · {each['en']}" for each in declared)
    finish({"ok": not aside, "boxes": declared, "aside": aside}, as_json=as_json, text=text)


@app.command("put")
def put(
    box: NameOfBox,
    lot: NameOfLot,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV: voter, channel and the values 选票")],
    as_json: JsonOption = False,
) -> None:
    """Put envelopes in; each gets a receipt. A wrong line is named and the rest is taken. 投入并取得回执"""
    start_django()
    from django.utils import timezone

    from bihuan.boxes.catalogue import box_named
    from bihuan.boxes.putting import SealedEnvelope, put_in
    from bihuan.readers import read_all_rows

    declared = box_named(box)
    needed = ["voter", "channel", *declared.file.values]
    found = read_all_rows(file, needed)
    rows = [{name: str(row.cells[name] or "").strip() for name in needed} for row in found]
    envelopes = [
        SealedEnvelope(row["voter"], row["channel"], {name: row[name] for name in declared.file.values}) for row in rows
    ]
    taken, refused = put_in(declared, lot, envelopes, timezone.now())
    rejects = [{"file": file.name, "row": found[r.place].line, "field": r.code, "rule": r.what} for r in refused]
    told = {
        "ok": not refused, "taken": len(taken), "rejected": len(refused), "rejects": rejects,
        "receipts": [{"voter": r.voter, "digest": r.digest, "statement": str(r.statement)} for r in taken],
    }  # fmt: skip
    text = "\n".join(f"{receipt.voter}  {receipt.digest}" for receipt in taken)
    finish(told, as_json=as_json, text="\n".join([text, *(f"✗ {r['row']}: {r['rule']}" for r in rejects)]))


@app.command("codes")
def codes(
    box: NameOfBox,
    lot: NameOfLot,
    out: Annotated[Path, typer.Option("--out", help="CSV of voter and code, for the slips 投票码清单")],
    voter: Annotated[list[str] | None, typer.Option("--voter", help="Only this one, anew 仅补发此人")] = None,
    as_json: JsonOption = False,
) -> None:
    """Give each voter a code for the public page; the codes stand in this file alone. 生成投票码"""
    start_django()
    from django.utils import timezone

    from bihuan.boxes.catalogue import box_named
    from bihuan.boxes.codes import issue_codes
    from bihuan.readers import write_plain

    issued = issue_codes(box_named(box), lot, timezone.now(), "system:command", voter or None)
    write_plain(out, ["voter", "code"], [each._asdict() for each in issued])
    finish({"ok": True, "issued": len(issued), "out": str(out)}, as_json=as_json, text=f"{len(issued)} → {out}")


@app.command("show")
def show(
    box: NameOfBox,
    lot: NameOfLot,
    out: Annotated[Path | None, typer.Option("--out", help="Write the public record here 导出记录")] = None,
    as_json: JsonOption = False,
) -> None:
    """How many took part; after the opening, what was counted. 参与情况与结果"""
    start_django()
    import msgspec
    from django.utils import timezone

    from bihuan.boxes.catalogue import box_named
    from bihuan.boxes.opening import opened
    from bihuan.boxes.putting import participation

    declared = box_named(box)
    record = opened(declared, lot)
    if record is not None:
        if out is not None:
            out.write_bytes(msgspec.json.encode(record))
        _tell(record, as_json)
        return
    live = participation(declared, lot, timezone.now())
    told = {"ok": True, "sealed": True, "heads": live.heads, "heads_in": live.heads_in,
            "weight": f"{live.weight}", "weight_in": f"{live.weight_in}"}  # fmt: skip
    finish(told, as_json=as_json, text="\n".join(f"{key}: {value}" for key, value in told.items()))


@app.command("open")
def open_(box: NameOfBox, lot: NameOfLot, as_json: JsonOption = False) -> None:
    """Open after the close, count, publish; before it nobody can. 开启并计票"""
    start_django()
    from django.utils import timezone

    from bihuan.boxes.catalogue import box_named
    from bihuan.boxes.opening import open_box

    _tell(open_box(box_named(box), lot, timezone.now()), as_json)


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A record 公开记录")],
    as_json: JsonOption = False,
) -> None:
    """Repeat a record, digests and count, without server or tables. 复算"""
    import msgspec

    from bihuan.boxes.pure.record import BoxRecord, BoxRefused, verify_record

    try:
        record = msgspec.json.decode(file.read_bytes(), type=BoxRecord)
        verify_record(record)
    except (BoxRefused, msgspec.MsgspecError, ValueError) as error:
        fail(f"{file}: {error}", "ask for the record that was published")
    _tell(record, as_json)


def _tell(record: BoxRecord, as_json: bool) -> None:
    told: dict[str, Any] = {
        "ok": True, "box": record.box, "lot": record.lot, "title": record.title, "opened_at": record.opened_at,
        "envelopes": len(record.envelopes), "aside": sum(bool(each.aside) for each in record.envelopes),
        "root": record.root, "method": record.method, "counted": record.counted,
    }  # fmt: skip
    finish(told, as_json=as_json, text="\n".join(f"{key}: {value}" for key, value in told.items()))
