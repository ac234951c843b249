"""`bihuan programme diff|migrate` and the recording of editions by `init`, `migrate` and `serve`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from bihuan.cli import run
from bihuan.cli.programmes import app
from bihuan.console import bootstrap
from bihuan.loop import doctoring
from bihuan.loop import programmes as catalogue
from bihuan.loop.models import EditionRow
from bihuan.loop.store import append, get_case
from bihuan.registers import live
from tests.commands import answer_of
from tests.loop.district import START, facts
from tests.loop.test_editions import next_edition  # noqa: F401 - a fixture, asked for by name
from tests.loop.test_store import opening
from tests.shipped import load_shipped

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands work on this test's database, with the model district loaded."""
    monkeypatch.setenv("BIHUAN_DB_ROLE", "owner")
    monkeypatch.setattr(bootstrap, "ensure_database", lambda: False)
    load_shipped()
    yield
    live.forget_snapshots()


def call(*words: str) -> dict[str, Any]:
    return answer_of(app, *words)


def test_the_difference_is_shown_before_it_is_made(request: pytest.FixtureRequest) -> None:
    assert "hotline@2026-11" in run.record_editions()
    case = append([opening()], facts=facts())[0].case
    assert case is not None
    assert (call("diff", "hotline")["cases"], call("diff", "hotline")["changes"]) == (0, [])
    request.getfixturevalue("next_edition")
    assert run.record_editions() == ["hotline@2026-12"]
    shown = call("diff", "hotline")
    assert shown["cases"] == 1
    assert [(c["number"], c["clock"]) for c in shown["changes"]] == [(case.number, "triage")]
    untouched = get_case(case.id)
    assert untouched is not None
    assert untouched.edition == "2026-11"
    for unseen in ((), ("--shown", "0123456789abcdef")):
        refused = call("migrate", "hotline", *unseen)
        assert "1 open cases would move" in refused["error"]
        assert "diff" in refused["remedy"]
    assert get_case(case.id) == untouched
    assert call("migrate", "hotline", "--shown", shown["digest"])["migrated"] == 1
    after = get_case(case.id)
    assert after is not None
    assert (after.edition, after.clocks["triage"].due) == ("2026-12", START + timedelta(hours=4))
    assert call("migrate", "hotline")["migrated"] == 0


def test_an_edition_for_new_cases_only_is_not_migrated() -> None:
    answer = call("migrate", "hotline")
    assert not answer["ok"]
    assert "applies_to: open" in answer["error"]


def test_an_unknown_programme_is_named_with_the_known_ones() -> None:
    answer = call("diff", "hotlin")
    assert "hotlin" in answer["error"]
    assert "hotline" in answer["remedy"]


def test_a_changed_declaration_is_named_and_set_aside_by_what_starts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`serve` ended at that line once: one programme of a dozen kept every page of the district away."""
    monkeypatch.setattr(catalogue, "_edited", {})
    run.record_editions()
    row = EditionRow.objects.get(programme="hotline")
    EditionRow.objects.filter(programme="hotline").update(digest=b"x", declared=row.declared | {"applies_to": "open"})
    catalogue.forget_folders()
    assert run.record_editions() == []
    assert "its edition is still 2026-11" in capsys.readouterr().err
    assert "hotline" not in catalogue.all_programmes()
    finding = doctoring.programmes()
    assert (finding.level, "hotline" in finding.message) == ("error", True)
    catalogue.forget_folders()


def test_what_changed_under_its_edition_is_not_migrated_to(monkeypatch: pytest.MonkeyPatch, next_edition: None) -> None:  # noqa: F811
    monkeypatch.setattr(catalogue, "_edited", {})
    run.record_editions()
    row = EditionRow.objects.get(programme="hotline", edition="2026-12")
    EditionRow.objects.filter(pk=row.pk).update(declared=row.declared | {"applies_to": "new"})
    answer = call("migrate", "hotline")
    assert "its edition is still 2026-12" in answer["error"]
