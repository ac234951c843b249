"""A briefing tells whether visits made reports fewer, or why nothing can be said."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from bihuan.briefings.collect import BriefedDays, category_names, collect_facts
from bihuan.briefings.found import add_found
from bihuan.insight.forecast.cells import hexagon_cells
from bihuan.insight.shelf import Folder
from tests.briefings.tenweeks import play_ten_weeks
from tests.loop.district import facts

pytestmark = pytest.mark.slow

SPAN = BriefedDays.parse("monthly", "2026-10")
NOW = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.django_db
def test_the_effect_of_visits_comes_from_the_own_cases(tmp_path: Path) -> None:
    played = play_ten_weeks()
    cells = hexagon_cells(np.array([p[0] for p in played]), np.array([p[1] for p in played]))
    places = [{"cell": cell, "arm": "wait" if i % 3 == 0 else "visit"} for i, cell in enumerate(cells.ids)]
    kept = Folder(tmp_path / "prevention")
    kept.write("prevention-x.json", json.dumps({"week": str(date(2026, 9, 21)), "places": places}).encode())
    now = facts(NOW)
    told = collect_facts(SPAN, facts=now, now=NOW)
    unsaid = add_found(told, SPAN, now, category_names(), lambda room: Folder(tmp_path / room))
    judged = [told.known[i] for i in told.known if i in ("effect.1.change", "refused.1.reason")]
    assert judged or any("visits" in sentence for sentence in unsaid), (sorted(told.known), unsaid)
