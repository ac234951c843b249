"""The facts are the platform's own numbers: recounted here in plain Python, and the same as the indicators'."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bihuan.briefings import render
from bihuan.briefings.collect import BriefedDays, collect_facts
from bihuan.briefings.facts import LANGUAGES
from bihuan.briefings.text import compose_briefing, templates
from bihuan.briefings.trace import trace_numbers
from bihuan.loop.models import CaseRow
from bihuan.numbers.periods import Month, PeriodError
from bihuan.numbers.report import month_report
from tests.numbers.month.world import World

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
NOW = datetime(2027, 1, 4, tzinfo=UTC)


def test_a_month_and_a_week_of_a_played_district(db):
    world = World(seed=3, cases=60)
    told = collect_facts(BriefedDays.parse("monthly", "2026-10"), facts=world.facts, now=NOW).known
    zone = world.facts.registers.calendar.zone
    first, end = (datetime(2026, m, 1, tzinfo=zone) for m in (10, 11))
    every = list(CaseRow.objects.filter(restricted=None))
    assert told["opened"].value == sum(first <= c.opened_at < end for c in every) > 0
    assert told["ended"].value == sum(c.ended_at is not None and first <= c.ended_at < end for c in every)
    running = [c for c in every if c.opened_at < end and (c.ended_at is None or c.ended_at >= end)]
    assert told["open"].value == len(running)
    assert told["late"].value == sum(c.deadline is not None and c.deadline < end for c in running)
    categories = [f.value for i, f in told.items() if i.startswith("category.") and i.endswith(".count")]
    assert sum(categories) == told["opened"].value, "four categories, all listed"
    assert categories == sorted(categories, reverse=True)
    streets = {told[i].value for i in told if i.startswith("area.") and i.endswith(".name")}
    assert {world.facts.registers.areas.get(code).level for code in streets} == {"street"}
    indicators = month_report(Month.parse("2026-10"), facts=world.facts).to_json()["indicators"]
    named = {told[f"rate.{n}.name"].value: told[f"rate.{n}.percent"] for n in (1, 2, 3) if f"rate.{n}.name" in told}
    assert named
    for indicator, fact in named.items():
        assert fact.value == str(indicators[indicator]["values"]["*"]["percent"])
        assert fact.query
        assert set(fact.cases) <= {c.number for c in every}
        assert indicator in fact.link
    for kind, period in (("monthly", "2026-10"), ("weekly", "2026-W42")):
        facts = collect_facts(BriefedDays.parse(kind, period), facts=world.facts, now=NOW)
        for language in LANGUAGES:
            briefing = compose_briefing(kind, period, facts, language, templates())
            assert len(briefing.sections) >= 4
            assert trace_numbers(render.html_paragraphs(render.render_html(briefing)), briefing).whole


def test_spans_and_what_is_none():
    week = BriefedDays.parse("weekly", "2026-W01")
    assert (week.first.isoformat(), week.last - week.first) == ("2025-12-29", timedelta(days=6))
    assert week.before.last == week.first - timedelta(days=1)
    assert BriefedDays.parse("monthly", "2026-01").before.name == "2025-12"
    for kind, text in (("weekly", "2026-10"), ("weekly", "2026-W60"), ("monthly", "2026-W10")):
        with pytest.raises(PeriodError, match="for example"):
            BriefedDays.parse(kind, text)
