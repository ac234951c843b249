"""A new indicator is one file in its programme's folder (and its query): pages, API and command line know it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from bihuan.cli import indicators as month_commands
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.ledger import store
from bihuan.loop.programmes import folder_of, forget_folders
from bihuan.loop.store import current
from bihuan.numbers.keeping import catch_up
from bihuan.numbers.kinds import kinds
from bihuan.numbers.models import KeptPeriod
from bihuan.registers.live import current_registers
from bihuan.server.home import current_home
from tests.api.callers import caller
from tests.commands import answer_of
from tests.faces import cases

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
FILE = """
id: sorted_share
place: 15
editions:
  - edition: 2026-11
    effective_from: 2000-01-01
    name: {zh: 人工归类占比, en: Sorted by hand}
    group: own
    query: sorted
    periods: [week, rating]
    numerator: {zh: 人工归类, en: sorted by a person}
    denominator: {zh: 当期受理, en: registered in the period}
    exclusions: none
    better: neutral
    citation: a test
"""
QUERY = """
SELECT c.case_id, c.programme, c.area, c.unit, c.category,
       EXISTS (SELECT 1 FROM events e WHERE e.case_id = c.case_id AND e.kind = 'classified') AS counted
FROM cases c CROSS JOIN period p WHERE c.opened_at >= p.start
"""


@pytest.fixture
def toy() -> Iterator[Path]:
    """A city's programme that began as a copy of the hotline, with an indicator of its own."""
    folder = current_home().path / "programmes" / "toy"
    shutil.copytree(folder_of("hotline"), folder)
    declared = (folder / "programme.yaml").read_text(encoding="utf-8").replace("id: hotline\n", "id: toy\n")
    declared = declared.replace("indicators:\n", "indicators:\n  - sorted_share\n")
    (folder / "programme.yaml").write_text(declared, encoding="utf-8")
    (folder / "indicators" / "sorted_share.yaml").write_text(FILE, encoding="utf-8")
    (folder / "indicators" / "sorted.sql").write_text(QUERY, encoding="utf-8")
    forget_folders()
    current._looked.clear()
    yield folder
    shutil.rmtree(folder)
    forget_folders()
    current._looked.clear()


def opened() -> str:
    """A case of the toy programme, sorted by hand when its number is even."""
    report = NewReport(
        key=str(uuid4()), programme="toy", kind="request", channel="web", at=datetime.now(UTC), title="灯", text="灯",
        category="utilities.heating.cold", area="110108011",
    )  # fmt: skip
    (receipt,) = receive([report], actor=cases.RESIDENT)
    assert receipt.value is not None, receipt.refusal
    if int(receipt.value.number[-1]) % 2 == 0:
        cases.then(receipt.value, "operator", "classify", category="environment.noise.life")
    return receipt.value.number


def test_one_file_is_found_everywhere(district: None, toy: Path, as_: Callable[..., Client]) -> None:
    numbers = [opened() for _ in range(4)]
    by_hand = sum(int(n[-1]) % 2 == 0 for n in numbers)
    while store.sequence_leaves():
        continue
    catch_up()
    today = datetime.now(UTC).astimezone(current_registers().calendar.zone).date()
    for kind in ("month", "week", "rating"):
        period = str(kinds().on(kind, today))
        answer = caller("analyst").get(f"/indicators/{period}")
        assert answer.status_code == 200, answer.content
        told = answer.json()["indicators"]["sorted_share"]["*"]
        assert (told["numerator"], told["denominator"]) == (by_hand, 4), period
        page = as_("leader").get("/cockpit/sorted_share/", {"month": period}, headers={"accept-language": "en"})
        assert page.status_code == 200
        assert f"{by_hand} / 4" in page.content.decode()
        said = answer_of(month_commands.app, "indicators", "--period", period)
        assert "indicators" in said, said
        assert said["indicators"]["sorted_share"]["values"]["*"]["numerator"] == by_hand
    assert "Sorted by hand" in as_("leader").get("/cockpit/", headers={"accept-language": "en"}).content.decode()
    kept = set(KeptPeriod.objects.values_list("kind", flat=True))
    assert kept == {"month", "week", "rating"}, "only kinds that somebody declared are kept"
