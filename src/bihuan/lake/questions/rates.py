"""The three rates (三率) of a month by unit, from events alone.

The same definitions as the published indicators, written a second time: a test holds both to the same numbers.
A case counts by its last valid call-back of the month, for the unit that held it in that round.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.types as ir

from bihuan.lake.engines import Lake
from bihuan.lake.manifest import LakeError
from bihuan.lake.questions.months import month_bounds

VALID = ("solved", "partly", "unsolved", "passed", "failed")
GOOD = ("solved", "passed")
LEADING = ("dispatched", "arbitrated")
SETTING = ("start", "resume", "restore", "extend", "replace")
Rules = dict[str, dict[str, Any]]


def three_rates(lake: Lake, month: str | None) -> ir.Table:
    """Numerator, denominator and exclusions per indicator, programme, unit, area and category.

    Raises:
        LakeError: no month was named, or the lake does not know its definitions.

    Source: docs/topics/indicators.md, "What is counted"; docs/topics/lake.md, "Questions".
    """
    if month is None:
        raise LakeError("the three rates are those of a month; name it with --period YYYY-MM")
    rules: Rules = lake.manifest.definitions.get(month, {})
    if not rules:
        raise LakeError(
            f"the lake holds nothing of {month}; it knows {', '.join(lake.manifest.definitions) or 'no month'}"
        )
    events = lake.table("events")
    base = lake.keep(_placed(events, lake.keep(_answered(events, lake, month))))
    base = _in_time(events, lake.table("clocks"), base, rules["response_rate"]["clock"])
    rows = [_members(base, name, rule) for name, rule in sorted(rules.items())]
    members = ibis.union(*rows) if len(rows) > 1 else rows[0]
    left_out = _left_out(events, members, rules)
    return left_out.group_by("indicator", "programme", "unit", "area", "category").agg(
        numerator=(left_out.counted & ~left_out.excluded).cast("int64").sum(),
        denominator=(~left_out.excluded).cast("int64").sum(),
        excluded=left_out.excluded.cast("int64").sum(),
    )


def _answered(events: ir.Table, lake: Lake, month: str) -> ir.Table:
    """Return the last valid call-back of each case in the month."""
    start, until = month_bounds(lake.manifest, month)
    valid = events.filter(
        events.kind == "verified", events.occurred_at >= ibis.literal(start), events.occurred_at < ibis.literal(until),
        events.result.isin(VALID),
    )  # fmt: skip
    newest = ibis.row_number().over(group_by=valid.case_id, order_by=valid.version.desc())
    last = valid.mutate(nth=newest).filter(lambda t: t.nth == 0)
    return last.select("case_id", "version", "result", "satisfied", "contacted")


def _latest(events: ir.Table, base: ir.Table, column: str, *, strictly: bool) -> ir.Table:
    """Per row of base, what the newest of `events` up to it (before it, when strictly) says in `column`."""
    right = events.select(case_id_=events.case_id, version_=events.version, said=events[column])
    before = right.version_ < base.version if strictly else right.version_ <= base.version
    pairs = base.inner_join(right, [base.case_id == right.case_id_, before])
    return pairs.group_by(pairs.case_id).agg(said=pairs.said.argmax(pairs.version_))


def _with(base: ir.Table, found: ir.Table, name: str) -> ir.Table:
    """Base with one more column, null where nothing was found."""
    right = found.select(case_id_=found.case_id, **{name: found.said})
    return base.left_join(right, base.case_id == right.case_id_).drop("case_id_")


def _placed(events: ir.Table, answered: ir.Table) -> ir.Table:
    """Programme, area and category as they stood, and the unit of the round with the event it began at."""
    opened = events.filter(events.kind == "opened")
    spoke = events.filter(events.kind.isin(("opened", "classified")))
    led = events.filter(events.kind.isin(LEADING))
    again = (events.kind == "verified") & (events.reopens == "true")
    begins = events.filter(events.kind.isin((*LEADING, "reopened")) | again.fill_null(False))
    found = {
        "programme": _latest(opened, answered, "programme", strictly=False),
        "area": _latest(spoke.filter(spoke.area.notnull()), answered, "area", strictly=False),
        "category": _latest(spoke.filter(spoke.category.notnull()), answered, "category", strictly=False),
        "unit": _latest(led, answered, "lead", strictly=True),
        "since": _latest(begins, answered, "version", strictly=True),
    }
    base = answered
    for name, told in found.items():
        base = _with(base, told, name)
    return base.mutate(since=base.since.fill_null(0))


def _in_time(events: ir.Table, clocks: ir.Table, base: ir.Table, clock: str) -> ir.Table:
    """Return whether the round's first contact came before its clock fell due, as the clock stood then."""
    right = events.filter(events.kind == "contacted").select(
        case_id_=events.case_id, contact=events.version, contact_at=events.occurred_at
    )
    pairs = base.inner_join(
        right, [base.case_id == right.case_id_, right.contact > base.since, right.contact < base.version]
    )
    nth = ibis.row_number().over(group_by=pairs.case_id, order_by=pairs.contact)
    first = pairs.mutate(nth=nth).filter(lambda t: t.nth == 0).select("case_id", "since", "contact", "contact_at")
    setting = clocks.filter(clocks.name == clock, clocks.operation.isin(SETTING))
    ops = setting.select(case_id_=setting.case_id, set_at=setting.version, due=setting.due)
    held = first.inner_join(ops, [first.case_id == ops.case_id_, ops.set_at >= first.since, ops.set_at < first.contact])
    due = held.group_by(held.case_id).agg(due=held.due.argmax(held.set_at)).rename(case_id_="case_id")
    known = first.left_join(due, first.case_id == due.case_id_).drop("case_id_")
    said = known.select("case_id", said=(known.contact_at <= known.due).fill_null(True))
    with_time = _with(base, said, "in_time")
    return with_time.mutate(in_time=with_time.in_time.fill_null(False))


