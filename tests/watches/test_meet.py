"""`meet`: one incident of a case where enough others of several programmes lie near it; nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bihuan.declare.problems import DeclarationError
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.loop.kernel.model import acting_as
from bihuan.loop.store import current_facts
from bihuan.watches.catalogue import read_watch
from bihuan.watches.kinds.meet import Meet
from tests.watches.test_kinds import BARE, only
from tests.watches.test_near import PLACE, ended
from tests.watches.toys import AT, watch_text

__all__ = ["only"]  # the fixture
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("toys")]
OTHERS = "[{cases: hotline, category: environment.air}, {cases: hotline, category: environment.noise}]"
OVER = "{cases: toywatch, case: finding}"


def when(others: str = OTHERS, more: str = "") -> str:
    return f"{{meet: {{others: {others}, within_m: 1000, apart: 48 h{more}}}}}"


def opened(key: str, what: str, *, north: int = 0, hours: int = 1) -> str:
    """A case some millionths of a degree north of the place: `what` is a subject, or a category of the hotline."""
    site = what.startswith("site/")
    report = NewReport(
        key=key, programme="toywatch" if site else "hotline", kind="finding" if site else "request", channel="web",
        at=AT - timedelta(hours=hours), title=key, text=key, category=None if site else what, area="110108011",
        place=(PLACE[0], PLACE[1] + north), subject=what if site else None,
    )  # fmt: skip
    (receipt,) = receive([report], actor=acting_as("desk", "test"), facts=current_facts(AT))
    assert receipt.refusal is None, receipt.refusal
    return receipt.number


def subjects(found: list[tuple[str, str]]) -> list[str]:
    return [subject for subject, _ in found]


def test_all_reasons_must_lie_near_and_it_is_one_incident(only: Any) -> None:
    three = opened("three", "site/3")
    opened("two", "site/2", north=60_000)
    opened("smell", "environment.air.industry", north=8_900)
    opened("more smell", "environment.air.industry", north=-3_000)
    opened("far", "environment.air.industry", north=61_000)
    noise = opened("noise", "environment.noise.life", north=2_000)
    assert only(when(), OVER) == [("site/3", three)], "of two smells and a noise one incident"
    assert only(when(), OVER) == [], "and once"
    assert subjects(only(when(more=", at_least: 1"), OVER)) == ["site/2"], "one reason suffices where that is said"
    ended(noise)
    opened("new", "site/3")
    assert only(when(), OVER) == [], "what has ended is no reason"


def test_what_it_names_must_exist(tmp_path: Path) -> None:
    file = tmp_path / "watches" / "toy-meet.yaml"
    file.parent.mkdir()
    for others, told in (
        ("[{cases: nothing}, {cases: hotline}]", "no programme 'nothing'"),
        ("[{cases: hotline}, {cases: toywatch, case: cake}]", "no case 'cake'"),
    ):
        file.write_text(watch_text(when(others), over=OVER, acts=BARE), encoding="utf-8")
        with pytest.raises(DeclarationError, match=told):
            read_watch(file)
    with pytest.raises(ValidationError, match="more than"):
        Meet.model_validate({"others": [{"cases": "a"}, {"cases": "b"}], "at_least": 3, "within_m": 5})
