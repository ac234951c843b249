"""`bihuan hj212`: what was received from data loggers."""

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bihuan.console.output import JsonOption, finish
from bihuan.faults import Fault
from bihuan.server.home import current_home
from bihuan.standards.hj212.evidence import write_evidence
from bihuan.standards.hj212.wire import FOLDER

app = typer.Typer(no_args_is_help=True, help="What was received from data loggers. 数采仪报文")
ZONE = ZoneInfo("Asia/Shanghai")


@app.callback()
def receive() -> None:
    """What was received from data loggers. 数采仪报文"""


@app.command("evidence")
def evidence(
    mn: Annotated[str, typer.Argument(help="Number of the logger. 数采仪编号")],
    first: Annotated[str, typer.Option("--from", help="First instant of receipt. 起")],
    last: Annotated[str, typer.Option("--to", help="Until this instant of receipt. 止")],
    out: Annotated[Path, typer.Option("--out", help="ZIP that is written. 输出文件")],
    as_json: JsonOption = False,
) -> None:
    """Write the frames of a logger with their digests and readings. 证据包"""
    told = write_evidence(current_home().path / FOLDER, mn, _instant(first), _instant(last), out)
    text = f"{told['frames']} frames · 帧，{out} sha256 {told['sha256']}"
    finish({"ok": True, "out": str(out), **told}, as_json=as_json, text=text)


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise Fault(f"{text} 不是时间 · is no instant", "2026-03-02T08:00") from error
    return at if at.tzinfo else at.replace(tzinfo=ZONE)