def _members(base: ir.Table, indicator: str, rule: dict[str, Any]) -> ir.Table:
    """Return the cases of one indicator, and whether each counts for it."""
    good = base.result.isin(GOOD).fill_null(False)
    counted = {
        "response_rate": base.in_time & (base.contacted != "false").fill_null(True),
        "resolution_rate": good,
        "satisfaction_rate": (base.satisfied == "yes").fill_null(False),
    }[indicator]
    mine = base.programme.isin(rule["programmes"] or [""])
    asked = mine & base.satisfied.notnull() if indicator == "satisfaction_rate" else mine
    rows = base.mutate(indicator=ibis.literal(indicator), counted=counted).filter(asked)
    empty = {name: rows[name].fill_null("") for name in ("unit", "area", "category")}
    return rows.mutate(**empty).select("indicator", "case_id", "programme", "unit", "area", "category", "counted")


def _left_out(events: ir.Table, members: ir.Table, rules: Rules) -> ir.Table:
    """Members, with whether an approved appeal took each out."""
    appeals = events.filter(events.kind == "excluded")
    nth = ibis.row_number().over(group_by=[appeals.case_id, appeals.indicator], order_by=appeals.version.desc())
    newest = appeals.mutate(nth=nth).filter(lambda t: t.nth == 0)
    standing = newest.filter(newest.reason.notnull() & (newest.reason != ""))
    right = standing.select(case_id_=standing.case_id, of=standing.indicator)
    appealable = [name for name, rule in rules.items() if rule["appealable"]]
    open_to = members.filter(members.indicator.isin(appealable or [""]))
    hits = open_to.inner_join(
        right, [open_to.case_id == right.case_id_, right.of.isin(("all",)) | (right.of == open_to.indicator)]
    )
    out = hits.select(case_id_=hits.case_id, indicator_=hits.indicator).distinct()
    joined = members.left_join(out, [members.case_id == out.case_id_, members.indicator == out.indicator_])
    return joined.mutate(excluded=joined.case_id_.notnull()).drop("case_id_", "indicator_")
