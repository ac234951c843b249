"""What the worker calls: silent without a district or a mailbox, at work with them."""

import mailbox
from pathlib import Path

import pytest

from bihuan.intake import background
from bihuan.loop.models import CaseRow
from bihuan.server.endless import endless_work
from tests.intake.test_mail import message


def test_every_loop_of_intake_that_the_worker_names_exists() -> None:
    assert {loop.run for loop in endless_work()} >= {background.handle_waiting_mail, background.look_for_surges}


def test_nothing_happens_without_a_district(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BIHUAN_MAIL_TO", "hotline/request")
    monkeypatch.setenv("BIHUAN_MAILDIR", str(tmp_path / "there is none"))
    assert (background.handle_waiting_mail(), background.look_for_surges()) == (0, 0)


def test_mail_is_fetched_when_a_mailbox_is_named(house: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    mailbox.Maildir(tmp_path / "box", create=True).add(message().as_bytes())
    monkeypatch.setenv("BIHUAN_MAILDIR", str(tmp_path / "box"))
    assert background.handle_waiting_mail() == 0, "where the reports go must be said"
    monkeypatch.setenv("BIHUAN_MAIL_TO", "hotline/request")
    assert (background.handle_waiting_mail(), background.handle_waiting_mail()) == (1, 0)
    assert CaseRow.objects.count() == 1
    assert background.look_for_surges() == 0
