"""What briefings tell of prevention: whether visits and taken-up topics made reports fewer."""

from __future__ import annotations

import datetime as dt
import json
import re

from bihuan.briefings.found import Material
from bihuan.briefings.given import effect_facts
from bihuan.insight.effect import EffectError
from bihuan.loop.campaigns import run_as_campaigns
from bihuan.prevention.effects import AFTER, BEFORE, judge_kept_plans, judge_topics, reports_of
from bihuan.prevention.proposing import NAMED, PlanError

ROOM = "prevention"  # of rows: where plans and selections are kept
PLANS = {"zh": "预防性巡查", "en": "preventive visits"}
SELECTION = re.compile(r"monthly-topic-\d{4}-\d{2}\.json")


def add_plans(material: Material) -> list[str]:
    """Add the effect of all plans whose weeks have passed by the end of the span and began within half a year before.

    Returns:
        why there is none, a sentence.

    Source: docs/topics/prevention.md; docs/topics/effect.md.
    """
    span, shelf = material.span, material.shelf_of(ROOM)
    today = span.last + dt.timedelta(days=1)
    earliest = today - dt.timedelta(days=182)
    recent = []
    for name in shelf.names(NAMED):
        week = dt.date.fromisoformat(json.loads(shelf.read(name) or b"{}")["week"])
        if earliest <= week and week + dt.timedelta(weeks=AFTER) <= today:
            recent.append(name.removesuffix(".json"))
    if not recent:
        return []
    reports = reports_of(material.columns, material.facts.registers.calendar.zone, run_as_campaigns())
    try:
        found, _ = judge_kept_plans(shelf, recent, reports, today, BEFORE, AFTER)
    except (PlanError, EffectError) as error:
        return [f"no effect of the visits: {error}"]
    effect_facts(material.told, PLANS, found.to_json())
    return []


def add_taken_up(material: Material) -> list[str]:
    """Add the effect on the topics taken up in the months of the half year before.

    Returns:
        why there is none, a sentence for each.

    Source: docs/topics/prevention.md; docs/topics/effect.md.
    """
    span, shelf = material.span, material.shelf_of(ROOM)
    said = []
    for name in [name for name in shelf.names("monthly-topic-") if SELECTION.fullmatch(name)][-6:]:
        campaign = name.removesuffix(".json")
        start = dt.date.fromisoformat(f"{campaign[-7:]}-01")
        if start >= span.first:
            continue
        labels = {t["topic"]: t.get("label", t["topic"]) for t in json.loads(shelf.read(name) or b"{}")["selected"]}
        today = span.last + dt.timedelta(days=1)
        try:
            judged = judge_topics(shelf, start, material.columns, material.facts.registers, run_as_campaigns(), today)
        except PlanError as error:
            said.append(f"no effect of {campaign}: {error}")
            continue
        for answer in judged:
            label = labels.get(answer["topic"], answer["topic"])
            effect_facts(material.told, {"zh": label, "en": label}, answer)
    return said
