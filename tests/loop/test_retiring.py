"""A retired programme takes no new case from a day on, at any door; open ones go on; the decision can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bihuan.cli.programmes import app
from bihuan.console import bootstrap
from bihuan.intake.receive import receive
from bihuan.intake.reports import NewReport
from bihuan.ledger import store as log
from bihuan.loop import retiring
from bihuan.loop.kernel.model import Command
from bihuan.loop.store import Order, append, current_facts
from bihuan.registers import live
from tests.commands import answer_of
from tests.loop.district import OPERATOR
from tests.loop.test_store import opening
from tests.shipped import load_shipped

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The commands work on this test's database, with the model district loaded."""
    monkeypatch.setenv("BIHUAN_DB_ROLE", "owner")
    monkeypatch.setattr(bootstrap, "ensure_database", lambda: False)
    load_shipped(users=True)
    yield
    live.forget_snapshots()


def call(*words: str) -> dict[str, Any]:
    return answer_of(app, *words)


def listed(key: str = "hotline") -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in call("list")["programmes"] if row["id"] == key)
    return found


def report(key: str, at: datetime) -> NewReport:
    return NewReport(
        key=key, programme="hotline", kind="request", channel="phone", at=at, title="电梯", text="电梯坏了"
    )


def test_no_new_case_at_any_door_open_ones_go_on_and_it_is_taken_up_again() -> None:
    (before,) = receive([report("before", NOW)], actor=OPERATOR)
    assert before.value is not None
    assert listed()["takes_new_cases"]

    told = call("retire", "hotline", "--reason", "并入网格事项 merged into grid matters")
    assert (told["ok"], told["open"]) == (True, 1)
    today = current_facts().registers.calendar.local_date(datetime.now(UTC))
    assert told["since"] == today.isoformat()
    row = listed()
    assert (row["takes_new_cases"], row["retired"]["since"], row["open"]) == (False, told["since"], 1)

    now = datetime.now(UTC)
    (refused,) = receive([report("after", now)], actor=OPERATOR)
    assert refused.refusal is not None
    assert refused.refusal.code == "programme_retired"
    assert told["since"] in refused.refusal.text.zh
    assert told["since"] in refused.refusal.text.en
    assert refused.refusal.remedy is not None
    order = Order(Command("open", OPERATOR, now, opening().command.data), programme="hotline", kind="request")
    (by_command,) = append([order], facts=current_facts())
    assert by_command.refusal is not None
    assert by_command.refusal.code == "programme_retired"
    assert receive([report("of-before", now - timedelta(days=3))], actor=OPERATOR)[0].refusal is None

    note = Order(Command("supplement", OPERATOR, now, {}, {"text": "又坏了"}), before.value.id)
    (going_on,) = append([note], facts=current_facts())
    assert going_on.refusal is None, "an open case goes on"

    assert call("resume", "hotline", "--reason", "恢复 taken up again")["ok"]
    assert listed()["retired"] is None
    assert receive([report("again", datetime.now(UTC))], actor=OPERATOR)[0].refusal is None
    waiting = log.count_waiting_leaves()
    log.sequence_leaves()
    assert waiting > 0, "both decisions are promised to the log"


def test_a_day_to_come_is_announced_and_holds_from_that_day() -> None:
    facts = current_facts()
    today = facts.registers.calendar.local_date(datetime.now(UTC))
    since = today + timedelta(days=30)
    assert call("retire", "hotline", "--reason", "年底结束 ends with the year", "--from", since.isoformat())["ok"]
    row = listed()
    assert (row["takes_new_cases"], row["retired"]["since"]) == (True, since.isoformat())
    assert receive([report("now", datetime.now(UTC))], actor=OPERATOR)[0].refusal is None
    later = datetime.now(UTC) + timedelta(days=30)
    (refused,) = receive([report("then", later)], actor=OPERATOR, facts=current_facts(later))
    assert refused.refusal is not None
    assert refused.refusal.code == "programme_retired"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("retire", "hotline", "--reason", "x", "--from", "2020-01-01"), "has passed"),
        (("retire", "hotline", "--reason", "x", "--from", "soon"), "is not a day"),
        (("retire", "hotline", "--reason", " "), "a public reason"),
        (("retire", "hotlin", "--reason", "x"), "no programme 'hotlin'"),
        (("resume", "hotline", "--reason", "x"), "is not retired"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_word(words: tuple[str, ...], said: str) -> None:
    answer = call(*words)
    assert not answer["ok"]
    assert said in answer["error"]
    assert answer["remedy"]
    assert retiring.retirements("110108") == {}


def test_twice_the_same_day_is_refused_and_another_day_counts() -> None:
    today = current_facts().registers.calendar.local_date(datetime.now(UTC))
    retired = retiring.retire("hotline", "110108", today + timedelta(days=9), today, "a", "cli:x", NOW)
    with pytest.raises(retiring.RetireRefused, match="already"):
        retiring.retire("hotline", "110108", retired.since, today, "b", "cli:x", NOW)
    sooner = retiring.retire("hotline", "110108", today, today, "c", "cli:x", NOW + timedelta(seconds=1))
    assert retiring.retirements("110108") == {"hotline": sooner}
    assert retiring.retirements("110105") == {}, "another district's goes on"
