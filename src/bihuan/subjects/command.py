"""`bihuan register`: subjects from files, and what holds of them on a day as known on a day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.registers.pure.snapshot import Registers
    from bihuan.subjects.asking import HeldFacts, Viewpoint
    from bihuan.subjects.fence import Looker
    from bihuan.subjects.pure.types import SubjectType

app = typer.Typer(no_args_is_help=True, help="Subjects: types, load, list, show, history, export · 对象名册")

TypeArgument = Annotated[str, typer.Argument(help="A type, or TYPE:LINK 类型或关系", show_default=False)]
KeyArgument = Annotated[str, typer.Argument(help="Key of the subject 编码", show_default=False)]
AtOption = Annotated[str, typer.Option("--at", help="The day that is asked about; default today 查询日")]
KnownOption = Annotated[str, typer.Option("--known", help="As known on that day or instant; default now 所知截至")]
WhereOption = Annotated[
    list[str] | None, typer.Option("--where", help="FIELD=VALUE, or FIELD^=BEGINNING; repeatable 条件")
]
RoleOption = Annotated[str, typer.Option("--role", help="The role that reads behind a fence 以何职责")]
ProgrammeOption = Annotated[str, typer.Option("--programme", help="The programme it is read for 用于何事项")]
PurposeOption = Annotated[str, typer.Option("--purpose", help="Why; put on record 用途，留痕")]
ACTOR = "system:cli"


@app.command("types")
def types(as_json: JsonOption = False) -> None:
    """Every declared type of subjects, its fields and links. 类型"""
    from bihuan.subjects.catalogue import file_of, subject_types

    found = subject_types()
    rows = [_told(kind) | {"file": str(file_of(name))} for name, kind in found.items()]
    text = "\n".join(f"{name:<16} {kind.name.zh} · {kind.name.en}" for name, kind in found.items())
    finish({"ok": True, "types": rows}, as_json=as_json, text=text)


@app.command("load")
def load(
    kind: TypeArgument,
    file: Annotated[
        Path, typer.Argument(help="CSV, XLSX, JSON lines, Parquet, GeoJSON, GeoPackage 文件", show_default=False)
    ],
    at: Annotated[str, typer.Option("--at", help="From which day rows hold; default today 起始日")] = "",
    source: Annotated[str, typer.Option("--source", help="The register it comes from; default: the file 来源")] = "",
    complete: Annotated[
        bool, typer.Option("--complete", help="A whole list: who is not in it has ended 全量名单")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; apply nothing 只比对")] = False,
    coordinates: Annotated[
        str, typer.Option("--coordinates", help="System of the file's places: WGS-84, GCJ-02, BD-09 坐标系")
    ] = "WGS-84",
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="Wrong rows (.csv or .jsonl); default FILE.rejects.jsonl 被拒行")
    ] = None,
    language: Annotated[str, typer.Option("--language", help="zh or en, of the rejects 语言")] = "en",
    as_json: JsonOption = False,
) -> None:
    """Load subjects or links; wrong rows are rejected with line and remedy, the rest is applied. 导入"""
    start_django()
    from bihuan.subjects.catalogue import subject_type
    from bihuan.subjects.loading import load_file

    loaded = load_file(
        subject_type(kind), file, ACTOR, source=source, day=_day(at, "--at"), complete=complete,
        apply=not dry_run, coordinates=coordinates, rejects=rejects, language=language,
    )  # fmt: skip
    found = loaded.as_dict()
    words = ("rows", "created", "changed", "ended", "unchanged", "rejected", "seconds")
    text = "  ".join(f"{word} {found[word]}" for word in words)
    if loaded.written.held:
        text += "\n未作终止：有被拒行读不出编码 · nothing was ended: some rejected row has no readable key"
    if dry_run:
        text += "".join(f"\n{d['verdict']:<8} {d['key']}  {d['was']} → {d['now']}" for d in found["differences"])
    finish({"ok": not loaded.rejected, "applied": not dry_run, **found}, as_json=as_json, text=text)


@app.command("list")
def list_(
    kind: TypeArgument,
    where: WhereOption = None,
    at: AtOption = "",
    known: KnownOption = "",
    after: Annotated[str, typer.Option("--after", help="Go on after this key 从此编码之后")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=100_000, help="At most so many 条数")] = 50,
    role: RoleOption = "",
    programme: ProgrammeOption = "",
    purpose: PurposeOption = "",
    as_json: JsonOption = False,
) -> None:
    """Subjects that match, in the order of their keys. 列表"""
    start_django()
    from bihuan.subjects import asking

    registers, found, asked = _question(kind, where, at, known, after, limit)
    looker = _looker(role, programme, purpose)
    held = asking.find(registers.district.code, found, asked, looker)
    total = asking.count(registers.district.code, found, asked, looker)
    rows = [_row(found, each, asked.day) for each in held]
    text = "\n".join("  ".join(str(row["values"].get(name, "")) for name in found.shown) for row in rows)
    result = {"ok": True, "at": asked.day.isoformat(), "total": total, "subjects": rows}
    finish(result, as_json=as_json, text=text or "（无 · none）")


@app.command("show")
def show(
    kind: TypeArgument,
    key: KeyArgument,
    at: AtOption = "",
    known: KnownOption = "",
    role: RoleOption = "",
    programme: ProgrammeOption = "",
    purpose: PurposeOption = "",
    as_json: JsonOption = False,
) -> None:
    """One subject with the source of every value. 查看"""
    start_django()
    from bihuan.subjects import asking

    registers, found, asked = _question(kind, None, at, known, "", 1)
    looker = _looker(role, programme, purpose)
    held = asking.get(registers.district.code, found, key, asked.day, looker, asked.known)
    if held is None:
        fail(f"{found.name.zh} {key} 在 {asked.day} 不存在 · does not exist on {asked.day}", "try `register history`")
    row = _row(found, held, asked.day)
    row["sources"] = {name: held.source_of(name) for name in held.values}
    text = "\n".join(f"{_label(found, name)}: {value}  [{held.source_of(name)}]" for name, value in held.values.items())
    finish({"ok": True, "at": asked.day.isoformat(), **row}, as_json=as_json, text=text)


@app.command("ask")
def ask(
    kind: Annotated[str, typer.Argument(help="TYPE, TYPE.FIELD or TYPE.state 类型或字段", show_default=False)],
    key: KeyArgument,
    at: Annotated[str, typer.Option("--at", help="Instant; default now 时刻")] = "",
    as_json: JsonOption = False,
) -> None:
    """What a loop would be told of a subject at an instant, with the citation. 环节所见"""
    start_django()
    from django.utils import timezone

    from bihuan.extend import FactQuestion
    from bihuan.registers.live import current_registers
    from bihuan.subjects import facts

    registers = current_registers()
    moment = _instant(at, registers) if at else timezone.now()
    try:
        found = facts.ask(FactQuestion(kind, registers.district.code, key, moment, moment))
    except KeyError as error:
        fail(str(error.args[0]), "bihuan register types")
    value, citation = found or (None, None)
    finish({"ok": True, "value": value, "citation": citation}, as_json=as_json, text=f"{value}  {citation or ''}")


@app.command("history")
def history(
    kind: TypeArgument,
    key: KeyArgument,
    role: RoleOption = "",
    programme: ProgrammeOption = "",
    purpose: PurposeOption = "",
    as_json: JsonOption = False,
) -> None:
    """Every version of one subject, superseded ones too. 沿革"""
    start_django()
    from bihuan.subjects import asking

    registers, found, asked = _question(kind, None, "", "", "", 1)
    versions = asking.history(registers.district.code, found, key, _looker(role, programme, purpose))
    if not versions:
        fail(f"没有 {found.name.zh} {key} · there is no such subject", f"bihuan register list {kind}")
    rows = [_row(found, each, asked.day) for each in versions]
    text = "\n".join(
        f"{row['valid_from']} – {row['valid_to'] or '…'}  {row['recorded_at']}"
        f"{'  (' + row['superseded_at'] + ')' if row['superseded_at'] else ''}  {row['values']}"
        for row in rows
    )
    finish({"ok": True, "key": key, "versions": rows}, as_json=as_json, text=text)


@app.command("export")
def export(
    kind: TypeArgument,
    file: Annotated[Path, typer.Argument(help="FILE.csv, .jsonl or .geojson 文件", show_default=False)],
    where: WhereOption = None,
    at: AtOption = "",
    known: KnownOption = "",
    role: RoleOption = "",
    programme: ProgrammeOption = "",
    purpose: PurposeOption = "",
    as_json: JsonOption = False,
) -> None:
    """Write the open fields of all that match; loading the file again changes nothing. 导出"""
    start_django()
    from bihuan.subjects import asking
    from bihuan.subjects.exporting import write_file

    registers, found, asked = _question(kind, where, at, known, "", 1)
    looker = _looker(role, programme, purpose)
    held: Iterator[HeldFacts] = asking.stream(registers.district.code, found, asked, looker)
    count = write_file(file, found, held)
    finish({"ok": True, "file": str(file), "subjects": count}, as_json=as_json, text=f"{count} → {file}")


@app.command("match")
def match(
    kind: TypeArgument,
    file: Annotated[Path, typer.Argument(help="Rows of another source 其他来源的文件", show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="CSV: line,answer,key,rule,candidates 结果")],
    at: AtOption = "",
    role: RoleOption = "",
    programme: ProgrammeOption = "",
    purpose: PurposeOption = "",
    as_json: JsonOption = False,
) -> None:
    """Which known subject each row is about: exact by identifiers, by name only proposed. 比对"""
    start_django()
    from bihuan.subjects.matching import match_file

    _registers, found, asked = _question(kind, None, at, "", "", 1)
    counts = match_file(found, file, out, asked.day, _looker(role, programme, purpose))
    figures = {answer: counts[answer] for answer in ("same", "proposed", "ambiguous", "unknown")}
    text = "  ".join(f"{answer} {count}" for answer, count in figures.items())
    finish({"ok": True, "rows": counts.total(), **figures, "file": str(out)}, as_json=as_json, text=text)


@app.command("quality")
def quality(
    kind: TypeArgument,
    at: AtOption = "",
    role: RoleOption = "",
    programme: ProgrammeOption = "",
    purpose: PurposeOption = "",
    as_json: JsonOption = False,
) -> None:
    """Complete, unique, timely, consistent: every kind of defect counted. 数据质量"""
    start_django()
    from bihuan.subjects.quality import measure

    registers, found, asked = _question(kind, None, at, "", "", 1)
    measured = measure(registers.district.code, found, asked.day, _looker(role, programme, purpose))
    lines = [
        f"{each.count:>9} {each.measure:<11}{each.kind:<10}{each.field}" for each in measured.defects if each.count
    ]
    result = {"ok": True, "type": found.id, "at": asked.day.isoformat(), **measured.as_dict()}
    finish(result, as_json=as_json, text="\n".join([f"{measured.total:>9}", *lines]))


def _question(
    kind: str, where: list[str] | None, at: str, known: str, after: str, limit: int
) -> tuple[Registers, SubjectType, Viewpoint]:
    from django.utils import timezone

    from bihuan.registers.live import current_registers
    from bihuan.subjects import asking
    from bihuan.subjects.catalogue import subject_type

    registers, found = current_registers(), subject_type(kind)
    zone = registers.calendar.zone
    day = _day(at, "--at") or timezone.now().astimezone(zone).date()
    equal, begins = _conditions(found, where or [])
    moment: datetime | None = None
    if known:
        try:
            moment = asking.end_of(date.fromisoformat(known), zone)
        except ValueError:
            moment = _instant(known, registers)
    return registers, found, asking.Viewpoint(day, moment, equal, begins, after, limit)


def _conditions(kind: SubjectType, where: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    equal: dict[str, str] = {}
    begins: dict[str, str] = {}
    for each in where:
        name, sign, value = each.partition("=")
        target, name = (begins, name[:-1]) if name.endswith("^") else (equal, name)
        if not sign or name not in ("key", *kind.found_by):
            fail(f"--where {each!r}", f"FIELD=VALUE with one of: key, {', '.join(kind.found_by)}")
        target[name] = value
    return equal, begins


def _instant(text: str, registers: Registers) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--known {text!r}", "write a day as 2026-03-01, or an instant as 2026-03-01T09:00")
    return found if found.tzinfo else found.replace(tzinfo=registers.calendar.zone)


def _day(text: str, option: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        fail(f"{option} {text!r}", "write a day as 2026-03-01")


def _looker(role: str, programme: str, purpose: str) -> Looker:
    from bihuan.subjects.fence import Looker

    programmes = frozenset({programme}) if programme else frozenset()
    return Looker(ACTOR, frozenset({role}) if role else frozenset(), programmes, purpose)


def _row(kind: SubjectType, held: HeldFacts, day: date) -> dict[str, Any]:
    from bihuan.subjects.pure.types import state_of

    state = state_of(kind, held.values, day.isoformat())
    return {
        "key": held.key, "values": held.values, "state": state.id if state else None,
        "valid_from": held.valid_from.isoformat(), "valid_to": held.valid_to.isoformat() if held.valid_to else None,
        "recorded_at": held.recorded_at.isoformat(),
        "superseded_at": held.superseded_at.isoformat() if held.superseded_at else None,
        "source": held.source, "change": str(held.change), "sealed": held.sealed is not None,
    }  # fmt: skip


def _label(kind: SubjectType, name: str) -> str:
    rule = kind.fields.get(name)
    return f"{rule.name.zh} · {rule.name.en}" if rule else name


def _told(kind: SubjectType) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(kind.model_dump_json(exclude_defaults=True))
    return said | {"digest": kind.digest, "fence": kind.fence, "found_by": list(kind.found_by)}
