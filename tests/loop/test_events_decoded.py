"""Kinds that few cases have — a changed rule, a changed unit, an old file — decode into the payload of their own.

The upgrade fixtures hold no event of these kinds; here each is recorded by its step and read back from its JSON.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import CLOCK, Actor, Event
from bihuan.loop.kernel.payload import Payload, facts_of
from bihuan.loop.kernel.steps.answering import Answered
from bihuan.loop.kernel.steps.inheriting import Inherited
from bihuan.loop.kernel.steps.migrating import Migrated, Recalendared, shown
from bihuan.loop.kernel.steps.recording_history import HistoryRecorded
from bihuan.loop.kernel.table import decode_event, table
from tests.loop.district import OPERATOR, START, Walk, book, registers
from tests.loop.test_recalendar import AT, after_publication
from tests.loop.test_succession import dissolve

IMPORTER = Actor("import", frozenset({"importer"}))


def read_back(event: Event) -> Payload:
    """The payload of a stored event; nothing of its data is lost."""
    data = json.loads(json.dumps(event.data))
    payload = decode_event(event.kind, data)
    assert type(payload) is table().kinds[event.kind].payload
    assert facts_of(payload) == data
    return payload


def answered(tmp_path: Path) -> Event:
    walk = Walk().opened()
    walk.do("answer", OPERATOR, 0.1, words={"text": "已恢复供水"}, article="a-7")
    return walk.events[-1]


def migrated(tmp_path: Path) -> Event:
    walk = Walk().opened()
    walk.programme = walk.programme.model_copy(update={"edition": "2027-01"})
    walk.do("migrate", OPERATOR, 1)
    return walk.events[-1]


def recalendared(tmp_path: Path) -> Event:
    walk = Walk("monthly-topic")
    hours = (AT - START) / timedelta(hours=1)
    walk.facts = LoopFacts(registers(), book(), AT, "seed")
    walk.do("open", OPERATOR, hours, kind="problem", number="1", channel="other", area=walk_area())
    walk.facts = after_publication(AT + timedelta(minutes=5), tmp_path)
    walk.do("recalendar", CLOCK, hours + 1 / 60)
    return walk.events[-1]


def inherited(tmp_path: Path) -> Event:
    walk = Walk().accepted()
    old = walk.case.lead
    assert old is not None
    walk.facts = dissolve(old, HEIR)
    walk.do("inherit", CLOCK, 30)
    return walk.events[-1]


def history_recorded(tmp_path: Path) -> Event:
    walk = Walk().dispatched(history="old")
    walk.do("record_history", IMPORTER, 2, outcome="invalid", unit="DEPT-9")
    return walk.events[-1]


def walk_area() -> str:
    return next(area.code for area in registers().areas if area.level == "community")


HEIR = next(unit.id for unit in registers().organisations if unit.code == "street-110108022")
RECORDED: tuple[Callable[[Path], Event], ...] = (answered, migrated, recalendared, inherited, history_recorded)


def test_an_answer_names_its_article(tmp_path: Path) -> None:
    payload = read_back(answered(tmp_path))
    assert isinstance(payload, Answered)
    assert (payload.article, payload.state, payload.outcome) == ("a-7", "answered", "answered")


def test_a_migration_names_both_editions_and_every_clock(tmp_path: Path) -> None:
    event = migrated(tmp_path)
    payload = read_back(event)
    assert isinstance(payload, Migrated)
    assert (payload.edition, payload.from_) == ("2027-01", Walk().programme.edition)
    assert len(shown(event.data)) == 64


def test_recalendared_deadlines_are_among_its_clocks(tmp_path: Path) -> None:
    payload = read_back(recalendared(tmp_path))
    assert isinstance(payload, Recalendared)
    assert isinstance(payload.clocks, list)
    assert payload.clocks
    for op in payload.clocks:
        assert (op["op"], "provisional" in op["why"]) == ("replace", False)
        assert datetime.fromisoformat(op["due"]) > AT


def test_an_inheritance_names_who_ended_and_who_carries_on(tmp_path: Path) -> None:
    payload = read_back(inherited(tmp_path))
    assert isinstance(payload, Inherited)
    assert (payload.reason, payload.lead, payload.heir) == ("unit_ended", HEIR, HEIR)
    assert payload.ended == [payload.from_]
    assert payload.duty == {"heir_of": payload.from_}


def test_recorded_history_names_the_unit_in_its_own_code(tmp_path: Path) -> None:
    payload = read_back(history_recorded(tmp_path))
    assert isinstance(payload, HistoryRecorded)
    assert (payload.unit, payload.result, payload.outcome) == ("DEPT-9", None, "invalid")


def test_a_result_of_an_earlier_version_still_decodes() -> None:
    old: dict[str, Any] = {"state": "closed", "holder": None, "outcome": "closed", "result": "solved"}
    payload = decode_event("history_recorded", old)
    assert isinstance(payload, HistoryRecorded)
    assert (payload.result, facts_of(payload)) == ("solved", old)


@pytest.mark.parametrize("record", RECORDED, ids=lambda record: record.__name__)
def test_a_part_that_the_kind_does_not_know_is_refused(record: Callable[[Path], Event], tmp_path: Path) -> None:
    event = record(tmp_path)
    assert event.kind == record.__name__
    with pytest.raises(msgspec.ValidationError, match="unknown field `surprise`"):
        decode_event(event.kind, {**event.data, "surprise": 1})
