"""`bihuan series`: load observations, show them as known then, check declarations and batches."""

from __future__ import annotations

import contextlib
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bihuan.console.output import JsonOption, fail, finish

app = typer.Typer(no_args_is_help=True, add_completion=False)

NameArgument = Annotated[str, typer.Argument(help="Name of a declared series. 序列名称")]


@app.command("load")
def load(
    name: NameArgument,
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, JSON lines or Parquet; also .gz, .zip. 数据文件")],
    unit: Annotated[str, typer.Option(help="Unit of the values, such as mg/m3. 数值单位")] = "",
    zone: Annotated[str, typer.Option(help="Zone of instants without one; default: the series'. 时区")] = "",
    source: Annotated[str, typer.Option(help="A declared source: its unit and flags. 来源")] = "",
    column: Annotated[
        list[str] | None, typer.Option("--column", help="subject=STATION: what the file calls a column. 列名")
    ] = None,
    rejects: Annotated[Path | None, typer.Option(help="File for all rejected rows (.csv or .jsonl). 退回文件")] = None,
    as_json: JsonOption = False,
) -> None:
    """Store a file of observations; wrong rows are rejected, the rest is taken, known ones are left. 载入观测值

    See docs/adr/0255-series.md.
    """
    _start()
    from django.utils import timezone

    from bihuan.readers import Rejects
    from bihuan.registers.live import default_district
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.loading import Reading
    from bihuan.series.taking import declared_source, take_file

    catalogue = current_catalogue()
    series = catalogue.get(name)
    how = Reading(timezone.now(), unit, _zone(zone), declared_source(series, source), _columns(column or []))
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(Rejects(rejects)) if rejects else None
        taken = take_file(
            file, catalogue, series, default_district(), how, "system:command",
            (lambda problem: kept.write(problem.file, [problem])) if kept else (lambda problem: None),
        )  # fmt: skip
    told = {"ok": taken.rejected == 0, "series": name, **asdict(taken)}
    lines = [f"{name}: {taken.stored} stored, {taken.known} known, {taken.rejected} rejected of {taken.rows}"]
    lines += [f"{r['file']}:{r['row']} {r['field']}: {r['rule']} — {r['remedy']}" for r in taken.rejects]
    finish(told, as_json=as_json, text="\n".join(lines))


@app.command("show")
def show(
    name: NameArgument,
    subject: Annotated[str, typer.Option(help="Key of a subject; default: the newest value of each. 对象编码")] = "",
    first: Annotated[str, typer.Option("--from", help="First instant, 2026-03-01. 起")] = "",
    last: Annotated[str, typer.Option("--to", help="Up to this instant, not with it. 止")] = "",
    vintage: Annotated[int | None, typer.Option(help="As known when that batch was stored. 当时的版次")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show values, now or as known at a vintage. 查看观测值

    See docs/adr/0255-series.md.
    """
    _start()
    from bihuan.registers.isolation import in_district
    from bihuan.registers.live import default_district
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.showing import newest, values_between

    series, district = current_catalogue().get(name), default_district()
    with in_district(district):
        if subject:
            told: dict[str, Any] = values_between(district, series, subject, first, last, vintage)
        else:
            told = newest(district, series)
    text = "\n".join(
        f"{row.get('subject', subject)}  {row['time']}  {row['value']:>12} {told['unit']}  {row['flag']}"
        for row in told["values"]
    )
    finish({"ok": True, **told}, as_json=as_json, text=text or "none 无")


@app.command("incidents")
def incidents(
    name: NameArgument,
    subject: Annotated[str, typer.Option(help="Key of a subject; default: all. 对象编码")] = "",
    as_json: JsonOption = False,
) -> None:
    """Show the incidents that the values support. 查看告警事件"""
    _start()
    from bihuan.registers.isolation import in_district
    from bihuan.registers.live import default_district
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.showing import incidents_shown

    series, district = current_catalogue().get(name), default_district()
    with in_district(district):
        told = incidents_shown(district, series, subject)
    text = "\n".join(
        f"{row['subject']}  {row['rule']}  {row['opened']} – {row['closed'] or '…'}  {row['peak']}"
        for row in told["incidents"]
    )
    finish({"ok": True, **told}, as_json=as_json, text=text or "none 无")


@app.command("close")
def close(
    name: NameArgument,
    month: Annotated[str, typer.Argument(help="Month, 2026-03. 月份", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Close a month as it is known; what changes it later restates it by a row and a statement. 封存月份

    See docs/topics/series.md.
    """
    _start()
    from django.utils import timezone

    from bihuan.registers.live import default_district
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.closing import close_month

    row = close_month(default_district(), current_catalogue().get(name), month, "system:command", timezone.now())
    told = {
        "ok": True,
        "series": name,
        "period": month,
        "values": row.values,
        "vintage": row.vintage,
        "digest": row.digest,
    }
    finish(told, as_json=as_json, text=f"{name} {month}: {row.values} values, {row.digest[:16]}")


@app.command("check")
def check(
    name: Annotated[str, typer.Argument(help="A series whose batches are proven; default: declarations. 序列")] = "",
    as_json: JsonOption = False,
) -> None:
    """Check every declaration; with a name, prove its batches against the log. 核对声明与批次

    See docs/adr/0255-series.md.
    """
    if not name:
        _check_declarations(as_json)
        return
    _start()
    from bihuan.registers.isolation import in_district
    from bihuan.registers.live import default_district
    from bihuan.series.catalogue import current_catalogue
    from bihuan.series.proving import prove_batches

    series, district = current_catalogue().get(name), default_district()
    with in_district(district):
        proven = prove_batches(district, series.name)
    text = f"{name}: {proven['batches']} batches, {proven['rows']} rows, {len(proven['wrong'])} not as logged"
    finish({"ok": not proven["wrong"], "series": name, **proven}, as_json=as_json, text=text)


def _check_declarations(as_json: bool) -> None:
    from bihuan.series.catalogue import current_catalogue, unit_problems

    catalogue = current_catalogue()
    problems = [*catalogue.problems, *unit_problems(catalogue)]
    listed = [
        {"name": each.name, "programme": each.programme, "unit": each.declared.unit, "digest": each.digest}
        for _, each in sorted(catalogue.series.items())
    ]
    told = {"ok": not problems, "series": listed, "problems": [problem.as_dict() for problem in problems]}
    text = "\n".join([*(f"{row['name']}  {row['unit']}  {row['digest']}" for row in listed), *map(str, problems)])
    finish(told, as_json=as_json, text=text or "none 无")


def _columns(given: list[str]) -> dict[str, str]:
    from bihuan.series.loading import NEEDED, OPTIONAL

    pairs = dict(each.partition("=")[::2] for each in given)
    if wrong := [name for name, column in pairs.items() if name not in (*NEEDED, *OPTIONAL) or not column]:
        fail(
            f"--column {wrong[0]}: no column of that name", f"one of {', '.join((*NEEDED, *OPTIONAL))}, as subject=站点"
        )
    return pairs


def _zone(name: str) -> str:
    from zoneinfo import ZoneInfo

    try:
        return str(ZoneInfo(name)) if name else ""
    except (ValueError, OSError, KeyError):
        fail(f"{name!r} is no time zone", "write one such as Asia/Shanghai or UTC")


def _start() -> None:
    from bihuan.console.bootstrap import start_django

    start_django()
