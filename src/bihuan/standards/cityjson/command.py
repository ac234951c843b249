"""`bihuan twin`: what is built, as a file that others read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from bihuan.console.output import JsonOption, finish

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def _twin() -> None:
    """What is built, as models of the city. 城市模型"""


@app.command("export")
def export(
    area: Annotated[str, typer.Argument(help="Code of an area; what lies below it belongs to it. 区划代码")],
    at: Annotated[str, typer.Option(help="Day, 2026-03-01. 日期")],
    out: Annotated[Path, typer.Option(help="File to write, x.city.json. 输出文件")],
    type_id: Annotated[str, typer.Option("--type", help="Type of subjects; default: the only one. 对象类型")] = "",
    as_json: JsonOption = False,
) -> None:
    """Write what stands in an area on a day as CityJSON 2.0. 导出某日的城市模型

    See docs/adr/0356-city-models.md.
    """
    from bihuan.console.bootstrap import start_django

    start_django()
    from bihuan.readers import replace_file
    from bihuan.standards.cityjson.standing import city_of

    encoded = city_of(area, _day(at), type_id)
    with replace_file(out, "utf-8") as stream:
        json.dump(encoded.document, stream, ensure_ascii=False, separators=(",", ":"))
    count = len(encoded.document["CityObjects"])
    told: dict[str, Any] = {"ok": True, "objects": count, "vertices": len(encoded.document["vertices"]),
                            "left_out": encoded.left_out, "out": str(out)}  # fmt: skip
    lines = [f"{out}: {count} objects"] + [f"{key}: {why}" for key, why in sorted(encoded.left_out.items())]
    finish(told, as_json=as_json, text="\n".join(lines))


def _day(text: str) -> date:
    from bihuan.faults import Fault

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Fault(f"{text!r} 不是日期 · {text!r} is no day", "write 2026-03-01") from None
