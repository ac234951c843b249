"""`bihuan forecast`: how many reports per area and type in the days or weeks ahead, with calibrated quantiles."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.cli.frames import DatesOption, OutOption, PresetOption, read_frame, write_rows
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.cli.framing import Frame
    from bihuan.insight.forecast.daykinds import Holidays
    from bihuan.insight.forecast.model import Forecast
    from bihuan.insight.forecast.panel import DailyCounts

app = typer.Typer()
HEADER = ("series", "date", "mean", "q05", "q25", "q50", "q75", "q95")
HOME_ZONE = "Asia/Shanghai"


@app.command()
def forecast(
    file: Annotated[
        Path | None, typer.Argument(help="CSV (.gz), XLSX, JSON lines, Parquet; none: own cases 数据文件")
    ] = None,
    preset: PresetOption = None,
    by: Annotated[str, typer.Option(help="Columns that make a series, comma-separated 分组列")] = "area,category",
    horizon: Annotated[int, typer.Option(help="Days, or weeks with --freq W 预测期数", min=1, max=366)] = 14,
    freq: Annotated[str, typer.Option(help="D days, W weeks of seven days from the last day on 频率")] = "D",
    time: Annotated[str | None, typer.Option(help="Column of the time 时间列")] = None,
    dates: DatesOption = None,
    until: Annotated[str | None, typer.Option(help="Use only reports before this day, YYYY-MM-DD 截止日期")] = None,
    zone: Annotated[str | None, typer.Option(help="IANA zone of the days; default: the preset's 时区")] = None,
    holidays: Annotated[
        Path | None, typer.Option(help="CSV date,holiday|workday instead of the zone's 节假日文件")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the boosting 随机种子", min=0)] = 0,
    out: OutOption = Path("forecast.csv"),
    as_json: JsonOption = False,
) -> None:
    """Forecast counts per series (cells joined by `|`) and period after the last day. 未诉先办：诉求量预测

    See docs/topics/forecast.md.
    """
    from rich.console import Console

    from bihuan.insight.forecast import model

    if freq not in ("D", "W"):
        fail(f"--freq {freq!r} is not a frequency", "write D for days or W for weeks")
    frame = frame_of(file, preset, dates=dates, time=time)
    zone = zone_of(frame, zone)
    counted = counted_of(frame, zone, [c.strip() for c in by.split(",") if c.strip()], day_of(until, "--until"))
    with Console(stderr=True, quiet=as_json).status(f"{len(counted.names)} series · {counted.start} – {counted.last}"):
        try:
            found = model.forecast(
                counted.counts,
                counted.start,
                horizon,
                "D" if freq == "D" else "W",
                groups=counted.groups,
                holidays=calendar_of(zone, holidays),
                seed=seed,
                country=country_of(zone),
            )
        except model.TooLittle as error:
            fail(f"{frame.file}: {error}", "give a longer record, or coarser series with --by")
    written = write_rows(out, HEADER, rows_of(counted, found))
    for sentence in found.notes:
        note(sentence)
    finish(_result(counted, found, out, written), as_json=as_json, text=_text(counted, found, out))


def frame_of(file: Path | None, preset: str | None, *, dates: str | None = None, **roles: str | None) -> Frame:
    """The file's records, or the platform's own cases."""
    if file is None:
        from bihuan.cli.own import own_frame

        return own_frame()
    frame = read_frame(file, preset, dates=dates, **roles)
    if "time" not in frame.roles:
        fail(
            f"{file}: which column is the time?",
            f"name it with --time or a --preset; columns: {', '.join(frame.columns)}",
        )
    return frame


def zone_of(frame: Frame, zone: str | None) -> str:
    """The zone whose days are counted: named, else the preset's, else China's.

    Raises:
        Failure: there is no such zone.

    Source: docs/topics/import.md, "Local times".
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    name = zone or (str(frame.mapping.exact_zone.info) if frame.mapping else HOME_ZONE)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        fail(f"there is no time zone {name!r}", "write an IANA name, for example Asia/Shanghai")
    return name


def country_of(zone: str) -> str:
    """CN for China's zones, else nothing: only there are seasons tabled. Source: docs/topics/forecast.md."""
    from bihuan.insight.forecast import daykinds

    return "CN" if zone in daykinds.CHINA_ZONES else ""


def day_of(text: str | None, option: str) -> date | None:
    """An ISO day or nothing."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        fail(f"{option} {text!r} is not a day", "write for example 2026-11-01")


def calendar_of(zone: str, file: Path | None) -> Holidays:
    """Holidays of a file, else of the zone. Source: docs/topics/forecast.md."""
    from bihuan.insight.forecast import daykinds

    if file is None:
        return daykinds.holidays_of_zone(zone)
    try:
        return daykinds.read_holidays(file)
    except (OSError, daykinds.BadHolidays) as error:
        fail(str(error), "give a CSV file with lines like 2026-10-01,holiday")


def counted_of(frame: Frame, zone: str, by: list[str], until: date | None) -> DailyCounts:
    """Daily counts of the frame's reports; tells how many rows were left out. Source: docs/topics/forecast.md."""
    from bihuan.insight.forecast import model
    from bihuan.insight.forecast.panel import count_series, local_days

    try:
        days = local_days(frame.times("time", zone), zone)
        counted = count_series(days, [frame.strings(column) for column in by], until)
    except model.TooLittle as error:
        fail(f"{frame.file}: {error}", "check --time and --until")
    if counted.early:
        note(f"{frame.file}: {counted.early} rows left out: before the record becomes dense")
    return counted


def rows_of(counted: DailyCounts, found: Forecast) -> Iterator[tuple[Any, ...]]:
    """One row per series and period. Source: docs/topics/forecast.md."""
    days = [day.isoformat() for day in found.dates]
    for s, name in enumerate(counted.names):
        for t, day in enumerate(days):
            yield (name, day, round(float(found.mean[s, t]), 4), *(f"{q:.4g}" for q in found.quantiles[s, t]))


def _result(counted: DailyCounts, found: Forecast, out: Path, written: int) -> dict[str, Any]:
    return {
        "ok": True,
        "out": str(out),
        "rows": written,
        "series": len(counted.names),
        "history": {"first": counted.start.isoformat(), "last": counted.last.isoformat()},
        "left_out": {"undated": counted.undated, "early": counted.early, "late": counted.late},
        "expected": round(float(found.mean.sum()), 2),
        "method": found.method,
        "notes": list(found.notes),
    }


def _text(counted: DailyCounts, found: Forecast, out: Path) -> str:
    days = found.dates
    return (
        f"{len(counted.names)} series, {found.method['model']}, history {counted.start} – {counted.last}\n"
        f"{found.mean.sum():.0f} reports expected {days[0]} – {days[-1]} → {out}"
    )
