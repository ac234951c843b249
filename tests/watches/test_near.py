"""`near`: open cases of two programmes that lie near each other in place and time; nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from bihuan.declare.problems import DeclarationError
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.loop.kernel.model import acting_as
from bihuan.loop.store import current_facts
from bihuan.watches.catalogue import read_watch
from bihuan.watches.kinds.near import between
from tests.watches.test_kinds import BARE, only
from tests.watches.toys import AT, watch_text

__all__ = ["only"]  # the fixture
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toys")]
PLACE = (116_300_000, 39_950_000)
WHEN = "{near: {cases: toywatch, case: finding, within_m: 1000, apart: 48 h}}"


def opened(key: str, programme: str, *, north: int = 0, hours: int = 1) -> str:
    """A case some millionths of a degree north of the place, so many hours old."""
    kind = "request" if programme == "hotline" else "finding"
    category = "environment.air.industry" if programme == "hotline" else None
    report = NewReport(
        key=key, programme=programme, kind=kind, channel="web", at=AT - timedelta(hours=hours), title=key, text=key,
        category=category, area="110108011", place=(PLACE[0], PLACE[1] + north),
    )  # fmt: skip
    (receipt,) = receive([report], actor=acting_as("desk", "test"), facts=current_facts(AT))
    assert receipt.refusal is None, receipt.refusal
    return receipt.number


def ended(number: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE loop_case SET state = 'closed', outcome = 'closed', ended_at = %s WHERE number = %s", [AT, number]
        )


def test_pairs_near_in_place_and_time(only: Any) -> None:
    hot = opened("hot", "toywatch")
    near = opened("near", "hotline", north=8_900)  # 990 m
    opened("far", "hotline", north=9_100)  # 1,012 m
    opened("old", "hotline", hours=60)
    over = "{cases: hotline, category: environment.air}"
    assert only(WHEN, over) == [(near, hot)]
    assert only(WHEN, "{cases: hotline, category: utilities}") == []
    ended(hot)
    opened("third", "hotline", north=-8_900)
    assert only(WHEN, over) == [], "what has ended is no neighbour"
    second = opened("second", "toywatch")
    assert [number for _, number in only(WHEN, over)] == [second, second], "each pair is an incident"


def test_what_it_names_must_exist(only: Any, tmp_path: Path) -> None:
    file = tmp_path / "watches" / "toy-near.yaml"
    file.parent.mkdir()
    for when, told in (
        ("{near: {cases: nothing, within_m: 10}}", "no programme 'nothing'"),
        ("{near: {cases: toywatch, case: cake, within_m: 10}}", "no case 'cake'"),
    ):
        file.write_text(watch_text(when, over="{cases: hotline}", acts=BARE), encoding="utf-8")
        with pytest.raises(DeclarationError, match=told):
            read_watch(file)


def test_metres_along_the_ground() -> None:
    assert between(PLACE, PLACE) == 0
    assert between((0, 0), (0, 1_000_000)) == 111_195, "a degree of latitude on a sphere of 6,371,008.8 m"
    assert between((0, 60_000_000), (1_000_000, 60_000_000)) == 55_597, (
        "half of it at sixty degrees, along the great circle"
    )
