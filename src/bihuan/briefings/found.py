"""What the insight room finds in the platform's own cases up to the end of a span: topics, a forecast."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bihuan.briefings.collect import BriefedDays
from bihuan.briefings.facts import BriefingFacts, Words
from bihuan.briefings.given import LISTED, forecast_facts, topic_facts
from bihuan.extend import CHAPTERS
from bihuan.insight.forecast import daykinds, model, panel
from bihuan.insight.shelf import Shelf
from bihuan.insight.topics import find_topics
from bihuan.loop.campaigns import run_as_campaigns
from bihuan.loop.columns import case_columns
from bihuan.loop.facts import LoopFacts
from bihuan.server.keeping import Rows

Columns = Mapping[str, Sequence[Any]]
AHEAD = {"weekly": 14, "monthly": 28}  # days
LOOKS = {"weekly": 28, "monthly": 0}  # days of cases the topics are found in; 0: those of the span
RECORD = 800  # days of record a forecast looks at


@dataclass(frozen=True)
class Material:
    """What a chapter has before it (`bihuan.extend.Chapter`).

    Args:
        told: The briefing's facts; added to.
        span: Its week or month; nothing after its last day is looked at.
        columns: The district's cases, as `loop.columns.case_columns` gives them.
        own: Those of them that no campaign opened.
        facts: Registers.
        names: Category code → its name in zh and en.
        shelf_of: From the name of a room of rows to its shelf.
    """

    told: BriefingFacts
    span: BriefedDays
    columns: Columns
    own: Columns
    facts: LoopFacts
    names: Mapping[str, Words]
    shelf_of: Callable[[str], Shelf]


def add_found(
    told: BriefingFacts,
    span: BriefedDays,
    facts: LoopFacts,
    names: Mapping[str, Words],
    shelf_of: Callable[[str], Shelf] = Rows,
) -> list[str]:
    """Add what every chapter (`bihuan.extend.CHAPTERS`) has to tell to a briefing's facts.

    Args:
        told: Added to.
        span: Its week or month; nothing after its last day is looked at.
        facts: Registers.
        names: Category code → its name in zh and en.
        shelf_of: From the name of a room of rows to its shelf.

    Returns:
        what could not be said, and why, a sentence each.

    Source: docs/topics/briefings.md; docs/adr/0191.
    """
    end = span.bounds(facts.registers.calendar.zone)[1]
    columns = case_columns(facts.registers.district.code, end - dt.timedelta(days=RECORD), end)
    campaigns = run_as_campaigns()
    kept = [i for i, programme in enumerate(columns["programme"]) if programme not in campaigns]
    own = {name: [cells[i] for i in kept] for name, cells in columns.items()}
    material = Material(told, span, columns, own, facts, names, shelf_of)
    return [sentence for chapter in CHAPTERS.all() for sentence in chapter.add(material)]


def add_topics(material: Material) -> list[str]:
    """Add what lies behind many reports; there is always something to say, if only that there is nothing.

    Source: docs/topics/briefings.md; docs/adr/0191.
    """
    columns, span, facts = material.own, material.span, material.facts
    first, end = span.bounds(facts.registers.calendar.zone)
    since = end - dt.timedelta(days=LOOKS[span.kind]) if LOOKS[span.kind] else first
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
    shown = [(t.topic_id, t.label, len(t.events), len(t.members), t.members) for t in found[:LISTED]]
    topic_facts(material.told, shown)
    return []


def add_forecast(material: Material) -> list[str]:
    """Add what is expected next.

    Returns:
        why nothing can be, a sentence.

    Source: docs/topics/briefings.md; docs/adr/0191.
    """
    columns, span, names = material.own, material.span, material.names
    zone = material.facts.registers.calendar.zone
    days = np.array([moment.astimezone(zone).date() for moment in columns["time"]], dtype="datetime64[D]")
    try:
        counted = panel.count_series(days, [[c or "" for c in columns["category"]]], span.last + dt.timedelta(days=1))
        found = model.forecast(
            counted.counts,
            counted.start,
            AHEAD[span.kind],
            groups=counted.groups,
            holidays=daykinds.holidays_of_zone(str(zone)),
            country="CN" if str(zone) in daykinds.CHINA_ZONES else "",
        )
    except model.TooLittle as error:
        return [f"no forecast: {error}"]
    means = {
        name: (names.get(name, {"zh": name, "en": name}), float(found.mean[s].sum()))
        for s, name in enumerate(counted.names)
    }
    forecast_facts(material.told, means, [day.isoformat() for day in found.dates])
    return []
