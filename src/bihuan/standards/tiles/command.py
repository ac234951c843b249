"""`bihuan twin`: what is built, as a file that others read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from bihuan.console.output import JsonOption, finish

ModelForm = Literal["cityjson", "3dtiles"]
app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def _twin() -> None:
    """What is built, as models of the city. 城市模型"""


@app.command("export")
def export(
    area: Annotated[str, typer.Argument(help="Code of an area; what lies below it belongs to it. 区划代码")],
    at: Annotated[str, typer.Option(help="Day, 2026-03-01. 日期")],
    out: Annotated[Path, typer.Option(help="File to write, x.city.json; a folder for 3dtiles. 输出文件")],
    type_id: Annotated[str, typer.Option("--type", help="Type of subjects; default: the only one. 对象类型")] = "",
    form: Annotated[
        Literal["cityjson", "3dtiles"], typer.Option("--format", help="CityJSON 2.0, 3D Tiles. 格式")
    ] = "cityjson",
    as_json: JsonOption = False,
) -> None:
    """Write what stands in an area on a day as CityJSON 2.0 or 3D Tiles 1.1. 导出某日的城市模型

    See docs/adr/0356-city-models.md.
    """
    from bihuan.console.bootstrap import start_django

    start_django()
    from bihuan.readers import replace_file
    from bihuan.standards.cityjson.standing import built_type, city_of, things_in

    if form == "3dtiles":
        from bihuan.standards.tiles.tiling import INDEX, tiles_of, write_tiles

        kind = built_type(type_id)
        tiles = tiles_of(kind, things_in(kind, area, _day(at)))
        write_tiles(tiles, out)
        _told(out / INDEX, {"objects": tiles.objects, "tiles": len(tiles.files) - 1}, tiles.left_out, as_json)
        return
    encoded = city_of(area, _day(at), type_id)
    with replace_file(out, "utf-8") as stream:
        json.dump(encoded.document, stream, ensure_ascii=False, separators=(",", ":"))
    counts = {"objects": len(encoded.document["CityObjects"]), "vertices": len(encoded.document["vertices"])}
    _told(out, counts, encoded.left_out, as_json)


def _told(out: Path, counts: dict[str, int], left_out: dict[str, str], as_json: bool) -> None:
    told: dict[str, Any] = {"ok": True, **counts, "left_out": left_out, "out": str(out)}
    lines = [f"{out}: {counts['objects']} objects"] + [f"{key}: {why}" for key, why in sorted(left_out.items())]
    finish(told, as_json=as_json, text="\n".join(lines))


def _day(text: str) -> date:
    from bihuan.faults import Fault

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Fault(f"{text!r} 不是日期 · {text!r} is no day", "write 2026-03-01") from None
