"""What tests of log lines share: marked words, a log that is read as a whole, and which lines have been written.

A test names its lines by `writes`, plays real flows inside `flow` or `told`, and fails when another line or a mark
stands in the log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from bihuan.intake.reports import NewReport, Reporter
from bihuan.ledger import keyring
from bihuan.loop.store import current_facts
from bihuan.registers import live
from bihuan.server.log_lines import LINES
from tests.server.test_log_lines import names, written
from tests.shipped import load_shipped

MARKS = ("赵标记", "13912345678", "010-62345678", "marked.person@example.org", "暗号电梯", "暗号地址", "暗号理由")
"""Names, numbers, addresses and words that stand in everything the flows are given."""

COVERED: set[str] = set()
"""Every line that a test of this file says it writes."""


def writes(*lines: str) -> Callable[[Any], Any]:
    """Say which lines a test must have written."""

    def mark(test: Any) -> Any:
        COVERED.update(lines)
        test.lines = set(lines)
        return test

    return mark


@contextmanager
def checked(wanted: set[str]) -> Iterator[None]:
    """What is done inside writes the lines wanted, no other, and no mark."""
    with written() as lines:
        yield
    check(lines, wanted)


@contextmanager
def checked_in_the_district(wanted: set[str], commits: Any) -> Iterator[None]:
    """The same with the model district and its people; what waits for a commit is written at the end."""
    keyring.forget_cached_keys()
    load_shipped(users=True)
    current_facts()
    with written() as lines, commits(execute=True):
        yield
    check(lines, wanted)
    live.forget_snapshots()
    keyring.forget_cached_keys()


def check(lines: list[dict[str, Any]], wanted: set[str]) -> None:
    assert wanted - names(lines) == set()
    assert names(lines) - set(LINES) == set()
    text = json.dumps(lines, ensure_ascii=False)
    assert [mark for mark in MARKS if mark in text] == []


def report(key: str, **changes: Any) -> NewReport:
    given: dict[str, Any] = {
        "programme": "hotline", "kind": "request", "channel": "phone", "at": datetime.now(UTC) - timedelta(minutes=5),
        "title": "暗号电梯", "text": "暗号电梯，请打13912345678或010-62345678", "address": "暗号地址",
        "category": "housing.property.service", "area": "110108001001",
        "reporter": Reporter(name="赵标记", phone="13912345678", email="marked.person@example.org"),
    }  # fmt: skip
    return NewReport(key=key, **{**given, **changes})
