"""`bihuan suggestions`: what became of them, labels for the next model, and asking anew after a new model."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bihuan.cli.frames import OutOption, write_rows
from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.suggestions.labels import DecidedLabel

app = typer.Typer(no_args_is_help=True, help="Suggestions at the desk and their answers · 智能建议")


@app.command("counts")
def counts(
    month: Annotated[str, typer.Option("--month", help="YYYY-MM; the present one by default. 月份")] = "",
    as_json: JsonOption = False,
) -> None:
    """Offered, accepted, corrected, overruled in a month, by question and model. 采纳统计

    See docs/topics/suggestions.md.
    """
    start_django()
    from bihuan.loop.store import current_facts
    from bihuan.numbers.periods import Month, PeriodError
    from bihuan.suggestions.counting import count_suggestions

    zone = current_facts().registers.calendar.zone
    try:
        asked = Month.parse(month) if month else Month.of(datetime.now(UTC), zone)
    except PeriodError as error:
        fail(str(error), "write the month as YYYY-MM")
    lines = count_suggestions(*asked.bounds(zone))
    text = "\n".join(
        f"{line.kind:9} {line.model:28} offered {line.offered} accepted {line.accepted} corrected {line.corrected} "
        f"overruled {line.overruled} expired {line.expired} unanswered {line.unanswered}"
        for line in lines
    )
    result = {"ok": True, "month": str(asked), "lines": [line._asdict() for line in lines]}
    finish(result, as_json=as_json, text=text or f"nothing was suggested in {asked} · 当月没有建议")


@app.command("export-labels")
def export_labels(
    out: OutOption = Path("labels.csv"),
    teach: Annotated[
        bool, typer.Option("--teach", help="Also add what is new to the corrections of `bihuan triage train`. 并入训练")
    ] = False,
    since: Annotated[datetime | None, typer.Option("--since", help="Answered from this day on (UTC). 起始日")] = None,
    as_json: JsonOption = False,
) -> None:
    """Write what operators decided as labels (`id,text,label,…`): words masked, nobody's identity. 导出更正标签

    See docs/topics/suggestions.md.
    """
    start_django()
    from bihuan.loop.store import current_facts
    from bihuan.suggestions.labels import HEADER, LONG_AGO, decided_labels

    current_facts()  # names the district to this connection
    found = list(decided_labels(since.replace(tzinfo=UTC) if since else LONG_AGO))
    count = write_rows(out, HEADER, found)
    added = _teach(found) if teach else 0
    text = f"{count} labels in {out}, {added} new for the next training · 导出 {count} 条"
    finish({"ok": True, "labels": count, "taught": added, "file": str(out)}, as_json=as_json, text=text)


def _teach(found: list[DecidedLabel]) -> int:
    """Append labels to the registry's corrections, each words-and-category once; returns how many were new."""
    from bihuan.insight.triage import corrections
    from bihuan.server.keeping import Rows

    shelf = Rows("corrections", history=False)
    known = {(each.text, each.label) for each in corrections.read_corrections(shelf)[0]}
    fresh = dict.fromkeys((e.text, e.label) for e in found if (e.text, e.label) not in known)
    corrections.append_corrections(shelf, [corrections.Correction(*key) for key in fresh])
    return len(fresh)


@app.command("again")
def again(as_json: JsonOption = False) -> None:
    """Let the worker suggest anew for every case at the desk (after a new model); answers stay. 重新建议

    See docs/topics/suggestions.md.
    """
    start_django()
    from bihuan.loop.store import current_facts
    from bihuan.suggestions import work
    from bihuan.suggestions.drafts import Task

    queued = work.wait_again([Task.WORDS, Task.PARENT], current_facts().registers.district.code)
    finish({"ok": True, "queued": queued}, as_json=as_json, text=f"{queued} tasks wait for the worker · 已排队")
