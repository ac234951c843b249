"""What clauses say of one subject is a fact that a loop asks, on its day and for the purpose of its programme."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bihuan.entitlements import facts
from bihuan.extend import FactQuestion
from bihuan.registers.live import forget_snapshots
from bihuan.subjects.catalogue import subject_type
from tests.shipped import load_shipped
from tests.subjects.makers import HERE, row, write

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SINCE, LATER = date(2026, 1, 1), date(2026, 3, 1)


def person(key: str, since: date, **said: Any) -> Any:
    """A version of a person from a day on."""
    values = {"number": key, "kind": "veteran", "street": "110108001", "resident": True, **said}
    return row(key, since)._replace(values=values)


def asked(policy: str, key: str, on: date) -> Any:
    """What the loop is told."""
    at = datetime(on.year, on.month, on.day, 4, tzinfo=UTC)
    return facts.ask(FactQuestion(f"entitled.{policy}", HERE, key, at, datetime.now(UTC) + timedelta(days=1)))


def test_a_loop_is_told_yes_no_or_unknown_with_what_is_missing(db: None) -> None:
    forget_snapshots()
    load_shipped()
    kind = subject_type("veteran")
    write(kind, [person("VP1", SINCE, income=2_000), person("VP2", SINCE), person("VP3", SINCE, income=9_000)])
    write(kind, [person("VP1", LATER, income=4_000)])
    said = {key: asked("veteran_aid", key, SINCE) for key in ("VP1", "VP2", "VP3")}
    assert {key: told[0] for key, told in said.items()} == {"VP1": "yes", "VP2": "unknown", "VP3": "no"}
    assert said["VP2"][1] == {
        "subject": "veteran/VP2",
        "policy": "veteran-aid",
        "edition": "2026-01",
        "missing": "income",
    }
    assert asked("veteran_aid", "VP1", LATER)[0] == "no", "the answer is that of the day of the act"
    assert asked("veteran_aid", "VP9", SINCE) is None, "nobody is known by that key"
    assert asked("nothing", "VP1", SINCE) is None
    assert "veteran_aid" in facts.names(facts.ENTITLED)
    forget_snapshots()
