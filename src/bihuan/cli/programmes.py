"""`bihuan programme check|diagram|schema|diff|migrate`: what is declared, its picture, and what an edition changes.

Retiring and listing: `bihuan.cli.retiring`.
"""

from __future__ import annotations

import getpass
import json
import os
import time
from datetime import UTC, date, datetime
from datetime import time as dtime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.cli import playing, retiring
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.loop.kernel.model import Actor

app = typer.Typer(no_args_is_help=True, help="Check, draw, compare, migrate and retire programmes · 事项")
retiring.add_to(app)
playing.add_to(app)

Which = Annotated[str, typer.Argument(help="A programme's id, its folder, or its programme.yaml. 事项编号或路径")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write here instead of standard output. 输出文件")]


@app.command("check")
def check(
    which: Annotated[list[str] | None, typer.Argument(help="Ids or paths; all programmes when left out. 事项")] = None,
    as_json: JsonOption = False,
) -> None:
    """Validate programmes: fields, files, outcomes, and that a clock runs in every open state. 检查事项声明

    See docs/reference/programme.md and docs/topics/declarations.md.
    """
    from bihuan.declare.problems import DeclarationError
    from bihuan.loop.programmes import faulty_shared, load_programme
    from bihuan.loop.quality import grade
    from bihuan.subjects.catalogue import check_folder

    started = time.perf_counter()
    checked: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    lines: list[str] = []
    for error in () if which else faulty_shared().values():
        problems += [p.as_dict() for p in error.problems]
        lines += [f"✗ {p}" for p in error.problems]
    for folder in _folders(which):
        try:
            programme = load_programme(folder)
            level = grade(folder)
            subjects = check_folder(folder)
        except DeclarationError as error:
            problems += [p.as_dict() for p in error.problems]
            lines += [f"✗ {p}" for p in error.problems]
            continue
        checked.append(
            {
                "id": programme.id,
                "edition": programme.edition,
                "cases": list(programme.cases),
                "grade": level,
                "subjects": subjects,
            }
        )
        lines.append(f"✓ {programme.id}  {programme.name.zh} · {programme.name.en}  ({level})")
    result = {
        "ok": not problems,
        "checked": checked,
        "problems": problems,
        "seconds": round(time.perf_counter() - started, 3),
    }
    finish(result, as_json=as_json, text="\n".join(lines))


@app.command("diagram")
def diagram(
    which: Which,
    kind: Annotated[str | None, typer.Option("--case", help="Case type; the first when left out. 案件类型")] = None,
    form: Annotated[str, typer.Option("--format", help="mermaid or svg. 格式")] = "mermaid",
    language: Annotated[str, typer.Option("--language", help="zh or en. 语言")] = "zh",
    output: Output = None,
    as_json: JsonOption = False,
) -> None:
    """Draw the loop of a case type from its declaration. 绘制流程图

    See docs/topics/kernel.md.
    """
    from bihuan.loop import diagram as pictures

    programme = _one(which)
    chosen = kind or next(iter(programme.cases))
    if chosen not in programme.cases:
        fail(f"{programme.id} has no case type {chosen!r}", f"use one of: {', '.join(programme.cases)}")
    if form not in ("mermaid", "svg") or language not in ("zh", "en"):
        fail("the format is mermaid or svg, the language zh or en", "correct the option")
    draw = pictures.svg if form == "svg" else pictures.mermaid
    _deliver(draw(programme, chosen, "en" if language == "en" else "zh"), output, as_json, case=chosen, format=form)


@app.command("schema")
def schema(
    events: Annotated[bool, typer.Option("--events", help="That of the events of a case. 事件的结构")] = False,
    output: Output = None,
    as_json: JsonOption = False,
) -> None:
    """Print the JSON Schema of programme.yaml, or of events. 输出 JSON Schema

    See docs/topics/kernel.md.
    """
    from bihuan.loop.event_schema import event_schema
    from bihuan.loop.programmes import schema as programme_schema

    found = event_schema() if events else programme_schema()
    text = json.dumps(found, ensure_ascii=False, indent=None if as_json and output is None else 2)
    if as_json and output is None:
        finish(found, as_json=True)
    else:
        _deliver(text + "\n", output, as_json)


@app.command("diff")
def diff(
    key: Annotated[str, typer.Argument(help="A programme's id. 事项编号")],
    at: Annotated[str | None, typer.Option("--at", help="As if it were this day, YYYY-MM-DD. 以某日为准")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what migrating open cases would change: newer editions of the programme and its tables. 换版差异

    See docs/topics/rules.md, "When a rule changes under open cases".
    """
    programme = retiring.declared(key)
    import msgspec

    from bihuan.loop import migrating
    from bihuan.loop.store import current_facts

    told = migrating.difference(programme.id, _operator(), current_facts(_moment(at) if at else None))
    lines = [
        f"{c.number:22} {c.clock:14} {c.before:%Y-%m-%d %H:%M}Z → {c.after:%Y-%m-%d %H:%M}Z"
        f"  {c.rule_before} → {c.rule_after}"
        for c in told.changes
    ]
    lines += [f"{left.number:22} cannot be moved · 无法换版: {left.reason}" for left in told.left]
    lines.append(
        f"{programme.id}@{programme.edition}: {told.cases} open cases would be migrated, "
        f"{len(told.changes)} clocks change"
    )
    if told.cases:
        note(f"→ when this is right · 核对无误后: bihuan programme migrate {programme.id} --shown {told.digest}")
    result = {
        "ok": True,
        "programme": programme.id,
        "edition": programme.edition,
        "cases": told.cases,
        "changes": [msgspec.structs.asdict(change) for change in told.changes],
        "left": [msgspec.structs.asdict(left) for left in told.left],
        "digest": told.digest,
    }
    finish(result, as_json=as_json, text="\n".join(lines))


@app.command("migrate")
def migrate(
    key: Annotated[str, typer.Argument(help="A programme's id. 事项编号")],
    shown: Annotated[str, typer.Option("--shown", help="Digest that `diff` gave for what it showed. 差异摘要")] = "",
    as_json: JsonOption = False,
) -> None:
    """Migrate open cases to the present edition, each by an event, as `diff` has shown it. 未结案件换版

    See docs/topics/rules.md, "When a rule changes under open cases".
    """
    programme = retiring.declared(key)
    from bihuan.loop import editions, migrating
    from bihuan.loop.programmes import folder_of, folders_aside
    from bihuan.loop.store import current_facts
    from bihuan.server import exports
    from bihuan.server.home import current_home

    try:
        folder = folder_of(programme.id)
        editions.activate()
        if error := folders_aside().get(folder):
            raise error
        exports.take_in(current_home(), only=exports.PROGRAMMES)
        done = migrating.migrate(programme.id, _operator(), current_facts(), shown)
    except migrating.NotShownError:
        raise
    except ValueError as error:
        fail(str(error), "correct the declaration; see what would change: `bihuan programme diff ID`")
    from bihuan.loop import stuck

    aside = len(stuck.resting(migrating.LOOP)[1])
    more = f"; {aside} cases are set aside, see /desk/stuck/ · {aside} 件搁置" if aside else ""
    result = {"ok": True, "programme": programme.id, "edition": programme.edition, "migrated": done, "set_aside": aside}
    finish(result, as_json=as_json, text=f"{done} cases migrated to {programme.id}@{programme.edition} · 已换版{more}")


def _moment(day: str) -> datetime:
    """Noon UTC of a day."""
    try:
        return datetime.combine(date.fromisoformat(day), dtime(12), UTC)
    except ValueError:
        return fail(f"{day!r} is not a day", "write it as YYYY-MM-DD, for example 2027-01-01")


def _operator() -> Actor:
    """Who is at the keyboard, with the desk's right to migrate cases."""
    from bihuan.loop.kernel.model import acting_as

    return acting_as("desk", getpass.getuser())


def _deliver(text: str, output: Path | None, as_json: bool, **fields: Any) -> None:
    if output is not None:
        output.write_text(text, encoding="utf-8")
        finish({"ok": True, "file": str(output), **fields}, as_json=as_json, text=str(output))
    else:
        finish({"ok": True, "text": text, **fields}, as_json=as_json, text=text)


def _folders(which: list[str] | None) -> list[Path]:
    from bihuan.loop.programmes import folders

    _make_models_usable()
    if not which:
        return folders()
    return [_folder(name) for name in which]


def _folder(name: str) -> Path:
    """A path as given, or the folder of the programme with that id (or folder name)."""
    from bihuan.declare.problems import DeclarationError
    from bihuan.loop.programmes import FILE, folders, load_programme

    _make_models_usable()
    path = Path(name)
    if path.suffix in (".yaml", ".yml") or (path / FILE).exists():
        return path.parent if path.suffix else path
    known: list[str] = []
    for folder in folders():
        if folder.name in (name, name.replace("-", "_")):
            return folder
        try:
            known.append(load_programme(folder).id)
        except DeclarationError:
            continue
        if known[-1] == name:
            return folder
    return fail(
        f"no programme {name!r} among {', '.join(known)}", f"give an id or a path that exists from {Path.cwd()}"
    )


def _make_models_usable() -> None:
    """A declaration may name what rooms with tables answer; no database is needed."""
    from bihuan.console.bootstrap import start_django

    if "DJANGO_SETTINGS_MODULE" not in os.environ:
        start_django(database=False)


def _one(name: str) -> Any:
    from bihuan.declare.problems import DeclarationError
    from bihuan.loop.programmes import load_programme

    try:
        return load_programme(_folder(name))
    except DeclarationError as error:
        fail(str(error), "correct the declaration, then check it with `bihuan programme check`")
