"""`bihuan load`: users, organisations, duties, areas, deputies, calendars and whole districts from files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.registers.loading import LoadOutcome
    from bihuan.registers.pure.errors import RegisterError

app = typer.Typer(
    no_args_is_help=True,
    help="Load registers from CSV, XLSX or YAML; wrong rows are rejected, the rest is applied · 批量导入基础数据",
)

FileArgument = Annotated[Path, typer.Argument(help="CSV, XLSX or YAML file 文件", show_default=False)]
DistrictOption = Annotated[
    str, typer.Option("--district", help="District code; needed when several are loaded 区划代码")
]
RejectsOption = Annotated[
    Path | None, typer.Option("--rejects", help="Where rejected rows go; default FILE.rejects.csv 被拒行文件")
]


@app.command("users")
def users(
    file: FileArgument, district: DistrictOption = "", rejects: RejectsOption = None, as_json: JsonOption = False
) -> None:
    """Log-ins and their roles in scopes · 用户与角色.

    See docs/topics/registers.md, "Loading".
    """
    _load("users", file, district, rejects, as_json)


@app.command("organisations")
def organisations(
    file: FileArgument, district: DistrictOption = "", rejects: RejectsOption = None, as_json: JsonOption = False
) -> None:
    """Organisations with their spans of validity · 组织机构.

    See docs/topics/registers.md, "Loading".
    """
    _load("organisations", file, district, rejects, as_json)


@app.command("duties")
def duties(
    file: FileArgument, district: DistrictOption = "", rejects: RejectsOption = None, as_json: JsonOption = False
) -> None:
    """The duty matrix: category × area → lead · 职责清单.

    See docs/topics/registers.md, "Loading".
    """
    _load("duties", file, district, rejects, as_json)


@app.command("areas")
def areas(
    file: FileArgument, district: DistrictOption = "", rejects: RejectsOption = None, as_json: JsonOption = False
) -> None:
    """Streets and communities by official code · 行政区划.

    See docs/topics/registers.md, "Loading".
    """
    _load("areas", file, district, rejects, as_json)


@app.command("deputies")
def deputies(
    file: FileArgument, district: DistrictOption = "", rejects: RejectsOption = None, as_json: JsonOption = False
) -> None:
    """Who stands in at night and on days off · 值班代理.

    See docs/topics/registers.md, "Loading".
    """
    _load("deputies", file, district, rejects, as_json)


@app.command("calendars")
def calendars(
    file: FileArgument,
    apply: Annotated[
        bool, typer.Option("--apply", help="Count provisional deadlines of open cases again 重算未结案件的暂定时限")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """One year's working-day schedule; shows the provisional deadlines it moves, `--apply` moves them · 工作日历.

    See docs/topics/registers.md, "Loading".
    """
    start_django()
    outcome, began = _taken("calendars", file, "")
    moved, cases, done = _recount(apply)
    result = outcome.as_dict() | {
        "ok": not outcome.rejects,
        "seconds": round(time.monotonic() - began, 2),
        "moves": moved,
        "cases": cases,
        "recounted": done,
    }
    lines = [_line(outcome)]
    for m in moved:
        lines.append(
            f"{m['number']:22} {m['clock']:14} {m['before']:%Y-%m-%d %H:%M}Z → {m['after']:%Y-%m-%d %H:%M}Z"
            f"  {m['edition_before']} → {m['edition']}{'' if m['certain'] else ' (provisional 暂定)'}"
        )
    lines.append(
        f"{done} open cases counted again · 已重算 {done} 件"
        if apply
        else f"{len(moved)} provisional deadlines of {cases} open cases would move · 涉及 {cases} 件"
    )
    if moved and not apply:
        note(
            "→ nothing has moved yet; when the list is right run the same command with --apply · 核对后加 --apply 生效"
        )
    finish(result, as_json=as_json, text="\n".join(lines))


def _recount(apply: bool) -> tuple[list[dict[str, Any]], int, int]:
    """(what the calendar in force moves, in how many open cases, how many were counted again)."""
    import msgspec

    from bihuan.loop import recalendar
    from bihuan.loop.store import current_facts
    from bihuan.registers import live
    from bihuan.registers.models import District

    live.forget_snapshots()
    if not District.objects.exists():
        return [], 0, 0
    facts = current_facts()
    moved = recalendar.difference(facts)
    done = recalendar.apply(facts) if apply else 0
    return [msgspec.structs.asdict(m) for m in moved], len({m.number for m in moved}), done


@app.command("district")
def district(
    folder: Annotated[str, typer.Argument(help="Folder, or the name of a shipped district 目录或内置区名")],
    without_users: Annotated[bool, typer.Option("--without-users", help="Leave out log-ins 不导入用户")] = False,
    as_json: JsonOption = False,
) -> None:
    """A whole district from a folder: areas, organisations, duties, users, deputies · 整区数据.

    See docs/topics/registers.md, "Loading".
    """
    start_django()
    from bihuan.registers.loading import load_district
    from bihuan.registers.pure.errors import RegisterError

    began = time.monotonic()
    try:
        facts, outcomes = load_district(folder, users=not without_users)
    except RegisterError as error:
        _refuse(error)
    rejected = sum(len(outcome.rejects) for outcome in outcomes)
    for outcome in outcomes:
        _note_rejects(outcome)
    result: dict[str, Any] = {
        "ok": rejected == 0,
        "district": facts.code,
        "registers": [outcome.as_dict() for outcome in outcomes],
        "rejected": rejected,
        "seconds": round(time.monotonic() - began, 2),
    }
    lines = [f"{facts.code} {facts.name_zh} {facts.name_en}", *map(_line, outcomes)]
    finish(result, as_json=as_json, text="\n".join(lines))


@app.command("reform")
def reform(
    file: Annotated[Path, typer.Argument(help="YAML file of the decision 机构改革文件", show_default=False)],
    district_code: DistrictOption = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would change 只预览")] = False,
    as_json: JsonOption = False,
) -> None:
    """A reorganisation: units end, heirs take over duties and members · 机构改革.

    See docs/topics/registers.md, "Reorganisation".
    """
    start_django()
    from bihuan.registers import live
    from bihuan.registers.loading import load_reform
    from bihuan.registers.pure.errors import RegisterError

    try:
        outcomes = load_reform(file, district_code or live.default_district(), apply=not dry_run)
    except RegisterError as error:
        _refuse(error)
    gaps = _gaps()
    moved = 0 if dry_run else _succeed()
    result = {"ok": True, "applied": not dry_run, "registers": [o.as_dict() for o in outcomes], "gaps": len(gaps)}
    lines = [*map(_line, outcomes), f"gaps: {len(gaps)}", _moved(moved)]
    finish(result | {"inherited": moved}, as_json=as_json, text="\n".join(lines))


@app.command("check")
def check(as_json: JsonOption = False) -> None:
    """Has every category in every area on every date exactly one lead? · 职责全覆盖检查.

    See docs/topics/registers.md, "The duty matrix".
    """
    start_django()
    gaps = _gaps()
    for gap in gaps[:20]:
        span = f"from {gap['since'] or 'ever'} until {gap['until'] or 'ever'}"
        note(f"{gap['category']} × {gap['area']} {span}: {gap['what']}")
    if gaps:
        note("→ add duty rows with: bihuan load duties FILE; until then the district itself answers")
    finish({"ok": not gaps, "gaps": len(gaps), "list": gaps[:100]}, as_json=as_json, text=f"gaps: {len(gaps)}")


def _gaps() -> list[dict[str, str]]:
    from bihuan.loop.programmes import all_programmes, folder_of
    from bihuan.registers import live
    from bihuan.registers.pure.categories import load_categories
    from bihuan.registers.pure.errors import RegisterError

    try:
        registers = live.current_registers()
    except RegisterError as error:
        _refuse(error)
    trees = {
        folder_of(name) / kind.categories
        for name, programme in all_programmes().items()
        for kind in programme.cases.values()
        if kind.categories and kind.duty.by == "matrix"
    }
    leaves = {leaf.code for tree in trees for leaf in load_categories(tree).leaves}
    streets = [area.code for area in registers.areas.at_level("street")]
    return [gap.as_dict() for gap in registers.duties.coverage_check(sorted(leaves), streets)]


def _load(register: str, file: Path, district_code: str, rejects: Path | None, as_json: bool) -> None:
    start_django()
    outcome, began = _taken(register, file, district_code)
    result = outcome.as_dict() | {"ok": not outcome.rejects, "seconds": round(time.monotonic() - began, 2)}
    if outcome.rejects:
        target = rejects or file.with_name(file.name + ".rejects.csv")
        outcome.write_rejects(target)
        result["rejects_file"] = str(target)
        _note_rejects(outcome)
        note(f"{len(outcome.rejects)} rejected rows written to {target}; correct them there and load that file")
    text = _line(outcome)
    if register == "organisations":
        result["inherited"] = moved = _succeed()
        text = f"{text}\n{_moved(moved)}"
    finish(result, as_json=as_json, text=text)


def _taken(register: str, file: Path, district_code: str) -> tuple[LoadOutcome, float]:
    """What loading a file came to, and when it began (seconds of the monotonic clock)."""
    from bihuan.registers import live
    from bihuan.registers.loading import load_register
    from bihuan.registers.pure.errors import RegisterError

    began = time.monotonic()
    try:
        code = "" if register == "calendars" else district_code or live.default_district()
        return load_register(register, file, code), began
    except RegisterError as error:
        _refuse(error)


def _succeed() -> int:
    """Open cases of units that have ended pass on at once; the worker would do it within a minute."""
    from bihuan.loop import succession
    from bihuan.registers import live
    from bihuan.registers.models import District

    live.forget_snapshots()
    return succession.sweep() if District.objects.exists() else 0


def _moved(cases: int) -> str:
    return f"open cases passed to heirs: {cases} · 承继办理 {cases} 件"


def _refuse(error: RegisterError) -> NoReturn:
    message = f"{error.where}: {error.what}" if error.where else error.what
    fail(message + (f" (rule: {error.rule})" if error.rule else ""), error.remedy, where=error.where, rule=error.rule)


def _note_rejects(outcome: LoadOutcome, most: int = 20) -> None:
    for reject in outcome.rejects[:most]:
        why = reject.as_dict()
        note(f"{why['where']}: {why['what']}\n  → {why['remedy'] or why['rule']}")
    if len(outcome.rejects) > most:
        note(f"… and {len(outcome.rejects) - most} more")


def _line(outcome: LoadOutcome) -> str:
    return (
        f"{outcome.register}: read {outcome.read}, created {outcome.created}, changed {outcome.changed}, "
        f"unchanged {outcome.unchanged}, rejected {len(outcome.rejects)}"
    )
