"""`bihuan prevent`: next week's visits by forecast and public draw, and what they found."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from bihuan.console.output import JsonOption, fail, finish

if TYPE_CHECKING:
    from bihuan.server.keeping import Rows

app = typer.Typer(no_args_is_help=True, add_completion=False)
RECORD = timedelta(days=3650)  # how far back reports are looked at
SOURCE = "the first national lottery result (双色球) after this commitment, numbers as published, in order"


@app.command("propose")
def propose(
    capacity: Annotated[int, typer.Option(min=1, help="Visits of the week. 本周可巡查点位数")] = 30,
    source: Annotated[str, typer.Option(help="Public value the draw will use. 公开随机源")] = SOURCE,
    as_json: JsonOption = False,
) -> None:
    """Fix next week's candidates from the forecast and publish their hash. 提出候选点位并承诺

    See docs/topics/prevention.md.
    """
    import numpy as np

    from bihuan.insight.forecast.model import TooLittle
    from bihuan.prevention.proposing import propose_candidates as candidates

    _start()
    from bihuan.loop.columns import case_columns
    from bihuan.loop.store import current_facts
    from bihuan.prevention.drawing import commit_candidates, count_waits, resting_cells
    from bihuan.prevention.proposing import PlanError

    registers = current_facts().registers
    zone = registers.calendar.zone
    columns = case_columns(registers.district.code, datetime.now(UTC) - RECORD)
    if not columns["id"]:
        fail("this installation holds no case yet", "import one with `bihuan import`")
    try:
        days = np.array([opened.astimezone(zone).date() for opened in columns["time"]], dtype="datetime64[D]")
        lon, lat = (np.array(columns[axis], dtype=np.float64) for axis in ("lon", "lat"))
        areas, kinds = ([value or "" for value in columns[name]] for name in ("area", "category"))
        left_out = resting_cells(_shelf(), days.max().item() + timedelta(days=1))
        week, spots = candidates(lon, lat, days, areas, kinds, capacity, waited=count_waits(_shelf()), resting=left_out)
        commitment = commit_candidates(_shelf(), week, spots, capacity, source)
    except (TooLittle, PlanError, ValueError) as error:
        fail(str(error), "import or simulate cases with places first")
    result = {
        "ok": True,
        "commitment": commitment,
        "week": week.isoformat(),
        "candidates": len(spots),
        "capacity": capacity,
    }
    next_step = f"Next: bihuan prevent draw {commitment} --entropy …"
    text = f"{len(spots)} candidates for the week from {week}\n{next_step}"
    finish(result, as_json=as_json, text=text)


@app.command("draw")
def draw(
    commitment: Annotated[str, typer.Argument(help="As `propose` printed it. 承诺值")],
    entropy: Annotated[list[str], typer.Option("--entropy", help="Public values, in order; repeat. 公开随机值")],
    programme: Annotated[str, typer.Option(help="Programme of the visits. 事项")] = "prevention",
    kind: Annotated[str, typer.Option(help="Kind of case a visit is. 案件类型")] = "visit",
    as_json: JsonOption = False,
) -> None:
    """Draw who is visited and who waits, and declare the campaign. 公开抽取

    See docs/topics/prevention.md.
    """
    _start()
    from django.db import IntegrityError, transaction

    from bihuan.loop.programmes import all_programmes
    from bihuan.loop.store import current_facts
    from bihuan.prevention.drawing import carry_out_plan

    if programme not in all_programmes() or kind not in all_programmes()[programme].cases:
        fail(f"there is no kind {kind!r} of programme {programme!r}", f"known: {', '.join(all_programmes())}")
    district = current_facts().registers.district.code
    try:
        with transaction.atomic():
            plan = carry_out_plan(_shelf(), commitment, entropy, programme, kind, district)
    except IntegrityError:
        fail("that plan was drawn already", "a plan is drawn once; propose the next week")
    arms = [place["arm"] for place in plan["places"]]
    counts = {arm: arms.count(arm) for arm in sorted(set(arms))}
    text = f"{plan['campaign']}  {counts}\nNext: bihuan campaign open {plan['campaign']}"
    finish({"ok": True, **plan, "arms": counts}, as_json=as_json, text=text)


@app.command("show")
def show(
    campaign: Annotated[str, typer.Argument(help="The plan's campaign. 计划编号")],
    as_json: JsonOption = False,
) -> None:
    """What the visits found: the hit-rate with its interval. 命中率

    See docs/topics/prevention.md.
    """
    _start()
    from bihuan.prevention.results import plan_results

    told = plan_results(_shelf(), campaign)
    text = "\n".join(f"{name:10} {value}" for name, value in told.items())
    finish({"ok": True, **told}, as_json=as_json, text=text)


@app.command("list")
def list_(as_json: JsonOption = False) -> None:
    """Plans drawn here. 已抽取的计划

    See docs/topics/prevention.md.
    """
    _start()
    from bihuan.prevention.drawing import plans_of

    plans = plans_of(_shelf())
    listed = [{"campaign": p["campaign"], "week": p["week"], "places": len(p["places"])} for p in plans]
    text = "\n".join(f"{p['campaign']}  {p['week']}  {p['places']}" for p in listed) or "none 无"
    finish({"ok": True, "plans": listed}, as_json=as_json, text=text)


@app.command("effect")
def effect(
    campaign: Annotated[list[str] | None, typer.Argument(help="Plans; none: all drawn here. 计划编号")] = None,
    before: Annotated[int, typer.Option(min=2, help="Weeks before. 之前周数")] = 8,
    after: Annotated[int, typer.Option(min=1, help="Weeks from the visits on. 之后周数")] = 4,
    as_json: JsonOption = False,
) -> None:
    """Whether the visits made reports fewer: visited places against those that waited. 预防成效

    See docs/topics/prevention.md.
    """
    _start()
    from bihuan.insight.effect import EffectError
    from bihuan.insight.effect.describing import describe_effect
    from bihuan.loop.campaigns import run_as_campaigns
    from bihuan.loop.columns import case_columns
    from bihuan.loop.store import current_facts
    from bihuan.prevention.drawing import plans_of
    from bihuan.prevention.effects import judge_kept_plans, reports_of
    from bihuan.prevention.proposing import PlanError

    zone = current_facts().registers.calendar.zone
    columns = case_columns(current_facts().registers.district.code)
    names = campaign or [plan["campaign"] for plan in plans_of(_shelf())]
    try:
        reports = reports_of(columns, zone, run_as_campaigns())
        found, told = judge_kept_plans(_shelf(), names, reports, datetime.now(zone).date(), before, after)
    except PlanError as error:
        fail(str(error), "see `bihuan prevent list`")
    except EffectError as error:
        fail(error.message, error.remedy)
    finish({"ok": True, **told, **found.to_json()}, as_json=as_json, text=describe_effect(found))


def _start() -> None:
    from bihuan.console.bootstrap import start_django

    start_django()
    from bihuan.loop import scope
    from bihuan.loop.store import current_facts

    scope.ensure(current_facts().registers.district.code)


def _shelf() -> Rows:
    from bihuan.server.keeping import Rows

    return Rows("prevention")
