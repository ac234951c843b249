"""`bihuan open311`: what was forwarded, and one pass at once."""

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, finish

app = typer.Typer(no_args_is_help=True, help="Cases forwarded to other installations. 转送其他系统")


@app.command("list")
def listed(as_json: JsonOption = False) -> None:
    """What went where, and how it stands there; declared forwards with a fault. 转送清单"""
    start_django()
    from bihuan.loop.store import current_facts
    from bihuan.standards.open311.forwarding import forwarded
    from bihuan.standards.open311.forwards import all_forwards, forwards_aside

    rows = list(forwarded(current_facts().registers.district.code))
    faults = [str(error) for error in forwards_aside().values()]
    lines = [f"{each['number']} → {each['forward']} {each['state']} {each['remote']} {each['detail']}" for each in rows]
    body = {"ok": not faults, "forwards": sorted(all_forwards()), "cases": rows, "faults": faults}
    finish(body, as_json=as_json, text="\n".join([*lines, *faults]))


@app.command("pass")
def one_pass(as_json: JsonOption = False) -> None:
    """Plan, send and follow once; the worker does the same every half minute. 转送并跟踪一次"""
    start_django()
    from bihuan.loop.store import current_facts
    from bihuan.standards.open311.client import endpoints
    from bihuan.standards.open311.forwarding import forward_all

    planned, sent, heard = forward_all(current_facts(), endpoints())
    told = {"ok": True, "planned": planned, "sent": sent, "heard": heard}
    finish(told, as_json=as_json, text=f"planned {planned}, sent {sent}, heard {heard}")
