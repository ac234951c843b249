"""What the insight room finds in the platform's own cases up to the end of a span: topics, forecast, effects."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bihuan.briefings.collect import Span
from bihuan.briefings.facts import Facts, Words
from bihuan.briefings.given import LISTED, effect_facts, forecast_facts, topic_facts
from bihuan.insight.effect import EffectError
from bihuan.insight.forecast import daykinds, model, panel
from bihuan.insight.shelf import Shelf
from bihuan.insight.topics import find_topics
from bihuan.loop.columns import case_columns
from bihuan.loop.facts import LoopFacts
from bihuan.prevention.effects import AFTER, BEFORE, judged_topics, of_plans, reports_of
from bihuan.prevention.proposing import NAMED, PlanError
from bihuan.prevention.results import run_as_campaigns

Columns = Mapping[str, Sequence[Any]]
AHEAD = {"weekly": 14, "monthly": 28}  # days
LOOKS = {"weekly": 28, "monthly": 0}  # days of cases the topics are found in; 0: those of the span
RECORD = 800  # days of record a forecast looks at
PLANS = {"zh": "预防性巡查", "en": "preventive visits"}

SELECTION = re.compile(r"monthly-topic-\d{4}-\d{2}\.json")


def add_found(told: Facts, span: Span, facts: LoopFacts, shelf: Shelf, names: Mapping[str, Words]) -> list[str]:
    """Add topics, the forecast and the effects of prevention to a briefing's facts.

    Args:
        told: Added to.
        span: Its week or month; nothing after its last day is looked at.
        facts: Registers.
        shelf: Where drawn plans and selections are kept.
        names: Category code → its name in zh and en.

    Returns:
        what could not be said, and why, a sentence each.

    Source: docs/adr/0191 (nothing later than the span's last day); docs/topics/briefings.md.
    """
    zone = facts.registers.calendar.zone
    first, end = span.bounds(zone)
    columns = case_columns(facts.registers.district.code, end - dt.timedelta(days=RECORD), end)
    campaigns = run_as_campaigns()
    kept = [i for i, programme in enumerate(columns["programme"]) if programme not in campaigns]
    own = {name: [cells[i] for i in kept] for name, cells in columns.items()}
    since = end - dt.timedelta(days=LOOKS[span.kind]) if LOOKS[span.kind] else first
    _topics(told, own, since, facts)
    return [
        *_forecast(told, own, span, facts, names),
        *_plans(told, columns, span, facts, shelf),
        *_taken_up(told, columns, span, facts, shelf),
    ]


def _topics(told: Facts, columns: Columns, since: dt.datetime, facts: LoopFacts) -> None:
    kept = [i for i, moment in enumerate(columns["time"]) if moment >= since]
    areas = facts.registers.areas
    found = find_topics(
        [columns["id"][i] for i in kept],
        [columns["title"][i] for i in kept],
        [columns["body"][i] for i in kept],
        np.array([columns["time"][i].replace(tzinfo=None) for i in kept], dtype="datetime64[s]"),
        [areas.up_to_level(columns["area"][i] or "", "street") or "" for i in kept],
        sites=[columns["area"][i] or "" for i in kept],
        events=[columns["event"][i] for i in kept],
    )
    topic_facts(told, [(t.topic_id, t.label, len(t.events), len(t.members), t.members) for t in found[:LISTED]])


def _forecast(told: Facts, columns: Columns, span: Span, facts: LoopFacts, names: Mapping[str, Words]) -> list[str]:
    zone = facts.registers.calendar.zone
    days = np.array([moment.astimezone(zone).date() for moment in columns["time"]], dtype="datetime64[D]")
    try:
        counted = panel.panel(days, [[c or "" for c in columns["category"]]], span.last + dt.timedelta(days=1))
        found = model.forecast(
            counted.counts,
            counted.start,
            AHEAD[span.kind],
            groups=counted.groups,
            holidays=daykinds.of_zone(str(zone)),
            country="CN" if str(zone) in daykinds.CHINA_ZONES else "",
        )
    except model.TooLittle as error:
        return [f"no forecast: {error}"]
    means = {
        name: (names.get(name, {"zh": name, "en": name}), float(found.mean[s].sum()))
        for s, name in enumerate(counted.names)
    }
    forecast_facts(told, means, [day.isoformat() for day in found.dates])
    return []


def _plans(told: Facts, columns: Columns, span: Span, facts: LoopFacts, shelf: Shelf) -> list[str]:
    """All plans whose weeks have passed by the end of the span and that began within half a year before it."""
    today = span.last + dt.timedelta(days=1)
    earliest = today - dt.timedelta(days=182)
    recent = []
    for name in shelf.names(NAMED):
        week = dt.date.fromisoformat(json.loads(shelf.read(name) or b"{}")["week"])
        if earliest <= week and week + dt.timedelta(weeks=AFTER) <= today:
            recent.append(name.removesuffix(".json"))
    if not recent:
        return []
    reports = reports_of(columns, facts.registers.calendar.zone, run_as_campaigns())
    try:
        found, _ = of_plans(shelf, recent, reports, today, BEFORE, AFTER)
    except (PlanError, EffectError) as error:
        return [f"no effect of the visits: {error}"]
    effect_facts(told, PLANS, found.to_json())
    return []


def _taken_up(told: Facts, columns: Columns, span: Span, facts: LoopFacts, shelf: Shelf) -> list[str]:
    """The topics taken up in the months of the half year before."""
    said = []
    for name in [name for name in shelf.names("monthly-topic-") if SELECTION.fullmatch(name)][-6:]:
        campaign = name.removesuffix(".json")
        start = dt.date.fromisoformat(f"{campaign[-7:]}-01")
        if start >= span.first:
            continue
        labels = {t["topic"]: t.get("label", t["topic"]) for t in json.loads(shelf.read(name) or b"{}")["selected"]}
        today = span.last + dt.timedelta(days=1)
        try:
            judged = judged_topics(shelf, start, columns, facts.registers, run_as_campaigns(), today)
        except PlanError as error:
            said.append(f"no effect of {campaign}: {error}")
            continue
        for answer in judged:
            label = labels.get(answer["topic"], answer["topic"])
            effect_facts(told, {"zh": label, "en": label}, answer)
    return said
