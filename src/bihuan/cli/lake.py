"""`bihuan lake`: events and cases as Parquet, and questions over them that need neither server nor database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bihuan.cli.frames import PresetOption
from bihuan.console.output import JsonOption, fail, finish, note

app = typer.Typer(no_args_is_help=True, add_completion=False)
LakeOption = Annotated[
    Path | None, typer.Option("--lake", help="Folder of the lake; default: in the data folder. 数据湖目录")
]
SHOWN = 40


@app.command("sync")
def sync(
    files: Annotated[list[Path] | None, typer.Argument(help="Files instead of the platform's cases. 文件")] = None,
    preset: PresetOption = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring the lake up to date: only what is new is written; a killed sync leaves the last good state. 同步

    See docs/topics/lake.md.
    """
    folder = _folder(lake)
    result = _from_files(files, preset, folder) if files else _from_platform(folder)
    text = "  ".join(f"{name} {value:,}" for name, value in result.items() if isinstance(value, int))
    finish({"ok": True, "lake": str(folder), **result}, as_json=as_json, text=text)


@app.command("ask")
def ask(
    question: Annotated[str, typer.Argument(help="See `bihuan lake questions`. 问题")],
    engine: Annotated[str, typer.Option(help="duckdb or spark 引擎")] = "duckdb",
    period: Annotated[str | None, typer.Option(help="Month YYYY-MM; default: everything. 月份")] = None,
    master: Annotated[
        str | None, typer.Option(envvar="BIHUAN_SPARK_MASTER", help="spark://host:port; default: this process. 集群")
    ] = None,
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Answer a question from the lake's files. 查询

    See docs/topics/lake.md.
    """
    from bihuan.lake.asking import answer_question as answer_of

    if engine not in ("duckdb", "spark"):
        fail(f"there is no engine {engine!r}", "use --engine duckdb or --engine spark")
    answer = answer_of(_folder(lake), question, engine=engine, month=period, master=master)  # type: ignore[arg-type]  # checked above
    finish({"ok": True, **answer}, as_json=as_json, text=_table(answer["rows"]))


@app.command("questions")
def questions(as_json: JsonOption = False) -> None:
    """List the questions. 问题清单

    See docs/topics/lake.md.
    """
    from bihuan.extend import QUESTIONS

    listed = [
        {"id": q.name, "zh": q.zh, "en": q.en, "definition": (q.ask.__doc__ or "").strip()} for q in QUESTIONS.all()
    ]
    text = "\n".join(f"{q['id']:16} {q['zh']} · {q['en']}" for q in listed)
    finish({"ok": True, "questions": listed}, as_json=as_json, text=text)


@app.command("ocel")
def ocel(
    out: Annotated[Path, typer.Option("--out", help="File that is written, .json. 输出文件")],
    programme: Annotated[str, typer.Option("--programme", help="Only its cases. 仅此事项")] = "",
    lake: LakeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the lake as an object-centric event log, OCEL 2.0, for process mining. 导出 OCEL 事件日志

    See docs/topics/standards.md.
    """
    from bihuan.standards.ocel.exporting import write_ocel

    told = write_ocel(_folder(lake), out, programme)
    text = f"{out}: {told.events:,} events · 事件, {told.objects:,} objects · 对象"
    finish({"ok": True, "out": str(out), **told._asdict()}, as_json=as_json, text=text)


@app.command("verify")
def verify(lake: LakeOption = None, as_json: JsonOption = False) -> None:
    """Check every file of the lake against its manifest. 校验

    See docs/topics/lake.md.
    """
    from bihuan.lake import manifest

    folder = _folder(lake)
    told = manifest.read_manifest(folder)
    if told is None:
        fail(f"{folder} holds no lake yet", "run `bihuan lake sync`")
    broken = manifest.damaged_parts(folder, told)
    text = f"{len(told.parts)} files, {len(broken)} damaged" + "".join(f"\n  {path}" for path in broken)
    finish({"ok": not broken, "files": len(told.parts), "damaged": broken}, as_json=as_json, text=text)


def _folder(named: Path | None) -> Path:
    from bihuan.server.home import current_home

    return named or current_home().path / "lake"


def _from_platform(folder: Path) -> dict[str, Any]:
    from rich.progress import Progress

    from bihuan.console.bootstrap import start_django

    start_django()
    from rich.console import Console

    from bihuan.lake.sync import sync_lake as bring

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("lake 数据湖", total=1.0)
        done = bring(folder, lambda share: bar.update(task, completed=share))
    return done._asdict()


def _from_files(files: list[Path], preset: str | None, folder: Path) -> dict[str, Any]:
    from bihuan.cli.frames import read_frame
    from bihuan.lake.files import build_lake

    if preset is None:
        fail("which columns mean what?", "name a preset with --preset, for example boston")
    rows: list[dict[str, Any]] = []
    for file in files:
        frame = read_frame(file, preset)
        if frame.mapping is None:
            fail(f"{file}: no preset")
        found = frame.mapping.match(frame.file, list(frame.columns))
        note(f"{file}: {len(frame):,} records")
        rows.append({"frame": frame, "columns": found})
    return build_lake(folder, preset, [_columns(**each) for each in rows], rows[0]["frame"].mapping.zone)


def _columns(frame: Any, columns: dict[str, str]) -> dict[str, Any]:
    """What a lake of files holds of each record: id, times, codes, place."""
    named = {key: columns[key] for key in ("opened", "due", "closed") if key in columns}
    told: dict[str, Any] = {key: frame.times(column) for key, column in named.items()}
    for key in ("category", "channel", "unit", "status"):
        told[key] = frame.strings(columns[key]) if key in columns else [""] * len(frame)
    for key in ("longitude", "latitude"):
        told[key] = frame.numbers(columns[key]) if key in columns else None
    area = next((columns[k] for k in ("area", "fields:neighborhood") if k in columns), None)
    told["area"] = frame.strings(area) if area else [""] * len(frame)
    return {"ids": frame.ids, **told}


def _table(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "(no rows 无结果)"
    names = list(rows[0])
    lines = ["  ".join(names), *("  ".join(str(row[n]) for n in names) for row in rows[:SHOWN])]
    return "\n".join(lines) + (f"\n… {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else "")
