"""`bihuan campaign start|open|show`: cover a dated population, each member once."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bihuan.console.bootstrap import start_django
from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.loop.facts import LoopFacts
    from bihuan.loop.models import CampaignRow

app = typer.Typer(no_args_is_help=True, help="Cover a dated population, each member once · 专项行动")

Key = Annotated[str, typer.Argument(help="The campaign's id. 专项行动编号")]


@app.command("start")
def start(
    file: Annotated[Path, typer.Argument(help="YAML: id, programme, kind, start, end, members. 文件")],
    as_json: JsonOption = False,
) -> None:
    """Declare a campaign from a file; its members and dates are fixed from then on. 启动专项行动"""
    start_django()
    from django.db import IntegrityError, transaction

    from bihuan.declare.problems import DeclarationError
    from bihuan.loop import campaigns
    from bihuan.loop.campaign_files import load_campaign
    from bihuan.loop.programmes import all_programmes

    registers = _facts().registers
    try:
        units = {span.code for span in registers.organisations}
        declared = load_campaign(file, all_programmes(), {area.code for area in registers.areas}, units)
    except DeclarationError as error:
        fail(str(error), "correct the file; nothing was started", problems=[p.as_dict() for p in error.problems])
    campaign = declared.campaign
    try:
        with transaction.atomic():
            campaigns.start(campaign, registers.district.code, declared.facts_of)
    except IntegrityError:
        fail(f"campaign {campaign.id!r} exists already", "choose another id; a campaign's members are fixed")
    result = {"ok": True, "id": campaign.id, "members": len(campaign.members)}
    text = f"{campaign.id}: {len(campaign.members)} members. Next: bihuan campaign open {campaign.id}"
    finish(result, as_json=as_json, text=text)


@app.command("open")
def open_(
    key: Key,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="At most so many now. 本次上限")] = None,
    as_json: JsonOption = False,
) -> None:
    """Open a case for each member that has none; safe to repeat. 逐一立案"""
    start_django()
    from bihuan.loop import campaigns
    from bihuan.loop.kernel.model import acting_as

    row, facts, now = _row(key), _facts(), datetime.now(UTC)
    today = now.astimezone(facts.registers.calendar.zone).date()
    if not row.start <= today <= row.end:
        fail(
            f"campaign {key!r} runs from {row.start} to {row.end}; today is {today}", "open its cases within its dates"
        )
    actor = acting_as("desk", getpass.getuser())
    opened = campaigns.open_cases(key, actor, now, facts, limit)
    counts = campaigns.covered(key)
    refused = counts.get("unopened", 0) if limit is None else 0
    result = {"ok": not refused, "id": key, "opened": opened, "refused": refused, "covered": counts}
    text = f"{opened} cases opened, {refused} refused · 已立案\n{_counts(counts)}"
    finish(result, as_json=as_json, text=text)


@app.command("show")
def show(key: Key, as_json: JsonOption = False) -> None:
    """Members by where they stand; the sum is the population. 覆盖情况"""
    start_django()
    from bihuan.loop import campaigns

    row = _row(key)
    counts = campaigns.covered(key)
    result = {"ok": True, "id": key, "programme": row.programme, "kind": row.kind, "start": row.start, "end": row.end,
              "members": len(row.members), "covered": counts}  # fmt: skip
    text = f"{key}  {row.programme}/{row.kind}  {row.start} – {row.end}  {len(row.members)} members\n{_counts(counts)}"
    finish(result, as_json=as_json, text=text)


def _counts(counts: dict[str, int]) -> str:
    return "\n".join(f"  {name:12} {count}" for name, count in sorted(counts.items()))


def _row(key: str) -> CampaignRow:
    from bihuan.loop.models import CampaignRow

    row = CampaignRow.objects.filter(pk=key).first()
    if row is None:
        known = ", ".join(CampaignRow.objects.order_by("id").values_list("id", flat=True)) or "none started"
        fail(f"no campaign {key!r}", f"known: {known}; start one: bihuan campaign start FILE.yaml")
    return row


def _facts() -> LoopFacts:
    from bihuan.loop.store import current_facts
    from bihuan.registers.pure.errors import RegisterError

    try:
        return current_facts()
    except RegisterError as error:
        fail(str(error), "load a district first: bihuan load district FOLDER")
