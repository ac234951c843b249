"""`bihuan document`: versions of a text, its clauses, what changed, conclusions and whether they still stand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.documents.versions.keeping import TextAct

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Texts in versions · 文本版本")

Which = Annotated[str, typer.Argument(metavar="DOCUMENT", help="Number or id of a text 文号")]
File = Annotated[Path, typer.Argument(help="Plain text, UTF-8 文本文件")]
Actor = Annotated[str, typer.Option("--actor", help="Who does it 经办人")]


@app.command("clauses")
def clauses(file: File, as_json: JsonOption = False) -> None:
    """Show the clauses of a text file with their spans and hashes; nothing is kept. 条款切分"""
    from bihuan.documents.versions.pure.clauses import clauses_of, hash_of_text, normal_text

    text = normal_text(_read(file))
    found = [each._asdict() for each in clauses_of(text)]
    lines = [
        f"{each['number']:>6}  {each['start']}–{each['end']}  {each['sha256'][:12]}  {each['under']}" for each in found
    ]
    finish({"ok": True, "sha256": hash_of_text(text), "clauses": found}, as_json=as_json, text="\n".join(lines))


@app.command("add")
def add(
    document: Which,
    file: File,
    title: Annotated[str, typer.Option("--title", help="Its title 题名")] = "",
    in_force: Annotated[
        dt.datetime | None, typer.Option("--in-force", formats=["%Y-%m-%d"], help="From 生效日")
    ] = None,
    source: Annotated[str, typer.Option("--source", help="Where it comes from 来源")] = "",
    actor: Actor = "command",
    as_json: JsonOption = False,
) -> None:
    """Keep a version of a text; the same text again has no effect. 登记版本"""
    act = _act(actor, source or file.name)
    from bihuan.documents.versions.keeping import add_version

    row, new = add_version(document, title or document, _read(file), act, in_force.date() if in_force else None)
    result = {
        "ok": True,
        "document": document,
        "version": row.number,
        "sha256": row.sha256,
        "new": new,
        "clauses": len(row.clauses),
    }
    finish(result, as_json=as_json, text=f"{document}: version {row.number}, {row.sha256}{'' if new else ' (known)'}")


@app.command("list")
def list_documents(as_json: JsonOption = False) -> None:
    """List every text with its newest version. 文本列表"""
    act = _act("", "")
    from bihuan.documents.versions.keeping import all_documents
    from bihuan.registers.isolation import in_district

    with in_district(act.district):
        found = [
            {"document": each.document, "title": each.title, "version": each.number, "sha256": each.sha256}
            for each in all_documents(act.district)
        ]
    text = "\n".join(f"{each['document']}  {each['title']}  v{each['version']}" for each in found)
    finish({"ok": True, "documents": found}, as_json=as_json, text=text or "no text is kept")


@app.command("show")
def show(
    document: Which,
    version: Annotated[int | None, typer.Option("--version", help="Its number; the newest when left out 版次")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show the clauses of a version and every conclusion with whether it stands. 条款与结论"""
    act = _act("", "")
    from bihuan.documents.versions import keeping
    from bihuan.documents.versions.telling import told_conclusion, told_version
    from bihuan.registers.isolation import in_district

    with in_district(act.district):
        row = keeping.version_of(document, act.district, version)
        found = [told_conclusion(each) for each in keeping.conclusions_of(document, act.district)]
    told = told_version(row)
    lines = [
        f"{document} v{row.number} {row.sha256}",
        *(f"{each['number']}: {each['text'][:60]}" for each in told["clauses"]),
    ]
    lines += [f"{each['kind']}: {each['verdict']} — {'stands' if each['stands'] else 'lapsed'}" for each in found]
    finish({"ok": True, **told, "conclusions": found}, as_json=as_json, text="\n".join(lines))


@app.command("diff")
def diff(
    document: Which,
    before: Annotated[int, typer.Argument(help="Number of a version 前一版")],
    after: Annotated[int | None, typer.Argument(help="Number of another; the newest when left out 后一版")] = None,
    as_json: JsonOption = False,
) -> None:
    """Tell what changed between two versions, clause by clause. 条款比对"""
    act = _act("", "")
    from bihuan.documents.versions import keeping
    from bihuan.documents.versions.telling import told_change
    from bihuan.registers.isolation import in_district

    with in_district(act.district):
        old, new = keeping.version_of(document, act.district, before), keeping.version_of(document, act.district, after)
        found = [told_change(each) for each in keeping.compare_versions(old, new)]
    marks = {"same": " ", "renumbered": "→", "changed": "~", "added": "+", "removed": "-"}
    lines = [
        f"{marks[each['kind']]} {each['before'] or ''} → {each['after'] or ''}"
        for each in found
        if each["kind"] != "same"
    ]
    result = {"ok": True, "document": document, "before": old.number, "after": new.number, "changes": found}
    finish(result, as_json=as_json, text="\n".join(lines) or "the same")


@app.command("conclude")
def conclude(
    document: Which,
    sha256: Annotated[str, typer.Option("--sha256", help="Of the text that was read 所审文本摘要")],
    kind: Annotated[str, typer.Option("--kind", help="Of review, such as fair_competition 审查类型")],
    verdict: Annotated[str, typer.Option("--verdict", help="Its result 结论")],
    reason: Annotated[str, typer.Option("--reason", help="Why 理由")],
    clause: Annotated[
        list[str] | None, typer.Option("--clause", help="A clause; the whole text when left out 条款")
    ] = None,
    actor: Actor = "command",
    as_json: JsonOption = False,
) -> None:
    """Record a conclusion about the text that was read; refused when the text has changed. 登记结论"""
    act = _act(actor, "")
    from bihuan.documents.versions import keeping

    row = keeping.conclude(document, sha256, clause or [], kind, verdict, reason, act)
    finish({"ok": True, "conclusion": str(row.pk), "document": document}, as_json=as_json, text=f"recorded {row.pk}")


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read: {error}", "give a text file in UTF-8")


def _act(actor: str, source: str) -> TextAct:
    from bihuan.console.bootstrap import start_django

    start_django()
    from bihuan.documents.versions.keeping import TextAct
    from bihuan.registers.live import default_district

    return TextAct(default_district(), actor, dt.datetime.now(dt.UTC), source)
