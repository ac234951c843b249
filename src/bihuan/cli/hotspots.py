"""`bihuan hotspots`: the places of next week, ranked, with intervals and reasons."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.cli.forecast import day_of, frame_of, zone_of
from bihuan.cli.frames import DatesOption, OutOption, PresetOption, write_rows
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bihuan.cli.framing import Frame
    from bihuan.insight.forecast.cells import GridCells
    from bihuan.insight.forecast.ranking import HotSpots

app = typer.Typer()
HEADER = ("cell", "lon", "lat", "week", "expected", "q05", "q95", "rank", "why")


@app.command()
def hotspots(
    file: Annotated[
        Path | None, typer.Argument(help="CSV (.gz), XLSX, JSON lines, Parquet; none: own cases 数据文件")
    ] = None,
    preset: PresetOption = None,
    grid: Annotated[str, typer.Option(help="square or h3 网格")] = "square",
    size: Annotated[float, typer.Option(help="Side of a square, metres 边长（米）", min=50, max=5000)] = 250.0,
    resolution: Annotated[int, typer.Option(help="Of H3 cells, 7–10. 网格级别", min=7, max=10)] = 9,
    category: Annotated[str | None, typer.Option(help="Column of the type 类别列")] = None,
    time: Annotated[str | None, typer.Option(help="Column of the time 时间列")] = None,
    dates: DatesOption = None,
    lon: Annotated[str | None, typer.Option(help="Column of the longitude 经度列")] = None,
    lat: Annotated[str | None, typer.Option(help="Column of the latitude 纬度列")] = None,
    until: Annotated[str | None, typer.Option(help="Use only reports before this day, YYYY-MM-DD 截止日期")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA zone of the days; default: the preset's 时区")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the boosting 随机种子", min=0)] = 0,
    out: OutOption = Path("cells.csv"),
    as_json: JsonOption = False,
) -> None:
    """Rank map cells by the reports expected in the seven days after the last one. 下周热点

    See docs/topics/forecast.md.
    """
    import numpy as np
    from rich.console import Console

    from bihuan.insight.forecast import ranking
    from bihuan.insight.forecast.model import TooLittle
    from bihuan.insight.forecast.panel import local_days

    if grid not in ("square", "h3"):
        fail(f"--grid {grid!r} is not a grid", "write square or h3")
    frame = frame_of(file, preset, dates=dates, time=time, lon=lon, lat=lat, category=category)
    zone = zone_of(frame, zone)
    days, end = local_days(frame.times("time", zone), zone), day_of(until, "--until")
    known = ~np.isnat(days) & (days < np.datetime64(end, "D") if end else True)
    places, left_out = places_of(frame, known, grid, size, resolution)
    with Console(stderr=True, quiet=as_json).status(f"{len(places.ids)} cells · {len(frame)} reports"):
        try:
            found = ranking.hotspots(
                places,
                days,
                frame.strings("category") if "category" in frame.roles else None,
                until=end,
                seed=seed,
            )
        except TooLittle as error:
            fail(f"{frame.file}: {error}", "give a longer record, or check --time and --until")
    written = write_rows(out, HEADER, rows_of(found))
    result = {"ok": True, "out": str(out), "rows": written, "week": found.week.isoformat(), "left_out": left_out}
    text = f"{written} cells for the week of {found.week} ({found.method['ranking']}) → {out}"
    finish({**result, "method": found.method}, as_json=as_json, text=text)


def places_of(
    frame: Frame, known: NDArray[np.bool_], grid: str, size: float, resolution: int
) -> tuple[GridCells, dict[str, int]]:
    """Cells of the reports whose day is `known`; placeholder coordinates are told and left out.

    Source: docs/topics/places.md, "Points that stand for “unknown”".
    """
    import numpy as np

    from bihuan.insight.forecast import cells

    for axis in ("lon", "lat"):
        if axis not in frame.roles:
            fail(
                f"{frame.file}: which column is {axis}?", f"name it with --{axis}; columns: {', '.join(frame.columns)}"
            )
    lon = np.where(known, frame.numbers("lon"), np.nan)
    lat = np.where(known, frame.numbers("lat"), np.nan)
    unplaced = int((~cells.has_place(lon, lat) & known).sum())
    declared = [(float(x), float(y)) for x, y in frame.mapping.placeholders] if frame.mapping else []
    defaults = 0
    for x, y in {*declared, *cells.default_points(lon, lat)}:
        same: NDArray[np.bool_] = (np.abs(lon - x) < 1e-6) & (np.abs(lat - y) < 1e-6)
        if same.any():
            defaults += int(same.sum())
            note(f"{frame.file}: {int(same.sum())} reports at {x}, {y} left out: written where no place is known")
            lon, lat = np.where(same, np.nan, lon), np.where(same, np.nan, lat)
    try:
        made = cells.square_cells(lon, lat, size) if grid == "square" else cells.hexagon_cells(lon, lat, resolution)
    except ValueError as error:
        fail(f"{frame.file}: {error}", "check --lon and --lat")
    return made, {"unplaced": unplaced, "default_point": defaults}


def rows_of(found: HotSpots) -> Iterator[tuple[Any, ...]]:
    """One row per cell, the hottest first."""
    import numpy as np

    for i in np.argsort(found.rank):
        yield (
            found.cells.ids[i],
            round(float(found.cells.lon[i]), 6),
            round(float(found.cells.lat[i]), 6),
            found.week.isoformat(),
            round(float(found.expected[i]), 4),
            f"{found.low[i]:.4g}",
            f"{found.high[i]:.4g}",
            int(found.rank[i]),
            found.why[i],
        )
