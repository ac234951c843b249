"""`bihuan import` and `bihuan reconcile`: files in, and a comparison with the city above."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.intake.importing import Progress, Summary
    from bihuan.intake.mapping import Mapping
    from bihuan.readers.faults import FileError

app = typer.Typer(help="Import reports from files · 导入诉求")

Files = Annotated[
    list[Path], typer.Argument(help="CSV, TSV, XLSX, JSON lines, Parquet; also .gz, .zip. 文件", show_default=False)
]
Preset = Annotated[str | None, typer.Option("--preset", "-p", help="A shipped mapping. 预置映射")]
MappingFile = Annotated[Path | None, typer.Option("--mapping", "-m", help="A mapping of your own (YAML). 映射文件")]
Propose = Annotated[bool, typer.Option("--propose", help="Print a proposed mapping; import nothing. 提议映射")]
Rejects = Annotated[
    Path | None,
    typer.Option("--rejects", help="Rejected rows (.csv or .jsonl); default FILE.rejects.jsonl. 被拒行"),
]
Language = Annotated[str, typer.Option("--language", help="zh or en, of rejects and messages. 语言")]


@app.command("import")
def import_(
    files: Files,
    preset: Preset = None,
    mapping: MappingFile = None,
    propose: Annotated[
        bool, typer.Option("--propose", help="Print a proposed mapping; import nothing. 提议映射")
    ] = False,
    programme: Annotated[str | None, typer.Option(help="Programme the reports go to. 事项")] = None,
    kind: Annotated[str | None, typer.Option(help="Case type in it. 案件类型")] = None,
    rejects: Rejects = None,
    encoding: Annotated[str | None, typer.Option(help="Of text files; default: detected. 编码")] = None,
    dates: Annotated[str | None, typer.Option(help="Form of dates: iso, ymd, mdy, dmy, … 日期格式")] = None,
    batch: Annotated[int, typer.Option(help="Rows per transaction. 每批行数", min=1, max=50_000)] = 2000,
    max_bytes: Annotated[int, typer.Option(help="What a packed file may unpack to. 解压上限")] = 8 << 30,
    language: Language = "en",
    as_json: JsonOption = False,
) -> None:
    """Import reports; wrong rows are rejected with their reason, the rest is imported. 导入诉求

    See docs/topics/import.md, "Import a file".
    """
    from bihuan.readers.faults import FileError

    if language not in ("zh", "en"):
        fail(f"language {language!r}", "zh or en")
    try:
        if propose:
            _propose(files, as_json)
            return
        chosen = _mapping(preset, mapping, encoding)
        if dates is not None:
            chosen = chosen.model_copy(update={"dates": known_form(dates)})
        summary = _run(files, chosen, rejects, (programme, kind), (batch, max_bytes), language)
    except FileError as error:
        _fail(error, language)
    finish({"ok": not summary.failed, **summary.as_dict()}, as_json=as_json, text=_text(summary))


@app.command("reconcile")
def reconcile(
    file: Annotated[Path, typer.Argument(help="The city's list (JSON lines). 上级清单", show_default=False)],
    out: Annotated[Path | None, typer.Option("--out", help="Write the differences here (JSON lines). 差异清单")] = None,
    as_json: JsonOption = False,
) -> None:
    """Where our list and figures differ from those of the city above. 与上级平台对账

    See docs/topics/import.md, "The city above".
    """
    from bihuan.console.bootstrap import start_django
    from bihuan.readers.faults import FileError

    start_django()
    from bihuan.intake import reconciliation

    try:
        result = reconciliation.compare_with_city(file)
    except FileError as error:
        _fail(error, "en")
    if out is not None:
        reconciliation.write_differences(result, out)
    finish({"ok": True, **result.as_dict()}, as_json=as_json, text=result.text())


@app.command("upward")
def upward(
    out: Annotated[Path, typer.Option("--out", help="JSON lines for the city above. 上报文件")],
    source: Annotated[str, typer.Option(help="The city's source name, as in the mapping. 来源")] = "city",
    as_json: JsonOption = False,
) -> None:
    """Write what happened to the city's orders since the last time. 向上级平台上报办理情况

    See docs/topics/import.md, "The city above".
    """
    from bihuan.console.bootstrap import start_django

    start_django()
    from bihuan.intake.upward import export_upward

    count = export_upward(source, out)
    from bihuan.intake.upward import LOOP
    from bihuan.loop import stuck

    aside = len(stuck.resting(LOOP)[1])
    more = f"; {aside} cases are set aside, see /desk/stuck/ · {aside} 件搁置" if aside else ""
    result = {"ok": True, "events": count, "set_aside": aside, "file": str(out)}
    finish(result, as_json=as_json, text=f"{count} → {out}{more}")


def known_form(name: str) -> str:
    """A form of dates by its name.

    Raises:
        Failure: there is none; names those there are.

    Source: docs/adr/0238 (dates that can be read in two ways are asked for)
    """
    from bihuan.readers.dates import EXPECTED

    if name not in EXPECTED:
        fail(f"--dates {name!r} is no form of dates", "; ".join(f"{k}: {v}" for k, v in EXPECTED.items()))
    return name


def _propose(files: list[Path], as_json: bool) -> None:
    from bihuan.intake.propose import propose_mapping

    proposals = {str(path): propose_mapping(path) for path in files}
    finish({"ok": True, "proposals": proposals}, as_json=as_json, text="\n".join(proposals.values()))


def _mapping(preset: str | None, mapping: Path | None, encoding: str | None) -> Mapping:
    from bihuan.intake import mapping as mappings

    if (preset is None) == (mapping is None):
        fail(
            "say what the columns mean",
            f"give --preset ({', '.join(mappings.presets())}) or --mapping FILE; --propose writes a first one",
        )
    chosen = mappings.preset(preset) if preset is not None else mappings.load_mapping(Path(str(mapping)))
    return chosen.model_copy(update={"encoding": encoding}) if encoding else chosen


def _run(
    files: list[Path],
    mapping: Mapping,
    rejects: Path | None,
    target: tuple[str | None, str | None],
    bounds: tuple[int, int],
    language: str,
) -> Summary:
    from bihuan.console.bootstrap import start_django

    start_django()
    from bihuan.intake.importing import Importer
    from bihuan.readers import Limits
    from bihuan.server import statistics

    limits = Limits(batch=bounds[0], unpacked=bounds[1])
    # Small files are read before a second process would be warm.
    workers = os.cpu_count() or 1 if sum(f.stat().st_size for f in files if f.exists()) > 1 << 19 else 0
    path = rejects or Path(f"{files[0].name}.rejects.jsonl")
    with _Bar() as bar:
        importer = Importer(
            mapping,
            path,
            programme=target[0],
            kind=target[1],
            language=language,
            limits=limits,
            workers=workers,
            watch=bar.show,
            waiting=lambda: note(
                "another import of this source is running; waiting for its end · 同源导入正在进行，等待"
            ),
        )
        summary = importer.run(files)
    if summary.counts.created:
        statistics.refresh()
    return summary


class _Bar:
    """Rows per second and time left, on standard error; silent when that is no terminal."""

    def __enter__(self) -> _Bar:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        columns: tuple[Any, ...] = (
            TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rows]} rows"),
            TextColumn("{task.fields[speed]}/s"), TimeRemainingColumn(),
        )  # fmt: skip
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._progress.start()
        self._tasks: dict[str, Any] = {}
        return self

    def show(self, at: Progress) -> None:
        """Draw where the import stands."""
        if at.table not in self._tasks:
            self._tasks[at.table] = self._progress.add_task(at.table, total=1.0, rows=0, speed="–")
        task = self._tasks[at.table]
        elapsed = self._progress.tasks[task].elapsed or 0
        speed = f"{at.rows / elapsed:,.0f}" if elapsed else "–"
        self._progress.update(task, completed=at.share, rows=f"{at.rows:,}", speed=speed)

    def __exit__(self, *error: object) -> None:
        self._progress.stop()


def _text(summary: Summary) -> str:
    counts = summary.counts
    rate = counts.read / summary.seconds if summary.seconds else 0
    lines = [
        f"read {counts.read:,}: created {counts.created:,}, merged {counts.merged:,}, unchanged {counts.unchanged:,}, "
        f"rejected {counts.rejected:,}   ({summary.seconds:.1f} s, {rate:,.0f}/s)"
    ]
    if counts.orphans:
        lines.append(f"{counts.orphans:,} duplicates name a report that is not known; closed as the file says")
    if summary.resumed:
        lines.append(f"{summary.resumed:,} rows had been imported before an interruption")
    lines += summary.damage
    lines += summary.remarks
    lines += [f"not imported: {sentence}" for sentence in summary.failed]
    if summary.rejects:
        lines.append(f"rejected rows: {summary.rejects}")
    return "\n".join(lines)


def _fail(error: FileError, language: str) -> Any:
    what, rule, remedy = error.fault.words(language)
    place = f"{error.file}:{error.fault.line}" if error.fault.line else error.file
    field = f" {error.fault.field}" if error.fault.field else ""
    fail(f"{place}{field}: {what} ({rule})", remedy, code=error.fault.code, rule=rule)
