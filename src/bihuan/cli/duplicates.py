"""`bihuan duplicates`: which report speaks of an earlier one; `bihuan duplicates train` learns from known parents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from bihuan.cli.frames import DatesOption, OutOption, PresetOption, read_frame, write_rows
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bihuan.cli.framing import Frame
    from bihuan.insight.duplicates import Reports
    from bihuan.insight.duplicates.training import ParentFigures


class _Proposing(TyperGroup):
    """`bihuan duplicates FILE` proposes; only `train` is written out."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        plainly = bool(args) and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if plainly else ["propose", *args])


app = typer.Typer(cls=_Proposing, help="Propose which report repeats an earlier one; `train` learns · 查重")
HEADER = ("id", "parent_id", "score")
BATCH = 1024
ALL = 1000  # proposals per report that --candidates writes at most
LABEL = 0.5  # titles that repeat more than this are names of categories, not words of a reporter
FileArgument = Annotated[
    Path | None, typer.Argument(help="CSV (.gz), XLSX, JSON lines, Parquet; none: own cases 数据文件")
]
Column = Annotated[str | None, typer.Option(help="Column 列")]


@app.command()
def propose(
    file: FileArgument = None,
    preset: PresetOption = None,
    out: OutOption = Path("pairs.csv"),
    top: Annotated[int, typer.Option(help="Parents per report at most 每件最多几条", min=1)] = 1,
    threshold: Annotated[
        float | None, typer.Option(help="Least score; default: the model's 最低得分", min=0, max=1)
    ] = None,
    candidates: Annotated[bool, typer.Option("--candidates", help="Write every candidate 输出全部候选")] = False,
    days: Annotated[float, typer.Option(help="Days a report stays a possible parent 时间窗（天）", min=0.1)] = 60.0,
    model: Annotated[Path | None, typer.Option(help="A model that `train` wrote 模型文件")] = None,
    text: Annotated[str | None, typer.Option(help="Columns of the text, comma-separated 文本列")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Column of the id 编号列")] = None,
    time: Column = None,
    dates: DatesOption = None,
    lon: Column = None,
    lat: Column = None,
    category: Column = None,
    address: Column = None,
    channel: Column = None,
    as_json: JsonOption = False,
) -> None:
    """Propose, for each report, the earlier report it may repeat; nothing is merged. 疑似重复诉求

    A report is compared with what came before it only. Default: the best parent of each report whose score reaches the
    threshold; --top K writes K, --candidates all that were compared, best first. Ids come back as in the file.

    See docs/topics/duplicates.md.
    """
    import numpy as np
    from rich.console import Console

    from bihuan.insight.duplicates import Window
    from bihuan.insight.duplicates.model import load_pair_model

    frame = _frame(file, preset, dates=dates, id=id_, time=time, lon=lon, lat=lat, category=category)
    reports, rows = reports_of(frame, text, address, channel)
    try:
        chosen = load_pair_model(model) if model else None
    except (OSError, ValueError) as error:
        fail(str(error), "name a file that `bihuan duplicates train` wrote")
    least = 0.0 if candidates else threshold
    window = Window(days, chosen, least, ALL if candidates else top)
    found: list[Any] = []
    with Console(stderr=True, quiet=as_json).status(f"{len(rows)} reports") as status:
        for cut in range(0, len(reports), BATCH):
            found += window.follow(reports.take(np.arange(cut, min(cut + BATCH, len(reports)))))
            status.update(f"{len(found)} / {len(reports)}")

    def lines() -> Iterator[tuple[str, str, str]]:
        for at in np.argsort(rows, kind="stable"):
            for parent, score, _ in found[at]:
                if (
                    frame.ids[rows[at]] != frame.ids[int(parent)]
                ):  # an id that the file repeats is no duplicate of itself
                    yield frame.ids[rows[at]], frame.ids[int(parent)], f"{score:.5f}"

    written = write_rows(out, HEADER, lines())
    proposed = sum(map(bool, found))
    result = {
        "ok": True, "out": str(out), "rows": written, "reports": len(frame), "proposed": proposed,
        "without_time": len(frame) - len(rows), "threshold": window.threshold, "unreadable": frame.unreadable,
    }  # fmt: skip
    finish(result, as_json=as_json, text=f"{proposed} of {len(frame)} reports may repeat an earlier one → {out}")


@app.command()
def train(
    file: Annotated[Path, typer.Argument(help="Reports whose parents are known 有主件标注的数据文件")],
    preset: PresetOption = None,
    out: Annotated[Path, typer.Option("--out", help="Model file 模型文件")] = Path("duplicates.json"),
    parent: Annotated[str | None, typer.Option(help="Column with the parent's id; else the preset's 主件列")] = None,
    pattern: Annotated[
        str | None, typer.Option(help="Where --parent is a closing text: a pattern whose first group is the id 正则")
    ] = None,
    days: Annotated[float, typer.Option(help="Days of the window 时间窗（天）", min=0.1)] = 60.0,
    held_out: Annotated[float, typer.Option(help="Last share of the reports to measure on 留出比例")] = 0.3,
    text: Annotated[str | None, typer.Option(help="Columns of the text 文本列")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Column of the id 编号列")] = None,
    time: Column = None,
    dates: DatesOption = None,
    lon: Column = None,
    lat: Column = None,
    category: Column = None,
    address: Column = None,
    channel: Column = None,
    as_json: JsonOption = False,
) -> None:
    """Train on known parents; measured on the last reports, then trained on all. 训练查重模型

    See docs/topics/duplicates.md.
    """
    import numpy as np

    from bihuan.insight.duplicates import training

    frame = _frame(file, preset, dates=dates, id=id_, time=time, lon=lon, lat=lat, category=category)
    reports, rows = reports_of(frame, text, address, channel)
    parents, marked = parents_of(frame, rows, parent, pattern)
    compared = training.candidate_pairs(reports, days)
    late = np.arange(len(reports)) >= (1 - held_out) * len(reports)
    early = ~late[compared.child]
    part = training.Compared(compared.child[early], compared.parent[early], compared.features[early])
    try:
        known = np.where(late, -1, parents)
        figures = training.judge_parents(compared, parents, training.train_parents(part, known, marked), late)
        training.train_parents(compared, parents, marked).save(out)
    except ValueError as error:
        fail(f"{frame.file}: {error}", "give a file with more known parents, or name their column with --parent")
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}", "name a file in a folder that exists and may be written")
    finish({"ok": True, "out": str(out), **figures._asdict()}, as_json=as_json, text=_told(figures, out))


def reports_of(
    frame: Frame, text: str | None, address: str | None, channel: str | None
) -> tuple[Reports, NDArray[np.int64]]:
    """Reports in order of time, and the row of each in the frame.

    Inside, a report's id is its row: files may repeat an id, and every row is answered for itself.

    Source: docs/topics/duplicates.md, "Command".
    """
    import numpy as np

    from bihuan.insight.duplicates import Reports

    if "time" not in frame.roles:
        fail(f"{frame.file}: which column is the time?", f"name it with --time; columns: {', '.join(frame.columns)}")
    times = frame.times("time")
    known = np.flatnonzero(~np.isnat(times))
    if len(frame) and not len(known):
        shown = next((cell for cell in frame.strings("time") if cell), "")
        fail(f"{frame.file}: no time in column {frame.roles['time']!r} can be read, for example {shown!r}",
             "write times as 2031-01-31 08:15:00, or name another column with --time")  # fmt: skip
    if len(known) < len(frame):
        note(f"{frame.file}: {len(frame) - len(known)} records without a readable time are left out")
    rows = known[np.argsort(times[known], kind="stable")]

    def column(name: str | None, target: str | None = None) -> list[str] | None:
        if name is None and target and frame.mapping:
            name = next((n for n in frame.mapping.names(target) if n in frame.columns), None)  # type: ignore[arg-type]  # a declared target
        if name is None and target in frame.columns:
            name = target
        return frame.strings(name) if name else None

    kinds = frame.strings("category") if "category" in frame.roles else None
    lon, lat = _points(frame)
    words, places = _words(frame, text, kinds), column(address, "address")
    if lon is None and words is None and places is None:
        fail(f"{frame.file}: there is neither a point nor a text nor an address to compare reports by",
             f"name columns with --lon and --lat, --text or --address: {', '.join(frame.columns)}")  # fmt: skip
    repeated = len(frame) - len(set(frame.ids))
    if repeated:
        note(f"{frame.file}: {repeated} records repeat an id; each record is compared for itself")
    own = [str(row) for row in range(len(frame))]
    whole = Reports(own, times, lon, lat, words, kinds, places, column(channel, "channel"))
    return whole.take(rows), rows


def parents_of(
    frame: Frame, rows: NDArray[np.int64], column: str | None, pattern: str | None = None
) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
    """Place of each report's parent among `rows` (−1 without), and which are called duplicates, if the file tells.

    Source: docs/topics/duplicates.md, "Command".
    """
    import numpy as np

    named = frame.mapping.duplicates if frame.mapping and column is None else None
    if named:
        column, pattern = named.column, named.pattern
    if column is None:
        fail(f"{frame.file}: which column names the parent?", f"name it with --parent: {', '.join(frame.columns)}")
    cells = frame.strings(column)
    ids = [m[1] if (m := found.search(cell)) else "" for cell in cells] if (found := _pattern(pattern)) else cells
    place = {frame.ids[row]: at for at, row in enumerate(rows)}
    at = np.array([place.get(ids[row], -1) for row in rows], dtype=np.int64)
    return np.where(at == np.arange(len(rows)), -1, at), None


def _pattern(pattern: str | None) -> re.Pattern[str] | None:
    if pattern is None:
        return None
    try:
        found = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        fail(f"--pattern {pattern!r} is no regular expression: {error}", r"for example 'duplicate of (\d+)'")
    if not found.groups:
        fail(f"--pattern {pattern!r} has no group", r"put the id in brackets, for example 'duplicate of (\d+)'")
    return found


def _frame(file: Path | None, preset: str | None, *, dates: str | None = None, **columns: str | None) -> Frame:
    if file is not None:
        return read_frame(file, preset, dates=dates, **columns)
    from bihuan.cli.own import own_frame

    return own_frame()


def _points(frame: Frame) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Longitudes and latitudes in degrees; None without such columns. Says when the columns hold something else."""
    import numpy as np

    if not {"lon", "lat"} <= set(frame.roles):
        return None, None
    lon, lat = frame.numbers("lon"), frame.numbers("lat")
    readable = int(((np.abs(lon) <= 180) & (np.abs(lat) <= 90)).sum())
    if not readable and len(frame):
        shown = next(((a, b) for a, b in zip(frame.strings("lon"), frame.strings("lat"), strict=True) if a or b), "")
        names = f"{frame.roles['lon']!r} and {frame.roles['lat']!r}"
        note(f"{frame.file}: no point in {names} is in degrees with a decimal point, for example {shown}; "
             "reports are compared without points")  # fmt: skip
    return lon, lat


def _words(frame: Frame, text: str | None, kinds: list[str] | None) -> list[str] | None:
    """What reporters wrote. Titles that stand for a category (the same few again and again) are no such words."""
    if text:
        return frame.texts(text)
    if "body" in frame.roles:
        return frame.texts()
    if "title" not in frame.roles:
        return None
    titles = frame.strings("title")
    return titles if kinds is None or len(set(titles)) > LABEL * len(titles) else None


def _told(figures: ParentFigures, out: Path) -> str:
    return (
        f"{figures.children} duplicates held out: first proposal right {figures.top1:.1%}, "
        f"parent among the candidates {figures.recall:.1%} → {out}"
    )
