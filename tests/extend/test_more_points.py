"""What ends by itself, what looks for patterns, what standards are spoken: each room gives its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session
from django.test import Client

from bihuan.extend import DETECTORS, LOOPS, RETENTION, STANDARDS, ExtensionError, extensions
from bihuan.registers import live
from bihuan.registers.loading import load_district
from bihuan.server import retention
from bihuan.server.endless import endless_work
from tests.extend.conftest import Install

ROOT = Path(__file__).parents[2]
RULES = """
from bihuan.extend import Retention

ENDED = []


def _broken() -> int:
    raise ValueError("赵标记 13912345678")


def retention() -> tuple[Retention, ...]:
    words = ("甲", "a", "一日", "a day", "docs")
    return (Retention("a-broken", *words, _broken), Retention("a-toy", *words, lambda: ENDED.append(1) or 1))
"""
DETECTOR = """
from bihuan.extend import Detector


def detectors() -> tuple[Detector, ...]:
    return (Detector("{name}", "甲", "a", "乙", "b", "toys", lambda: 0, interval=7.0),)
"""


@pytest.mark.django_db
def test_one_rule_that_fails_keeps_no_other_from_ending_and_is_told(
    installed: Install, caplog: pytest.LogCaptureFixture
) -> None:
    installed("odd", RULES)
    with pytest.raises(ValueError, match="标记"):
        retention.end_due()
    assert import_module("odd").ENDED == [1]
    told = "\n".join(record.getMessage() for record in caplog.records)
    assert "kept_not_ended" in told
    assert "a-broken" in told
    assert "标记" not in told, "an error's words stay out of the log"


@pytest.mark.django_db
def test_sessions_whose_time_is_over_are_deleted_and_no_other() -> None:
    now = datetime.now(UTC)
    for key, until in (("over", now - timedelta(minutes=1)), ("open", now + timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=until)
    assert retention.end_sessions() == 1
    assert [session.session_key for session in Session.objects.all()] == ["open"]


def test_every_rule_says_in_both_languages_how_long_and_by_what() -> None:
    rules = RETENTION.all()
    assert {"identities", "mails", "drafts", "sessions", "limits"} <= {rule.name for rule in rules}
    for rule in rules:
        assert all((rule.zh, rule.en, rule.until_zh, rule.until_en, rule.basis)), rule.name
        for page in (part.strip() for part in rule.basis.split(";")):
            if page.startswith("docs/"):
                assert list((ROOT / page).parent.glob(f"{Path(page).name}*")), page


def test_a_detector_that_looks_by_itself_is_work_of_the_worker(installed: Install) -> None:
    installed("odd", DETECTOR.format(name="a-toy"))
    one = next(work for work in endless_work() if work.name == "a-toy")
    assert (one.interval, one.zh, one.en) == (7.0, "甲", "a")
    assert "a-toy" not in {loop.name for loop in LOOPS.all()}


def test_a_detector_named_like_a_loop_is_refused(installed: Install) -> None:
    installed("odd", DETECTOR.format(name="ticks"))
    with pytest.raises(ExtensionError, match="'ticks' is the name of a loop and of a detector"):
        endless_work()


def test_every_detector_has_a_method_and_is_asked_by_somebody() -> None:
    from bihuan.extend import COMMANDS

    commands = {command.name for command in COMMANDS.all()}
    for each in DETECTORS.all():
        import_module(each.method)
        assert each.look is not None or each.asked in commands, each.name


def test_a_standard_is_tried_by_a_test_that_is_there() -> None:
    for each in STANDARDS.all():
        assert not each.tried or (ROOT / each.tried).is_file(), each.name
        assert set(each.ways.split()) <= {"in", "out"}, each.name
    assert sum(bool(each.tried) for each in STANDARDS.all()) > 15


@pytest.mark.django_db
def test_programs_can_ask_which_standards_are_spoken(client: Client) -> None:
    live.forget_snapshots()
    load_district("haidian")
    listed = client.get("/api/v1/standards").json()
    assert len(listed) == len(STANDARDS.all())
    assert any(each["name"] == "OpenAPI" and each["ways"] == ["out"] for each in listed)


def test_a_room_declares_the_columns_of_its_own_tables_alone() -> None:
    owner = {model._meta.db_table: config.name for config in apps.get_app_configs() for model in config.get_models()}
    for extension in extensions():
        module = import_module(extension.module)
        for point in ("personal", "plain"):
            for row in getattr(module, point, tuple)():
                of = owner.get(row.table, "")
                assert not of.startswith("bihuan.") or of == extension.package, (extension.package, row.table)
