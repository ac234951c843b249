"""`bihuan programme play`: a sample with planted faults through the real engine, in a database of its own."""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, finish


def add_to(app: typer.Typer) -> None:
    """Add the command to the group of programmes. Source: docs/adr/0236."""
    app.command("play")(play)


def play(
    which: Annotated[str, typer.Argument(metavar="ID", help="A programme's id. 事项编号")],
    seed: Annotated[int, typer.Option("--seed", help="What everything is drawn from. 随机种子")] = 1,
    explain: Annotated[bool, typer.Option("--explain", help="Each planted item and what found it. 逐项说明")] = False,
    as_json: JsonOption = False,
) -> None:
    """Play a programme's sample with planted faults; compare what the engine found with the truth. 演练样例

    In a database of its own, which is gone afterwards. See docs/topics/play.md.
    """
    from bihuan.simulator.plays.cluster import own_database
    from bihuan.simulator.plays.samples import require_sample

    os.environ.setdefault("BIHUAN_LOG_LEVEL", "ERROR")
    os.environ.setdefault(
        "OPENBLAS_NUM_THREADS", "1"
    )  # sums, and the answer, do not depend on how many cores there are
    require_sample(which)
    with own_database():
        start_django()
        from django.db import connections

        from bihuan.simulator.plays.running import play_programme

        try:
            told = play_programme(which, seed, explain=explain)
        finally:
            connections.close_all()
    finish(told, as_json=as_json, text=_text(told))


def _text(told: dict[str, Any]) -> str:
    lines = [
        f"{item['verdict']:10}  {item['rule']:24} {item['key']}  {item['planted']}  ← {item['found_by']}"
        for item in told.get("items", ())
    ]
    lines += [f"✗ {fault}" for fault in told.get("faults", ())]
    lines.append(
        f"{told['found']} of {told['planted']} found, {told['false']} false, {told['refused']} refused, "
        f"{told['open']} open, conserved: {told['conserved']}, {told['seconds']} s"
    )
    return "\n".join(lines)
