"""A new edition: old cases keep their rules until they are migrated, by an event, after a shown difference."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from bihuan.loop import campaigns, editions
from bihuan.loop import programmes as catalogue
from bihuan.loop.kernel.campaign import Campaign
from bihuan.loop.models import EditionRow, StuckRow
from bihuan.loop.programmes import folder_of
from bihuan.loop.store import append, get_case, history
from bihuan.loop.store.archive import archived
from tests.loop.district import OPERATOR, START, community, facts
from tests.loop.test_store import opening, then

pytestmark = pytest.mark.django_db


@pytest.fixture
def next_edition(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The flagship programme with a later edition: triage within 4 h instead of 2 h, for open cases too."""
    source = folder_of("hotline")
    target = tmp_path / "hotline"
    target.mkdir()
    for file in source.rglob("*.yaml"):
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(file.read_text())
    text = (target / "programme.yaml").read_text().replace("edition: 2026-11", "edition: 2026-12\napplies_to: open")
    changed = text.replace("to: dispatched\n        within: 2h", "to: dispatched\n        within: 4h")
    assert changed != text
    (target / "programme.yaml").write_text(changed)
    others = {p: folder_of(p) for p in catalogue.all_programmes() if p != "hotline"}
    monkeypatch.setattr(catalogue, "folders", lambda: [target, *others.values()])
    archived.cache_clear()
    catalogue.forget()
    yield
    catalogue.forget()


def test_an_edition_is_recorded_once_and_may_not_change() -> None:
    assert "hotline@2026-11" in editions.activate()
    assert editions.activate() == []
    row = EditionRow.objects.get(programme="hotline")
    EditionRow.objects.filter(programme="hotline").update(
        digest=b"other", declared=row.declared | {"applies_to": "open"}
    )
    with pytest.raises(editions.EditionChangedError, match="new `edition`"):
        editions.activate()


def test_a_newer_software_may_write_the_same_edition_with_more_fields() -> None:
    editions.activate()
    row = EditionRow.objects.get(programme="hotline")
    assert row.declared.pop("applies_to") == "new"
    EditionRow.objects.filter(programme="hotline").update(digest=b"older", declared=row.declared)
    assert editions.activate() == []


def test_open_cases_follow_their_edition_until_migrated(request: pytest.FixtureRequest) -> None:
    editions.activate()
    case = append([opening()], facts=facts())[0].case
    assert case is not None
    request.getfixturevalue("next_edition")
    editions.activate()
    noted = append([then(case.id, "classify", OPERATOR, 0.1, urgency="urgent")], facts=facts())[0].case
    assert noted is not None
    assert noted.edition == "2026-11"
    shown = editions.difference("hotline", OPERATOR, facts())
    assert [(c.clock, c.after - c.before) for c in shown] == [("triage", timedelta(hours=2))]
    assert editions.migrate("hotline", OPERATOR, facts()) == 1
    after = get_case(case.id)
    assert after is not None
    assert (after.edition, after.clocks["triage"].due) == ("2026-12", START + timedelta(hours=4))
    assert history(case.id)[-1].kind == "migrated"


def test_one_case_that_cannot_be_moved_keeps_no_other_at_the_old_rules(request: pytest.FixtureRequest) -> None:
    editions.activate()
    cases = [r.case for r in append([opening() for _ in range(4)], facts=facts()) if r.case]
    bad = cases[1].id
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loop_case SET fold = jsonb_set(fold, '{area}', '5') WHERE id = %s", [bad])
    request.getfixturevalue("next_edition")
    editions.activate()
    assert len(editions.difference("hotline", OPERATOR, facts())) == 3
    assert editions.migrate("hotline", OPERATOR, facts()) == 3
    (row,) = StuckRow.objects.all()
    assert (row.loop, row.subject, row.number) == ("migrate", str(bad), cases[1].number)
    assert "UnreadableCase" in row.reason
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loop_case SET fold = jsonb_set(fold, '{area}', 'null') WHERE id = %s", [bad])
    assert editions.migrate("hotline", OPERATOR, facts()) == 1
    assert not StuckRow.objects.exists()


def test_a_campaign_opens_each_member_once() -> None:
    members = tuple(f"site-{i}" for i in range(5))
    campaign = Campaign("winter", "hotline", "request", START.date(), START.date(), members)
    about = {m: {"area": community(), "category": "housing.property.service"} for m in members}
    campaigns.start(campaign, facts().registers.district.code, about)
    assert campaigns.open_cases("winter", OPERATOR, START, facts(), limit=3) == 3
    assert campaigns.covered("winter") == {"open": 3, "unopened": 2}
    assert campaigns.open_cases("winter", OPERATOR, START, facts()) == 2
    assert campaigns.open_cases("winter", OPERATOR, START, facts()) == 0
    assert campaigns.covered("winter") == {"open": 5}


def test_a_shipped_programme_keeps_its_earlier_editions_for_cases_older_than_the_record() -> None:
    """Versions before editions were recorded left cases of 2026-01 and no row that says what it declared."""
    archived.cache_clear()
    for name in catalogue.all_programmes():
        earlier = archived(name, "2026-01")
        assert (earlier.id, earlier.edition) == (name, "2026-01")
        assert set(earlier.indicator_ids) <= set(catalogue.all_programmes()[name].indicator_ids)
    with pytest.raises(KeyError, match="not on record"):
        archived("hotline", "1999-01")
