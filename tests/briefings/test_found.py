"""A briefing finds topics, the forecast and the effect of visits in the district's own cases, up to its last day."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from bihuan.briefings import render
from bihuan.briefings.collect import Span, category_names, collect
from bihuan.briefings.facts import LANGUAGES
from bihuan.briefings.found import add_found
from bihuan.briefings.text import compose, templates
from bihuan.briefings.trace import trace
from bihuan.insight.forecast.cells import hexagons
from bihuan.insight.shelf import Folder
from bihuan.loop.kernel.model import Command
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append
from tests.loop.district import OPERATOR, facts, registers

pytestmark = pytest.mark.django_db
SPAN = Span.parse("monthly", "2026-10")
NOW = datetime(2026, 11, 2, tzinfo=UTC)
OTHERS = (
    "路灯不亮请维修",
    "咨询公积金提取手续",
    "广场舞噪音太大",
    "垃圾桶满了没人清",
    "井盖破损有危险",
    "公交线路调整建议",
)
PLACES = 40
CATEGORY = "housing.repair.roof"


@pytest.fixture
def played() -> list[tuple[float, float]]:
    """Ten weeks of reports at forty places."""
    dice = random.Random(4)
    areas = [a.code for a in registers().areas if a.level == "community"][:PLACES]
    points = [(116.20 + 0.01 * (i % 8), 39.90 + 0.01 * (i // 8)) for i in range(PLACES)]
    orders = []
    for day in range(70):
        at = datetime(2026, 8, 24, 2, tzinfo=UTC) + timedelta(days=day)
        for i in dice.sample(range(PLACES), 9):
            orders.append(
                (at + timedelta(minutes=len(orders) % 600), i, f"{dice.choice(OTHERS)}{dice.randrange(999)}号")
            )
    for at, i, title in sorted(orders):
        lon, lat = points[i]
        opening = {"channel": "phone", "category": CATEGORY, "area": areas[i],
                   "place": [round(lon * 1e6), round(lat * 1e6)]}  # fmt: skip
        words = {"title": title, "text": f"{title}，希望有关部门处理。"}
        order = Order(Command("open", OPERATOR, at, opening, words), programme="hotline", kind="request")
        assert append([order], facts=facts(at))[0].refusal is None
    return points


def test_topics_forecast_and_effects_come_from_the_own_cases(played, tmp_path: Path) -> None:
    cells = hexagons(np.array([p[0] for p in played]), np.array([p[1] for p in played]))
    week = date(2026, 9, 21)
    places = [{"cell": cell, "arm": "wait" if i % 3 == 0 else "visit"} for i, cell in enumerate(cells.ids)]
    (tmp_path / "prevention-x.json").write_text(json.dumps({"week": str(week), "places": places}), encoding="utf-8")
    now = facts(NOW)
    told = collect(SPAN, facts=now, now=NOW)
    unsaid = add_found(told, SPAN, now, Folder(tmp_path), category_names())
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
    judged = [known[i] for i in known if i in ("effect.1.change", "refused.1.reason")]
    assert judged or any("visits" in sentence for sentence in unsaid), (sorted(known), unsaid)
    for language in LANGUAGES:
        briefing = compose("monthly", "2026-10", told, language, templates())
        assert trace(render.html_paragraphs(render.html(briefing)), briefing).whole


def test_what_cannot_be_said_is_told_with_its_reason(db, tmp_path: Path) -> None:
    now = facts(NOW)
    told = collect(SPAN, facts=now, now=NOW)
    unsaid = add_found(told, SPAN, now, Folder(tmp_path), {})
    assert len(unsaid) == 1
    assert unsaid[0].startswith("no forecast")
    assert not [i for i in told.known if i.startswith(("topic.", "forecast.", "effect."))]
