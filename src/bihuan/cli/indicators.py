"""`bihuan indicators`, `rank`, `close-month`: a month's numbers, its ranking, and its publication."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.numbers.closing import Closed
    from bihuan.numbers.periods import Period
    from bihuan.numbers.report import Report

app = typer.Typer(no_args_is_help=True, add_completion=False)

PeriodOption = Annotated[str, typer.Option("--period", help="Month, YYYY-MM. 月份")]
Programme = Annotated[str | None, typer.Option("--programme", help="Count only this programme. 事项")]
DIMENSIONS = ("district", "area", "unit", "category")


@app.command("indicators")
def indicators(
    period: PeriodOption,
    by: Annotated[str, typer.Option("--by", help="district, area, unit or category. 维度")] = "district",
    programme: Programme = None,
    live: Annotated[bool, typer.Option("--live", help="Count now even if the month is closed. 实时计算")] = False,
    as_json: JsonOption = False,
) -> None:
    """Every indicator of a month, with interval, exclusions, definition and data cut. 月度指标

    See docs/topics/indicators.md.
    """
    if by not in DIMENSIONS:
        fail(f"--by {by!r} is not a dimension", f"use one of: {', '.join(DIMENSIONS)}")
    start_django()
    from bihuan.numbers.report import month_report

    report = month_report(_month(period), live=live)
    result = report.to_json(by, programme)  # type: ignore[arg-type]  # checked against DIMENSIONS above
    finish({"ok": True, **result}, as_json=as_json, text="\n".join(_table(report, result)))


@app.command("rank")
def rank(
    period: PeriodOption,
    programme: Programme = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Kind of unit; default: as declared. 单位类别")] = None,
    as_json: JsonOption = False,
) -> None:
    """Rank units by the programme's score, with the interval of every rank. 月度排名

    See docs/topics/indicators.md, "Ranking".
    """
    start_django()
    from bihuan.numbers.counting import month_cube
    from bihuan.numbers.periods import PeriodError
    from bihuan.numbers.ranking import rank_month
    from bihuan.numbers.report import month_report

    month = _month(period)
    report = month_report(month)
    registers, book = report.facts.registers, report.facts.book
    previous = month_cube(month.previous, cut=report.cube.cut, registers=registers)
    try:
        found = rank_month(report.cube, previous, registers, book, programme=programme, kind=kind)
    except PeriodError as error:
        fail(str(error), "name one with --programme")
    result = {"ok": True, "status": report.status, **found.to_json()}
    finish(result, as_json=as_json, text="\n".join(_ranking(result)))


@app.command("close-month")
def close_month(
    period: Annotated[str, typer.Argument(help="Month, YYYY-MM. 月份")],
    restate: Annotated[str | None, typer.Option("--restate", help="Reason; publishes what changed. 更正理由")] = None,
    check: Annotated[bool, typer.Option("--check", help="Recompute the published month, change nothing. 复算")] = False,
    as_json: JsonOption = False,
) -> None:
    """Close a month, restate a closed one, or recompute a published one. 封账、更正、复算

    See docs/topics/indicators.md, "Closing a month".
    """
    start_django()
    from bihuan.numbers import closing

    month, by = _month(period), f"cli:{getpass.getuser()}"
    try:
        if check:
            _check(month, as_json)
            return
        done = (
            closing.restate(month, by=by, reason=restate) if restate is not None else closing.close_month(month, by=by)
        )
    except closing.ClosingError as error:
        fail(error.message, error.remedy)
    _tell(done, as_json)


def _check(month: Period, as_json: bool) -> None:
    from bihuan.loop.store import current_facts
    from bihuan.numbers import closing

    registers = current_facts().registers
    found = closing.published(month, registers=registers)
    if found is None:
        fail(f"{month} is not closed", "close it first: bihuan close-month PERIOD")
    same = closing.recomputes(found, registers)
    text = f"{month} #{found.row.sequence}: " + ("recomputed identically 复算一致" if same else "DIFFERS 复算不一致")
    finish({"ok": same, "digest": found.row.digest, "sequence": found.row.sequence}, as_json=as_json, text=text)


def _tell(done: Closed, as_json: bool) -> None:
    row = done.row
    result = {
        "ok": True,
        "period": row.period,
        "sequence": row.sequence,
        "digest": row.digest,
        "previous": row.previous,
        "statement": str(row.statement_id),
        "cut": done.cube.cut.to_json(),
        "changes": [change.to_json() for change in done.changes],
    }
    lines = [f"{row.period} #{row.sequence}  {row.digest}"]
    lines += [f"  {c.indicator} {c.by} {c.key}: {c.before} → {c.after}" for c in done.changes[:20]]
    finish(result, as_json=as_json, text="\n".join(lines))


def _month(period: str) -> Period:
    from bihuan.numbers.kinds import kinds
    from bihuan.numbers.periods import PeriodError

    try:
        return kinds().parse(period)
    except PeriodError as error:
        return fail(str(error), "for example --period 2026-10")


def _table(report: Report, result: dict[str, Any]) -> Iterator[str]:
    cut = result["cut"]
    yield f"{result['period']} ({result['status']}) · {cut['size']} leaves of the log, to {cut['at']}"
    for told in result["indicators"].values():
        for key, number in told["values"].items():
            where = result["names"][key]["zh"]
            side = told.get("alarms", {}).get(key)
            alarm = f"  ⚠ {side}: outside {' – '.join(told['band'])}" if side else ""
            yield f"{told['name']['zh']} {told['name']['en']:32} {where:14} {_shown(number)}{alarm}"


def _shown(number: dict[str, Any]) -> str:
    if "count" in number:
        per = "" if number["per_10000"] is None else f"  ({number['per_10000']} per 10,000)"
        return f"{number['count']}{per}"
    if number["percent"] is None:
        return "–"
    interval = number["interval"]
    low, high = float(interval["low"]) * 100, float(interval["high"]) * 100
    out = sum(number["exclusions"].values())
    told = f"{number['percent']:>6} %  [{low:.1f}–{high:.1f}]  {number['numerator']}/{number['denominator']}"
    return told + (f"  excluded {out}" if out else "") + ("" if number["enough"] else "  (too few to rank)")


def _ranking(result: dict[str, Any]) -> Iterator[str]:
    yield f"{result['period']} · {result['programme']} · {result['rules']['scorecard']['citation']}"
    for line in result["lines"]:
        place = "–" if line["rank"] is None else f"{line['rank']:>2} [{line['rank_low']}–{line['rank_high']}]"
        classes = " ".join(one["name"]["zh"] for one in line["classes"])
        yield f"{place:12} {line['name']['zh']:12} {line['points'] or '–':>8}  {classes}"
