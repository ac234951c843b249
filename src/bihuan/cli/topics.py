"""`bihuan topics`: messages in, topics out: who belongs to which, and a ranked summary with reasons."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bihuan.cli.frames import DatesOption, OutOption, PresetOption, read_frame, write_rows
from bihuan.console.output import JsonOption, fail, finish, note

if TYPE_CHECKING:
    from bihuan.cli.framing import Frame
    from bihuan.insight.topics import Topic
    from bihuan.insight.topics.causes import RootCause

app = typer.Typer(help="Topics behind many reports · 每月一题")
SHOWN = 10


@app.command("topics")
def topics(
    file: Annotated[Path | None, typer.Argument(help="File; own cases without. 文件,缺省为本平台案件")] = None,
    out: OutOption = Path("topics.csv"),
    preset: PresetOption = None,
    summary: Annotated[Path | None, typer.Option("--summary", help="Ranked topics as JSON. 排名与理由")] = None,
    title: Annotated[str | None, typer.Option("--title", help="Column of the title. 标题列")] = None,
    text: Annotated[str | None, typer.Option("--text", help="Column of the text. 正文列")] = None,
    time: Annotated[str | None, typer.Option("--time", help="Column of the time. 时间列")] = None,
    dates: DatesOption = None,
    area: Annotated[str | None, typer.Option("--area", help="Column of the area. 区域列")] = None,
    author: Annotated[str | None, typer.Option("--author", help="Column of who wrote. 留言人列")] = None,
    site: Annotated[str | None, typer.Option("--site", help="Recorded place: a topic lies in one. 登记地点列")] = None,
    event: Annotated[str | None, typer.Option("--event", help="Which reports were merged. 已合并事件列")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the search. 随机种子")] = 0,
    least: Annotated[int, typer.Option("--least", min=2, help="Fewest members. 最少件数")] = 2,
    as_json: JsonOption = False,
) -> None:
    """Find the topics. One row per member: message_id,topic_id; messages of no topic are left out. 归类选题

    See docs/topics/topics.md.
    """
    frame = _own() if file is None else read_frame(file, preset, dates=dates, title=title, body=text, time=time)
    if "title" not in frame.roles and "body" not in frame.roles:
        fail(f"{frame.file}: which column is the text?", f"name --title or --text; columns: {', '.join(frame.columns)}")
    from bihuan.insight.topics import find_topics

    note(f"{len(frame)} messages · 件诉求")
    empty = [""] * len(frame)
    titles = frame.strings("title") if "title" in frame.roles else empty
    try:
        found = find_topics(
            frame.ids,
            titles,
            frame.strings("body") if "body" in frame.roles else empty,
            frame.times() if "time" in frame.roles else None,
            _areas(frame, area, titles),
            seed,
            authors=_authors(frame, author),
            sites=_decided(frame, site, file, "area"),
            events=_decided(frame, event, file, "event"),
            least=least,
        )
    except ValueError as error:
        fail(f"{frame.file}: {error}", "name the right columns, or remove the doubled rows")
    rows = [(member, topic.topic_id) for topic in found for member in topic.members]
    write_rows(out, ("message_id", "topic_id"), rows)
    causes = _causes(found, frame)
    if summary:
        ranked, linked = [topic.to_json() for topic in found], [cause.to_json() for cause in causes]
        _write(summary, {"topics": ranked, "root_causes": linked})
    lines = [f"{t.rank:>3}  {t.label}\n     {t.why['zh']}\n     {t.why['en']}" for t in found[:SHOWN]]
    result = {
        "ok": True, "messages": len(frame), "topics": len(found), "members": len(rows),
        "root_causes": len(causes),
        "large": sum(len(t.members) >= 4 for t in found), "unreadable": frame.unreadable, "out": str(out),
        "summary": str(summary) if summary else None,
    }  # fmt: skip
    finish(result, as_json=as_json, text="\n".join([*lines, f"{len(found)} topics · 个专题 → {out}"]))


def _causes(found: list[Topic], frame: Frame) -> list[RootCause]:
    """Topics that may have one cause; none where no time is known."""
    from bihuan.insight.topics.causes import root_causes

    if "time" not in frame.roles:
        return []
    pairs = zip(frame.ids, frame.times().astype("datetime64[s]"), strict=True)
    return root_causes(found, {name: when for name, when in pairs if when == when})  # NaT is not itself


def _own() -> Frame:
    from bihuan.cli.own import own_frame

    return own_frame()


def _areas(frame: Frame, column: str | None, titles: list[str]) -> list[str]:
    """The area of each message: a column's, else the administrative area its title names."""
    if column is None and "area" in frame.columns:
        column = "area"
    if column is not None:
        return frame.strings(column)
    from bihuan.insight.places import Locator

    return [place.admin if place is not None else "" for place in Locator().locate(titles)]


def _decided(frame: Frame, column: str | None, file: Path | None, own: str) -> list[str] | None:
    """What people decided about each message: a column's, or that of the own cases; None for other files."""
    column = column or (own if file is None else None)
    return None if column is None else frame.strings(column)


def _authors(frame: Frame, column: str | None) -> list[str] | None:
    """Who wrote, where the preset or the user names a column; only compared, never written out."""
    if column is not None:
        return frame.strings(column)
    known = frame.mapping.names("name") if frame.mapping else []
    return next((frame.strings(name) for name in known if name in frame.columns), None)


def _write(path: Path, body: dict[str, object]) -> None:
    try:
        path.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        fail(f"{path} cannot be written: {error.strerror}", "name a file in a folder that exists and may be written")
