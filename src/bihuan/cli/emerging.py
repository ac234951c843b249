"""`bihuan emerging`: what is higher than its own past allows, with a declared share of false alarms."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bihuan.cli.forecast import counted_of, day_of, frame_of, zone_of
from bihuan.cli.frames import DatesOption, OutOption, PresetOption, write_rows
from bihuan.console.output import JsonOption, fail, finish

app = typer.Typer()
HEADER = ("series", "first", "last", "count", "usual", "p", "q", "method")


@app.command()
def emerging(
    file: Annotated[
        Path | None, typer.Argument(help="CSV (.gz), XLSX, JSON lines, Parquet; none: own cases 数据文件")
    ] = None,
    preset: PresetOption = None,
    by: Annotated[str, typer.Option(help="Columns that make a series, comma-separated 分组列")] = "area,category",
    time: Annotated[str | None, typer.Option(help="Column of the time 时间列")] = None,
    dates: DatesOption = None,
    until: Annotated[str | None, typer.Option(help="Judge the day before this one, YYYY-MM-DD 截止日期")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA zone of the days; default: the preset's 时区")] = None,
    share: Annotated[float, typer.Option(help="Accepted share of false alarms 容许误报比例")] = 0.05,
    out: OutOption = Path("emerging.csv"),
    as_json: JsonOption = False,
) -> None:
    """Alarm where the last day (or week, in a record of years) exceeds its own past. 突增预警

    See docs/topics/topics.md, "Months and alarms".
    """
    from bihuan.insight.topics.emerging import watch

    frame = frame_of(file, preset, dates=dates, time=time)
    columns = [c.strip() for c in by.split(",") if c.strip()]
    counted = counted_of(frame, zone_of(frame, zone), columns, day_of(until, "--until"))
    try:
        found = watch(counted.names, counted.counts, counted.start, share)
    except ValueError as error:
        fail(f"{frame.file}: {error}", "give a longer record, or another --share")
    write_rows(out, HEADER, ([s.to_json()[name] for name in HEADER] for s in found))
    lines = [f"{s.series}: {s.count} ({s.first} … {s.last}), usually 通常 {s.usual:g}; p {s.p:.2g}" for s in found]
    result = {"ok": True, "out": str(out), "series": len(counted.names), "last": counted.last.isoformat(),
              "share": share, "signals": [s.to_json() for s in found]}  # fmt: skip
    finish(result, as_json=as_json, text="\n".join(lines) or f"{len(counted.names)} series, none stands out 无突增")
