"""A briefing finds topics, the forecast and the effect of visits in the district's own cases, up to its last day."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bihuan.briefings import render
from bihuan.briefings.collect import BriefedDays, category_names, collect_facts
from bihuan.briefings.facts import LANGUAGES
from bihuan.briefings.found import add_found
from bihuan.briefings.text import compose_briefing, templates
from bihuan.briefings.trace import trace_numbers
from bihuan.insight.shelf import Folder
from bihuan.loop.models import CaseRow
from tests.briefings.tenweeks import CATEGORY, play_ten_weeks
from tests.loop.district import facts

pytestmark = pytest.mark.django_db
SPAN = BriefedDays.parse("monthly", "2026-10")
NOW = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.fixture
def played() -> list[tuple[float, float]]:
    """Ten weeks of reports at forty places."""
    return play_ten_weeks()


def test_topics_and_forecast_come_from_the_own_cases(played, tmp_path: Path) -> None:
    now = facts(NOW)
    told = collect_facts(SPAN, facts=now, now=NOW)
    unsaid = add_found(told, SPAN, now, category_names(), lambda room: Folder(tmp_path / room))
    known = told.known
    of_october = dict(
        CaseRow.objects.filter(opened_at__gte=SPAN.bounds(ZoneInfo("Asia/Shanghai"))[0]).values_list(
            "number", "heading"
        )
    )
    labels = [i for i in known if i.endswith(".label")]
    assert len(labels) == 5
    for label in labels:
        reports = known[label.replace("label", "reports")]
        assert reports.value == len(reports.cases) >= 2
        assert set(reports.cases) <= set(of_october), "of the month, and cases"
        assert known[label].value in {of_october[number] for number in reports.cases}
    assert known["forecast.first"].value == "2026-11-01"
    assert known["forecast.last"].value == "2026-11-28"
    expected = known["forecast.total"].value
    assert 28 * 5 < expected < 28 * 14, "nine or ten reports a day until then"
    assert known["forecast.1.series"].shown == category_names()[CATEGORY]
    assert unsaid == []
    for language in LANGUAGES:
        briefing = compose_briefing("monthly", "2026-10", told, language, templates())
        assert trace_numbers(render.html_paragraphs(render.render_html(briefing)), briefing).whole


def test_what_cannot_be_said_is_told_with_its_reason(db, tmp_path: Path) -> None:
    now = facts(NOW)
    told = collect_facts(SPAN, facts=now, now=NOW)
    unsaid = add_found(told, SPAN, now, {}, lambda room: Folder(tmp_path / room))
    assert len(unsaid) == 1
    assert unsaid[0].startswith("no forecast")
    assert not [i for i in told.known if i.startswith(("topic.", "forecast.", "effect."))]
