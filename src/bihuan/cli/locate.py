"""`bihuan locate`: the place each report is about, with its offsets; and points that stand for "unknown"."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bihuan.cli.frames import OutOption, PresetOption, read_frame, write_rows
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.cli.framing import Frame
    from bihuan.insight.places import Gazetteer, Locator

app = typer.Typer(help="Find the place a text names · 地点识别")
HEADER = ("id", "admin", "street", "place", "start", "end", "confidence")
TEXT_COLUMNS = (
    "title",
    "body",
    "text",
    "content",
    "description",
    "留言主题",
    "留言详情",
    "标题",
    "正文",
    "内容",
    "诉求内容",
)
ADDRESS_COLUMNS = ("location", "address", "地址", "location_street_name")

FileArgument = Annotated[
    Path | None, typer.Argument(help="CSV, XLSX, JSON lines or Parquet; none: the platform's own cases. 文件")
]


@app.command("locate")
def locate(
    file: FileArgument = None,
    text: Annotated[str | None, typer.Option("--text", help="Column of the text; offsets refer to it. 文本列")] = None,
    out: OutOption = Path("places.csv"),
    preset: PresetOption = None,
    id_column: Annotated[str | None, typer.Option("--id", help="Column of the id. 编号列")] = None,
    gazetteer: Annotated[Path | None, typer.Option("--gazetteer", help="Known places, CSV or GeoJSON. 地名库")] = None,
    corrections: Annotated[
        Path | None, typer.Option("--corrections", help="With --gazetteer: names learnt, JSON lines. 更正记录")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All candidates with rank, kind and entry. 全部候选")] = False,
    default_points: Annotated[
        bool, typer.Option("--defaults", help="Instead: points that stand for an unknown place. 默认坐标检测")
    ] = False,
    address: Annotated[
        str | None, typer.Option("--address", help="With --defaults: column of the address. 地址列")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write id, admin, street, place, start, end, confidence: one row per record. 地点识别

    See docs/topics/places.md.
    """
    frame = _frame(file, preset, id_column)
    if default_points:
        _defaults(frame, address, as_json)
        return
    from bihuan.insight.places import Locator

    column = frame.name_of(text or ("title" if "title" in frame.roles else "body" if "body" in frame.roles else "text"))
    texts = frame.strings(column)
    known = _gazetteer(gazetteer, corrections) if gazetteer or file else _own_places()
    locator = Locator(known)
    if every:
        count = write_rows(out, (*HEADER, "rank", "kind", "entry"), _all(locator, frame.ids, texts))
        finish({"ok": True, "texts": len(texts), "candidates": count, "file": str(out)}, as_json=as_json, text=str(out))
        return
    places = locator.locate(texts, _beside(frame, column))
    rows = (
        (id_, p.admin, p.street, p.place, *_offsets(p.start, p.end), round(p.confidence, 4)) if p else (id_, *[""] * 6)
        for id_, p in zip(frame.ids, places, strict=True)
    )
    count = write_rows(out, HEADER, rows)
    named = sum(1 for place in places if place and place.place)
    result = {"ok": True, "texts": count, "places": named, "file": str(out), "unreadable": frame.unreadable}
    finish(result, as_json=as_json, text=f"{named} places in {count} texts · {count} 条中 {named} 条有地点 → {out}")


def _frame(file: Path | None, preset: str | None, id_column: str | None) -> Frame:
    if file is not None:
        return read_frame(file, preset, id=id_column)
    from bihuan.cli.own import own_frame

    return own_frame()


def _offsets(start: int, end: int) -> tuple[int | str, int | str]:
    return (start, end) if start >= 0 else ("", "")


def _beside(frame: Frame, column: str) -> list[str]:
    """Other columns of text, by role or by usual name: they only show how names recur."""
    named = {frame.roles[role] for role in ("title", "body") if role in frame.roles}
    others = sorted((named | set(TEXT_COLUMNS) & set(frame.columns)) - {column})
    return [text for other in others for text in frame.strings(other) if text]


def _all(locator: Locator, ids: list[str], texts: list[str]) -> Any:
    from rich.console import Console
    from rich.progress import track

    rows = list(zip(ids, texts, strict=True))
    for id_, text in track(rows, "candidates · 候选", console=Console(stderr=True), transient=True):
        for rank, p in enumerate(locator.candidates(text), start=1):
            span = _offsets(p.start, p.end)
            yield (id_, p.admin, p.street, p.place, *span, round(p.confidence, 4), rank, p.kind, p.entry or "")


def _own_places() -> Gazetteer | None:
    """Of the platform: its own list, and what confirmed cases have taught."""
    from bihuan.loop.store import current_facts
    from bihuan.suggestions.gazetteer import known_places

    return known_places(current_facts().registers.areas) or None


def _gazetteer(file: Path | None, corrections: Path | None) -> Gazetteer | None:
    from bihuan.insight.places import Gazetteer

    if file is None:
        if corrections:
            fail("--corrections teaches other names of known places, but there are none", "name them with --gazetteer")
        return None
    try:
        known = Gazetteer.read(file)
        if corrections:
            known.replay(corrections)
    except (OSError, ValueError) as error:
        fail(f"{file} cannot be used as a gazetteer: {error}", "give a CSV with a column `name`, or GeoJSON")
    for fault in known.faults:
        note(str(fault))
    for name, entries in known.conflicts().items():
        note(f"{file.name}: the name {name!r} belongs to {', '.join(entries)}; the first is taken")
    return known


def _defaults(frame: Frame, address: str | None, as_json: bool) -> None:
    from bihuan.insight.places import defaults

    known = {"lon": ("lon", "longitude", "经度"), "lat": ("lat", "latitude", "纬度")}
    columns = [next((c for c in names if c in frame.columns or c in frame.roles), "") for names in known.values()]
    if "" in columns:
        fail(f"{frame.file}: no columns of longitude and latitude", "name them longitude and latitude, or use --preset")
    said = address or next((name for name in ADDRESS_COLUMNS if name in frame.columns), None)
    texts = frame.strings(said) if said else None
    found = defaults(frame.numbers(columns[0]), frame.numbers(columns[1]), texts)
    lines = [
        f"{one.lon}, {one.lat}: {one.reports} reports ({one.share:.1%}), {one.addresses} addresses, "
        f"{one.expected:.1f} expected · {one.reports} 件, 周边均值 {one.expected:.1f}"
        for one in found
    ]
    result = {"ok": True, "reports": len(frame), "address": said, "points": [asdict(one) for one in found]}
    finish(result, as_json=as_json, text="\n".join(lines) or "none · 无")
