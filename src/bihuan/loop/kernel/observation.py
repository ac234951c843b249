"""What observation says of a case: enough valid values, an instrument that others keep, a drop beyond the background.

Pure: the numbers come through `Facts.ask` and are copied into the event with series, window and vintage, so that
whoever doubts can work them out again. What does not suffice is no failure of the case: a person looks.
Source: DESIGN §14 (verification by observation, watch after closure); docs/adr/0284-verification-by-observation.md.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from bihuan.loop.kernel.context import Context, refusal
from bihuan.loop.kernel.model import Actor, Data, Refusal
from bihuan.loop.kernel.observation_rules import KeepRule, ObservedRule

OUTSIDE = "outside:"
"""Before the keeper of an instrument who is no unit of the district."""


class CitedNumber(NamedTuple):
    """A number with its citation."""

    value: Decimal
    cited: Data


def numbers_of(context: Context, rule: ObservedRule, since: datetime) -> Data | Refusal:
    """Return the numbers that verify a case, or why they do not suffice.

    Args:
        since: When the unit said that it was done.

    Source: docs/adr/0284-verification-by-observation.md (2).
    """
    case, at = context.case, context.at
    due, _ = context.facts.due(since, rule.window)
    if at < due:
        return refusal("window_open", f"观测期至 {due.isoformat()}", f"the window ends at {due.isoformat()}")
    if case.subject is None or case.opened_at is None:
        return refusal("no_subject", "案件没有观测对象", "the case names no subject that is observed")
    before, after = _mean(context, rule, case.opened_at), _mean(context, rule, at)
    if before is None or after is None or min(_count(before), _count(after)) < rule.minimum:
        return refusal("too_few_values", "有效数据不足", f"fewer than {rule.minimum} valid values",
                       remedy=("由人现场核实", "A person looks"))  # fmt: skip
    bound = _kept_by_handler(context, str(after.cited.get("keeper", "")))
    if bound is not None:
        return bound
    said: Data = {"series": rule.series, "before": _told(before), "after": _told(after)}
    drop, background = before.value - after.value, Decimal(0)
    if rule.background != "none":
        around = _background(context, rule, case.opened_at), _background(context, rule, at)
        if (
            around[0] is None
            or around[1] is None
            or min(_neighbours(each) for each in around if each) < rule.neighbours
        ):
            return refusal(
                "no_background", "可比的邻站不足", f"fewer than {rule.neighbours} neighbours to compare with"
            )
        background = around[0].value - around[1].value
        said |= {"background_before": _told(around[0]), "background_after": _told(around[1])}
    said |= {"drop": str(drop), "background_drop": str(background)}
    net = drop - max(background, Decimal(0))
    enough = net >= rule.drop if rule.drop is not None else net > 0
    if rule.below is not None:
        enough = enough and after.value < rule.below
    if not enough:
        return refusal("no_drop", f"净下降 {net} 不足", f"a net drop of {net} does not suffice")
    return said


def back_again(context: Context, rule: KeepRule) -> Data | None:
    """Return what shows that a closed case is back, or None.

    Source: docs/adr/0284-verification-by-observation.md (4).
    """
    case = context.case
    assert case.ended_at is not None
    if case.subject is None:
        return None
    if rule.watch is not None:
        found = context.facts.ask(f"watch.{rule.watch}", _observed(context), context.at)
        if found is None or str(found[0]) <= case.ended_at.isoformat():
            return None
        return {"watch": rule.watch, **found[1]}
    begun, _ = context.facts.due(case.ended_at, rule.window)
    asked = _ask(context, f"{rule.series}.mean {rule.window.replace(' ', '')}", context.at)
    if asked is None or context.at < begun or _count(asked) < rule.minimum:
        return None
    over = rule.above is not None and asked.value > rule.above
    under = rule.below is not None and asked.value < rule.below
    return {"series": rule.series, "after": _told(asked)} if over or under else None


def _kept_by_handler(context: Context, keeper: str) -> Refusal | None:
    """A refusal unless the instrument is kept by somebody unconnected with the handling."""
    if keeper.startswith(OUTSIDE):
        return None
    unit = context.facts.unit(keeper, context.at) if keeper else None
    verify = context.rules.verify
    if unit is not None and verify is not None:
        relations: list[str] = [each for each in verify.independent_of if each != "handler"] or ["unit"]
        if context.facts.dependent(Actor("system:observation", unit=unit), context.case, relations, context.at) is None:
            return None
    return refusal("not_independent", f"监测设备由“{keeper or '不明'}”维护，不能自证",
                   f"the instrument is kept by {keeper or 'somebody unknown'}, not independent of the handling",
                   remedy=("由人现场核实", "A person looks"))  # fmt: skip


def _mean(context: Context, rule: ObservedRule, at: datetime) -> CitedNumber | None:
    return _ask(context, f"{rule.series}.mean {rule.window.replace(' ', '')}", at)


def _background(context: Context, rule: ObservedRule, at: datetime) -> CitedNumber | None:
    group = "" if rule.background == "neighbours" else f" {rule.background}"
    return _ask(context, f"{rule.series}.neighbours {rule.window.replace(' ', '')}{group}", at)


def _ask(context: Context, kind: str, at: datetime) -> CitedNumber | None:
    found: tuple[Any, Data] | None = context.facts.ask(kind, _observed(context), at)
    return None if found is None else CitedNumber(Decimal(str(found[0])), found[1])


def _observed(context: Context) -> str:
    """The key of what is observed: of what the case is about; where that is no declared type, after TYPE and a slash."""
    case = context.case
    subject = case.subject or ""
    return subject if case.about is not None else subject.partition("/")[2] or subject


def _count(asked: CitedNumber) -> int:
    return int(asked.cited.get("valid", 0))


def _neighbours(asked: CitedNumber) -> int:
    return int(asked.cited.get("neighbours", 0))


def _told(asked: CitedNumber) -> Data:
    return {"value": str(asked.value), **asked.cited}
