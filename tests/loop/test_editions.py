"""A new edition: old cases keep their rules until they are migrated, by an event, after a shown difference."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from bihuan.loop import campaigns, editions, migrating, stuck
from bihuan.loop import programmes as catalogue
from bihuan.loop.kernel.campaign import Campaign
from bihuan.loop.models import EditionRow
from bihuan.loop.programmes import folder_of
from bihuan.loop.store import append, get_case, history
from bihuan.loop.store.archive import archived
from tests.loop.district import OPERATOR, START, community, facts
from tests.loop.test_store import opening, then
from tests.loop.test_stuck import spoil
from tests.shipped import load_shipped

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
    catalogue.forget_folders()
    yield
    catalogue.forget_folders()


@pytest.fixture
def nothing_aside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test has set aside is in use again after it."""
    monkeypatch.setattr(catalogue, "_edited", {})
    yield
    catalogue.forget_folders()


@pytest.mark.usefixtures("nothing_aside")
def test_an_edition_is_recorded_once_and_one_that_changed_is_set_aside_alone() -> None:
    assert "hotline@2026-11" in editions.activate()
    assert editions.activate() == []
    row = EditionRow.objects.get(programme="hotline")
    EditionRow.objects.filter(programme="hotline").update(
        digest=b"other", declared=row.declared | {"applies_to": "open"}
    )
    others = catalogue.all_programmes().keys() - {"hotline"}
    folder = folder_of("hotline")
    assert editions.activate() == []
    assert catalogue.all_programmes().keys() == others
    assert "new `edition`" in str(catalogue.folders_aside()[folder])


@pytest.mark.usefixtures("nothing_aside")
def test_a_table_edited_in_place_sets_its_programme_aside_and_stops_no_other() -> None:
    editions.activate()
    row = EditionRow.objects.get(programme="hotline")
    key = next(iter(row.tables))
    EditionRow.objects.filter(programme="hotline").update(tables=row.tables | {key: "0" * 64})
    assert editions.activate() == []
    assert "hotline" not in catalogue.all_programmes()
    assert f"{key} was edited in place" in str(list(catalogue.folders_aside().values()))


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
    shown = migrating.difference("hotline", OPERATOR, facts())
    assert [(c.clock, c.after - c.before) for c in shown.changes] == [("triage", timedelta(hours=2))]
    assert migrating.migrate("hotline", OPERATOR, facts(), shown.digest) == 1
    after = get_case(case.id)
    assert after is not None
    assert (after.edition, after.clocks["triage"].due) == ("2026-12", START + timedelta(hours=4))
    assert history(case.id)[-1].kind == "migrated"


def test_what_has_changed_since_it_was_shown_is_looked_at_again(request: pytest.FixtureRequest) -> None:
    editions.activate()
    first, second = (r.case for r in append([opening(), opening()], facts=facts()))
    assert first is not None
    assert second is not None
    request.getfixturevalue("next_edition")
    editions.activate()
    shown = migrating.difference("hotline", OPERATOR, facts())
    append([then(first.id, "dispatch", OPERATOR, 1)], facts=facts())
    with pytest.raises(migrating.NotShownError, match=f"no longer what {shown.digest}"):
        migrating.migrate("hotline", OPERATOR, facts(), shown.digest)
    kept = get_case(second.id)
    assert kept is not None
    assert kept.edition == "2026-11"
    again = migrating.difference("hotline", OPERATOR, facts())
    assert again.digest != shown.digest
    assert migrating.migrate("hotline", OPERATOR, facts(), again.digest) == 2


def test_a_case_acted_upon_while_it_is_moved_keeps_its_edition(request: pytest.FixtureRequest) -> None:
    editions.activate()
    case = append([opening()], facts=facts())[0].case
    assert case is not None
    request.getfixturevalue("next_edition")
    order = then(case.id, "migrate", OPERATOR, 0.1, edition="2026-12", shown="0" * 64)
    refusal = append([order], facts=facts())[0].refusal
    assert refusal is not None
    assert refusal.code == "changed_since"


def test_one_stuck_case_does_not_stop_a_migration(request: pytest.FixtureRequest) -> None:
    load_shipped()
    editions.activate()
    ids = [r.case.id for r in append([opening() for _ in range(5)], facts=facts()) if r.case]
    spoil(ids[2])
    request.getfixturevalue("next_edition")
    editions.activate()
    shown = migrating.difference("hotline", OPERATOR, facts())
    assert (shown.cases, [left.reason.split(":")[0] for left in shown.left]) == (4, ["UnreadableCase"])
    assert migrating.migrate("hotline", OPERATOR, facts(), shown.digest) == 4
    moved = [get_case(i) for i in ids if i != ids[2]]
    assert {case.edition for case in moved if case} == {"2026-12"}
    (left,) = stuck.all_stuck()
    assert (left.loop, left.subject, left.number) == ("migrate", str(ids[2]), shown.left[0].number)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE loop_case SET fold = jsonb_set(fold, '{area}', 'null') WHERE id = %s", [ids[2]])
    again = migrating.difference("hotline", OPERATOR, facts())
    assert migrating.migrate("hotline", OPERATOR, facts(), again.digest) == 1
    assert stuck.all_stuck() == []


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
    kept = [n for n in catalogue.all_programmes() if (catalogue.folder_of(n) / "editions" / "2026-01.yaml").exists()]
    assert len(kept) >= 6  # every programme of that time; later ones had no edition then
    for name in kept:
        earlier = archived(name, "2026-01")
        assert (earlier.id, earlier.edition) == (name, "2026-01")
        assert set(earlier.indicator_ids) <= set(catalogue.all_programmes()[name].indicator_ids)
    with pytest.raises(KeyError, match="not on record"):
        archived("hotline", "1999-01")
