"""`bihuan monthly-topic`: take ranked topics up for a month, with the reason the public reads."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from bihuan.console.output import JsonOption, fail, finish

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.command("select")
def select(
    month: Annotated[str, typer.Argument(help="YYYY-MM 月份")],
    summary: Annotated[Path, typer.Option("--summary", help="As `bihuan topics --summary` wrote it. 专题排名文件")],
    topic: Annotated[list[str], typer.Option("--topic", help="Topic id; repeat. 专题编号")],
    reason: Annotated[list[str], typer.Option("--reason", help="Why, one per topic, for the public. 公开理由")],
    category: Annotated[list[str] | None, typer.Option("--category", help="One per topic. 类别")] = None,
    lead: Annotated[
        list[str] | None, typer.Option("--lead", help="Code of the lead unit, one per topic. 牵头单位")
    ] = None,
    programme: Annotated[str, typer.Option(help="Programme of the cases. 事项")] = "monthly-topic",
    kind: Annotated[str, typer.Option(help="Kind of case. 案件类型")] = "problem",
    as_json: JsonOption = False,
) -> None:
    """Publish the selection in the ledger and declare its campaign. 选题

    See docs/topics/topics.md.
    """
    from bihuan.console.bootstrap import start_django

    start_django()
    from django.db import IntegrityError, transaction

    from bihuan.loop import scope
    from bihuan.loop.store import current_facts
    from bihuan.numbers.periods import Month
    from bihuan.prevention.selecting import TopicChoice, read_summary
    from bihuan.prevention.selecting import select_topics as publish
    from bihuan.server.keeping import Rows

    categories = category or ["topic.other"] * len(topic)
    leads: list[str | None] = list(lead) if lead else [None] * len(topic)
    if not len(topic) == len(reason) == len(categories) == len(leads):
        told = f"{len(topic)} topics, {len(reason)} reasons, {len(categories)} categories, {len(leads)} lead units"
        fail(told, "give one of each per topic")
    choices = [TopicChoice(*each) for each in zip(topic, categories, reason, leads, strict=True)]
    registers = current_facts().registers
    if unknown := {unit for unit in leads if unit} - {span.code for span in registers.organisations}:
        fail(f"no unit {min(unknown)!r}", "give the code of a unit of the district; see `bihuan load organisations`")
    district = registers.district.code
    scope.ensure(district)
    try:
        with transaction.atomic():
            selected = publish(
                Rows("prevention"), Month.parse(month), read_summary(summary), choices, programme, kind, district
            )
    except IntegrityError:
        fail(f"the topics of {month} were selected already", "see `bihuan campaign show`; add them to the next month")
    text = "\n".join(f"{t['topic']}  {t.get('label', '')}  {t['reason']}" for t in selected["selected"])
    finish({"ok": True, **selected}, as_json=as_json, text=f"{text}\nNext: bihuan campaign open {selected['campaign']}")


@app.command("effect")
def effect(
    month: Annotated[str, typer.Argument(help="YYYY-MM 月份")],
    as_json: JsonOption = False,
) -> None:
    """Whether reports of a month's topics fell: their streets against all other streets. 选题治理成效

    See docs/topics/topics.md.
    """
    from bihuan.console.bootstrap import start_django

    start_django()
    from bihuan.loop.campaigns import run_as_campaigns
    from bihuan.loop.columns import case_columns
    from bihuan.loop.store import current_facts
    from bihuan.numbers.periods import Month
    from bihuan.prevention.effects import judge_topics
    from bihuan.server.keeping import Rows

    registers = current_facts().registers
    columns = case_columns(registers.district.code)
    shelf, today = Rows("prevention"), datetime.now(registers.calendar.zone).date()
    told = judge_topics(shelf, Month.parse(month).first, columns, registers, run_as_campaigns(), today)
    lines = [f"{t['topic']}  {t['estimate'] if t['refused'] is None else t['refused']['zh']}" for t in told]
    finish({"ok": True, "month": month, "topics": told}, as_json=as_json, text="\n".join(lines))
