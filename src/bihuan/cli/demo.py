"""`bihuan demo`: a model district with 90 simulated days behind it, then the pages. What `make run` calls."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.cli import run, samples
from bihuan.console.bootstrap import private_server, start_django
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.server.home import Home

app = typer.Typer()

DISTRICT = "haidian"
PROGRAMME = "hotline"
RATES = ("response_rate", "resolution_rate", "satisfaction_rate")
PASSWORD = "bihuan-demo"  # noqa: S105  # the published password of invented people; refused in production


@app.command()
def demo(
    days: Annotated[int, typer.Option(help="Days to play 仿真天数", min=1)] = 90,
    seed: Annotated[int, typer.Option(help="Seed 随机种子", min=0)] = 1,
    port: Annotated[int, typer.Option(help="Port 端口")] = 8000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Only prepare 只准备数据")] = False,
    with_samples: Annotated[
        bool, typer.Option("--samples/--no-samples", help="Then play each programme's sample 随后演练各事项样例")
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """A model district with 90 simulated days, then serve; a second start only serves. 演示

    See docs/topics/simulator.md.
    """
    from bihuan.server.home import current_home

    os.environ.setdefault("BIHUAN_LOG_LEVEL", "WARNING")  # somebody reads this terminal
    began = time.monotonic()
    home = current_home()
    mark = home.path / "demo.json"
    known = _read(mark)
    if known.get("state") != "played":
        _refuse_real_data(mark)
        known = _play(mark, days, seed)
    elif _outdated(home):
        _step("new version: tables and static files 新版本：升级", "init")
    seconds = time.monotonic() - began
    _show(known["rates"], port, seconds)
    if no_serve:
        if with_samples:
            samples.play_missing(mark, seed)
        told = {"seconds": round(seconds, 1), "faults": known.get("faults", 0), "rates": known["rates"]}
        finish({"ok": True, **told}, as_json=as_json)
        return
    with samples.played_behind(mark, seed) if with_samples else nullcontext():
        run.serve(port=port, with_worker=True, as_json=as_json)


def _outdated(home: Home) -> bool:
    """True when this version has other tables or a newer front end than the home."""
    from importlib.resources import files

    start_django()
    from bihuan.server.migrate import pending_migrations

    built = Path(str(files("bihuan.faces"))) / "static" / "faces" / "dist" / "manifest.json"
    collected = home.static / "staticfiles.json"
    newer = built.exists() and collected.exists() and built.stat().st_mtime > collected.stat().st_mtime
    return bool(pending_migrations()) or newer or not collected.exists()


def _read(mark: Path) -> dict[str, Any]:
    """What an earlier demonstration left about itself."""
    known: dict[str, Any] = json.loads(mark.read_text(encoding="utf-8")) if mark.exists() else {}
    return known


def _refuse_real_data(mark: Path) -> None:
    """Never mix invented cases into a home that somebody uses; a demonstration that was interrupted starts anew."""
    home = mark.parent
    if not (home / "secrets.env").exists():
        return
    server = private_server()
    if server is None or not mark.exists():
        fail(f"{home} is in use already", "point BIHUAN_HOME at an empty folder for the demonstration")
    note("The last demonstration was interrupted; starting anew. 上次演示中断，重新开始")
    server.empty()


def _play(mark: Path, days: int, seed: int) -> dict[str, Any]:
    """Prepare everything; the mark says how far it came, so that an interrupted run is recognised."""
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(json.dumps({"state": "begun"}), encoding="utf-8")
    _step("1/5 database 数据库", "init")
    _step("2/5 district: areas, organisations, duties, people 区划、机构、职责、人员", "load", "district", DISTRICT)
    _step("3/5 knowledge base 知识库", "knowledge", "load", PROGRAMME)
    faults = _simulate(days, seed)
    known = {"state": "played", "days": days, "seed": seed, "faults": faults, "rates": _rates(days)}
    mark.write_text(json.dumps(known, ensure_ascii=False), encoding="utf-8")
    return known


def _simulate(days: int, seed: int) -> int:
    """Play the days; returns how many faults the simulator had.

    Invented residents who err are no reason not to look at the product: what was played stays, and the faults are
    said and counted.
    """
    title = f"4/5 {days} days 仿真 {days} 天"
    code, said = _run(title, "simulate", "--days", str(days), "--seed", str(seed), "--json")
    if code == 0:
        return 0
    answer = _last_object(said)
    faults = max(1, int(answer.get("refused", 0)) + int(answer.get("differences", 0)))
    why = answer.get("error") or "; ".join(f"{r['command']}: {r['text']}" for r in answer.get("refusals", [])[:3])
    note(f"  the simulator had {faults} faults ({why}); the demonstration goes on. 仿真有 {faults} 处错误，演示继续")
    return faults


def _step(title: str, *words: str) -> str:
    """Run one command that has to succeed; its output, shown when it fails."""
    code, said = _run(title, *words)
    if code != 0:
        fail(f"`bihuan {' '.join(words)}` failed: {said.strip()[-2000:]}", "run that command alone to see why")
    return said


def _run(title: str, *words: str) -> tuple[int, str]:
    """Run one command as a process of its own with its progress visible; its exit code and standard output."""
    note(title)
    command = [sys.executable, "-m", "bihuan.cli", *words]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout


def _last_object(said: str) -> dict[str, Any]:
    """The JSON object of the last line; empty when there is none, as after a kill."""
    try:
        found = json.loads(said.splitlines()[-1])
    except (IndexError, json.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def _month_of_the_middle(days: int) -> str:
    """The month with the most of what was played: for 90 days the last full one."""
    return f"{dt.datetime.now(dt.UTC) - dt.timedelta(days=days / 2):%Y-%m}"


def _rates(days: int) -> list[str]:
    """The three rates of the district as lines to show; none when they could not be counted."""
    period = _month_of_the_middle(days)
    code, said = _run(f"5/5 three rates of {period} 三率", "indicators", "--period", period, "--json")
    found = _last_object(said).get("indicators")
    if code != 0 or not found:
        return [f"{period}: the rates could not be counted; see `bihuan indicators --period {period}`"]
    return [f"{period} {_line(found[name])}" for name in RATES]


def _line(indicator: dict[str, Any]) -> str:
    names, rate = indicator["name"], indicator["values"]["*"]
    if rate["interval"] is None:
        return f"{names['zh']} {names['en']}: – (0 cases)"
    low, high = (f"{float(rate['interval'][end]) * 100:.1f}" for end in ("low", "high"))
    share = f"{rate['percent']} %  [{low}–{high}]  {rate['numerator']}/{rate['denominator']}"
    return f"{names['zh']} {names['en']}: {share}"


def _show(rates: list[str], port: int, seconds: float) -> None:
    """The three rates, and where to look."""
    url = f"http://127.0.0.1:{port}"
    lines = ["", f"Bihuan 闭环 · prepared in {seconds:.0f} s", *(f"  {line}" for line in rates), ""]
    lines += [
        f"  {url}/                 residents 居民",
        f"  {url}/accounts/login/  staff 工作人员 (password 口令: {PASSWORD})",
        *(f"      {name:<10} {role}" for name, role in _people().items()),
        "  bihuan indicators · bihuan rank · bihuan case list · bihuan audit verify · bihuan stop",
        "",
    ]
    note("\n".join(lines))


def _people() -> dict[str, str]:
    """One log-in for each kind of working person of the district: its name, and that of its role."""
    from bihuan.registers.pure.roles import catalogue
    from bihuan.registers.pure.sheets import read_whole_table
    from bihuan.registers.pure.snapshot import SHIPPED_DISTRICTS
    from bihuan.registers.pure.tables import COLUMNS

    found: dict[str, str] = {}
    for row in read_whole_table(SHIPPED_DISTRICTS / DISTRICT / "users.csv", *COLUMNS["users"]):
        role = catalogue()[row.list("roles")[0]]
        called = f"{role.name.zh} {role.name.en}"
        if role.rooms and called not in found.values():
            found[row.text("username")] = called
    return found
