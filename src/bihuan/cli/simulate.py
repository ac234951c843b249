"""`bihuan simulate`: play a district with known truth into the database."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.cli import retiring
from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from collections.abc import Callable

app = typer.Typer()


@app.command()
def simulate(
    days: Annotated[int, typer.Option(help="Days to play, ending now 仿真天数", min=1, max=3660)] = 90,
    seed: Annotated[int, typer.Option(help="The one seed of everything 随机种子", min=0)] = 1,
    cases_per_day: Annotated[float, typer.Option(help="About how many cases a day 日均案件数", min=1)] = 222.0,
    programme: Annotated[str, typer.Option(help="Programme to play 事项")] = "hotline",
    kind: Annotated[str, typer.Option(help="Kind of case; default: its first 案件类型")] = "",
    until: Annotated[str, typer.Option(help="End, ISO with zone; default: now 结束时间")] = "",
    prevention: Annotated[
        float | None, typer.Option(help="Weekly visits; share of reports each spares 预防效果", min=0, max=1)
    ] = None,
    visits: Annotated[int, typer.Option(help="With --prevention: visits a week 每周巡查数", min=1)] = 40,
    truth: Annotated[Path | None, typer.Option(help="Write the truth to FILE.json or a folder of Parquet 真值")] = None,
    as_json: JsonOption = False,
) -> None:
    """Play a district with known truth: residents, root causes, units (one closes falsely). 仿真

    See docs/topics/simulator.md.
    """
    start_django()
    from bihuan.loop import pausing
    from bihuan.loop.programmes import all_programmes
    from bihuan.notices import planning
    from bihuan.server import statistics
    from bihuan.server.keeping import Rows
    from bihuan.simulator.playing import play_district
    from bihuan.simulator.town import Plan
    from bihuan.simulator.visits import Prevention

    known = all_programmes()
    if programme not in known:
        fail(f"there is no programme {programme!r}", f"choose one of {', '.join(sorted(known))}")
    kinds = known[programme].cases
    chosen = kind or next(iter(kinds))
    if chosen not in kinds:
        fail(f"programme {programme} has no kind of case {chosen!r}", f"choose one of {', '.join(kinds)}")
    if kinds[chosen].shape == "gate":
        fail(f"{programme} {chosen} is a gate: it has reviewers and no residents", "choose a complaint or a patrol")
    if retiring.retired_today(programme):
        fail(f"{programme} 已停止受理新件 · takes no new cases", "`bihuan programme resume`")
    planted = None if prevention is None else Prevention(prevention, visits)
    plan = Plan(days, seed, _end(until), cases_per_day, planted)
    with pausing.playing():
        with _Progress(plan.end, days, quiet=not sys.stderr.isatty()) as progress:
            outcome = play_district(programme, chosen, plan, progress)
        statistics.refresh()
        planning.pass_over()
    if outcome.truth.visits is not None:
        outcome.truth.visits.write(Rows("prevention"))
    if truth is not None:
        for path in outcome.truth.write(truth):
            note(f"truth: {path}")
    finish(outcome.summary(), as_json=as_json, text=_text(outcome.summary()))


def _end(until: str) -> datetime:
    if not until:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        end = datetime.fromisoformat(until)
    except ValueError:
        fail(f"--until {until!r} is not an instant", "write for example 2026-11-23T18:00:00+08:00")
    if end.tzinfo is None:
        fail(f"--until {until!r} names no zone", "add one, for example +08:00")
    return end.astimezone(UTC)


class _Progress:
    """A bar of simulated days on standard error; nothing when quiet or not a terminal."""

    def __init__(self, end: datetime, days: int, *, quiet: bool) -> None:
        self.first = int(end.timestamp()) - days * 86_400
        self.days, self.quiet, self.reached = days, quiet, 0

    def __enter__(self) -> Callable[[int], None]:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.bar = Progress(*columns, console=Console(stderr=True), disable=self.quiet)
        self.bar.start()
        self.task = self.bar.add_task("days 天", total=self.days)
        return self._to

    def _to(self, at: int) -> None:
        day = min(self.days, (at - self.first) // 86_400)
        if day > self.reached:
            self.reached = day
            self.bar.update(self.task, completed=day)

    def __exit__(self, *_: object) -> None:
        self.bar.stop()


def _text(summary: dict[str, Any]) -> str:
    states = ", ".join(f"{k} {v}" for k, v in sorted(summary["states"].items()))
    return (
        f"{summary['cases']} cases, {summary['events']} events in {summary['seconds']} s "
        f"({summary['refused']} refusals, {summary['differences']} differences)\n{states}\n"
        f"False closer 虚假办结单位: {', '.join(summary['false_closers'])}"
    )
