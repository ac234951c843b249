"""`bihuan watch`: let watches look, list and check them, say why, keep one quiet for a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from bihuan.console.output import JsonOption, fail, finish

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Watches: run, list, show, silence · 监看")

NameArgument = Annotated[str, typer.Argument(help="Name of a declared watch. 监看规则", show_default=False)]
ACTOR = "system:cli"


@app.command("run")
def run(
    at: Annotated[str, typer.Option("--at", help="The instant that is looked at; default now. 时刻")] = "",
    known: Annotated[str, typer.Option("--known", help="As known on that day or instant; default now. 所知截至")] = "",
    only: Annotated[list[str] | None, typer.Option("--only", help="A watch; repeatable; default all. 只看")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say why for each subject. 说明理由")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Look and tell; open and end nothing. 只看不立案")] = False,
    as_json: JsonOption = False,
) -> None:
    """Let every watch look once: new incidents become cases or reminders, gone ones are cleared. 运行监看

    See docs/topics/watches.md.
    """
    _start()
    from bihuan.watches.catalogue import current_catalogue
    from bihuan.watches.explaining import facts_line, run_told
    from bihuan.watches.running import run_watches

    found = run_watches(
        current_catalogue(), _instant(at, "--at"), _instant(known, "--known"), names=only or [], dry=dry_run
    )
    told = run_told(found, explain=explain)
    lines = [_counted(each) for each in told["watches"]]
    lines += [
        f"{each['watch']} {each['subject']}: {each['verdict']} {each.get('case', '')} — {each['because']['en']}; "
        f"{facts_line(each['facts'])}"
        for each in told.get("explained", ())
    ]
    failed = any("error" in each for each in told["watches"])
    finish({"ok": not failed, "dry": dry_run, **told}, as_json=as_json, text="\n".join(lines) or "none 无")


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """Every declared watch: what it looks at, what is open, how often it was right, how much work it made. 列表"""
    _start()
    from bihuan.registers.live import default_district
    from bihuan.watches.showing import watches_shown

    told = watches_shown(default_district())
    text = "\n".join(
        f"{each['watch']:<28} {each['kind']:<12} open {each['open']}  right {each['confirmed']} false {each['false']} "
        f"unknown {each['unknown']}  cases {each['cases']}"
        for each in told["watches"]
    )
    finish({"ok": True, **told}, as_json=as_json, text=text or "none 无")


@app.command("show")
def show(
    name: NameArgument,
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help="Incidents at most. 条数")] = 100,
    as_json: JsonOption = False,
) -> None:
    """One watch: its rule, open and past incidents with facts, silences, how right it was. 查看"""
    _start()
    from bihuan.registers.live import default_district
    from bihuan.watches.catalogue import current_catalogue
    from bihuan.watches.showing import watch_shown

    told = watch_shown(default_district(), current_catalogue().get(name), limit)
    text = "\n".join(
        f"{each['subject']} {each['incident']}  {each['opened']} – {each['ended'] or '…'} {each['how']} {each['case']}"
        for each in told["incidents"]
    )
    finish({"ok": True, **told}, as_json=as_json, text=text or "none 无")


@app.command("kinds")
def kinds_(as_json: JsonOption = False) -> None:
    """The closed catalogue of kinds of rules. 规则种类"""
    from bihuan.watches.kinds import kinds

    found = [
        {"kind": name, "zh": each.words.zh, "en": each.words.en, "about": each.about.en, "over": sorted(each.over)}
        for name, each in kinds().items()
    ]
    text = "\n".join(f"{each['kind']:<14} {each['zh']} · {each['en']}: {each['about']}" for each in found)
    finish({"ok": True, "kinds": found}, as_json=as_json, text=text)


@app.command("check")
def check(as_json: JsonOption = False) -> None:
    """Check every declaration against types, series, books and programmes. 核对声明"""
    _start()
    from bihuan.watches.catalogue import current_catalogue

    found = current_catalogue()
    listed = [
        {"watch": each.name, "programme": each.programme, "kind": each.declared.when.kind.name, "digest": each.digest}
        for _, each in sorted(found.watches.items())
    ]
    told = {"ok": not found.problems, "watches": listed, "problems": [each.as_dict() for each in found.problems]}
    text = "\n".join(
        [*(f"{row['watch']}  {row['kind']}  {row['digest']}" for row in listed), *map(str, found.problems)]
    )
    finish(told, as_json=as_json, text=text or "none 无")


@app.command("silence")
def silence(
    name: NameArgument,
    until: Annotated[str, typer.Option("--until", help="When it speaks again, 2026-12-31. 静默至")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for everybody to read. 理由")],
    subject: Annotated[str, typer.Option("--subject", help="About this key alone; default: about all. 对象编码")] = "",
    as_json: JsonOption = False,
) -> None:
    """Keep a watch quiet until an end, for a reason. 静默"""
    _start()
    from bihuan.registers.live import default_district
    from bihuan.watches import silences
    from bihuan.watches.catalogue import current_catalogue

    watch, end = current_catalogue().get(name), _instant(until, "--until")
    assert end is not None
    row = silences.silence(watch, default_district(), subject, end, reason, ACTOR, datetime.now(UTC))
    finish(
        {"ok": True, "id": str(row.id), "watch": name, "until": row.until.isoformat()},
        as_json=as_json,
        text=str(row.id),
    )


@app.command("lift")
def lift(
    key: Annotated[str, typer.Argument(help="Id of a silence. 静默编号", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """End a silence before its time. 解除静默"""
    _start()
    from uuid import UUID

    from bihuan.registers.live import default_district
    from bihuan.watches import silences

    try:
        wanted = UUID(key)
    except ValueError:
        fail(f"{key!r} 不是编号 · is no id", "see `bihuan watch show`")
    row = silences.lift(default_district(), wanted, ACTOR, datetime.now(UTC))
    finish({"ok": True, "id": key, "watch": row.watch}, as_json=as_json, text=f"{row.watch} {key}")


def _counted(each: dict[str, Any]) -> str:
    words = ("looked", "holds", "opened", "reminded", "refused", "known", "cleared", "retracted", "silenced")
    said = "  ".join(f"{word} {each[word]}" for word in words if each[word])
    return f"{each['watch']}: {said}" + (f"  ! {each['error']} → {each['remedy']}" if "error" in each else "")


def _instant(text: str, option: str) -> datetime | None:
    """An instant; a day means its last moment in the district's zone."""
    if not text:
        return None
    from bihuan.registers.live import current_registers

    zone = current_registers().calendar.zone
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text}: 不是时刻 · no instant", "write 2026-12-01 or 2026-12-01T09:00:00+08:00")
    if len(text) == len("2026-12-01"):
        return datetime.combine(found.date(), datetime.min.time(), zone) + timedelta(days=1, microseconds=-1)
    return found if found.tzinfo else found.replace(tzinfo=zone)


def _start() -> None:
    from bihuan.console.bootstrap import start_django

    start_django()
