"""A step is one file: a toy step is put into the package of steps, and kernel and reference pages know it.

Pages, API, command line and exports: `test_toy_step_in_a_district`.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest

from bihuan.loop.kernel import steps
from bihuan.loop.kernel.actions import actions
from bihuan.loop.kernel.payload import facts_of
from bihuan.loop.kernel.table import decode_event, table
from tests.docs.test_reference import generator
from tests.loop.district import Walk, facts

TOY = '''
"""Tagging the thing that a case is about."""

from typing import Annotated

from msgspec import Meta

from bihuan.loop.kernel.context import Context, PlannedEvent, missing
from bihuan.loop.kernel.fields import TEXT, choice, fixed
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import Payload, UnitId
from bihuan.loop.kernel.states import HELD
from bihuan.loop.kernel.step import Step

CONDITIONS = {"sound": Text("完好", "sound"), "broken": Text("损坏", "broken")}
Condition = Annotated[str, Meta(description="how it stands", extra={"codes": CONDITIONS})]


class Tagged(Payload, frozen=True, kw_only=True):
    """The thing by its code, how it stands and who keeps it."""

    thing: str
    condition: Condition
    keeper: UnitId


def tag(context: Context) -> list[PlannedEvent] | Refusal:
    """Hang a tag on the thing."""
    if context.data.get("thing") == "?":
        return missing("thing", "物件", "the thing")
    assert context.case.lead is not None
    given = context.given("thing", "condition")
    return [context.record(Tagged(**given, keeper=context.case.lead))]


def _know(case: Case, event: Event, data: Data, changes: Changes) -> None:
    changes["subject"] = data["thing"]


STEPS = (
    Step(
        order=1000,
        command="tag",
        who="holder",
        sources=HELD,
        event=EventKind(
            kind="tagged",
            name=Text("已挂牌", "tagged"),
            payload=Tagged,
            fold=_know,
            acts=True,
            story=Sentence(
                zh="给{thing}挂牌：{condition}，由{keeper}保管[：{text}]",
                en="Tagged {thing}: {condition}, kept by {keeper}[: {text}]",
                tone="bad",
            ),
        ),
        label=Text("给物件挂牌", "Hang a tag on the thing"),
        button=Text("挂牌", "Tag"),
        handler=tag,
        asks=(
            fixed("thing", "物件", "Thing", "code", required=True),
            choice("condition", "状况", "Condition", CONDITIONS),
            TEXT,
        ),
        shortcut="g",
        risky=True,
    ),
)
'''


@contextmanager
def one_more_file(folder: Path, text: str = TOY) -> Iterator[None]:
    """One more file in the package of steps; nothing else is touched."""
    (folder / "tagging.py").write_text(text, encoding="utf-8")
    steps.__path__.append(str(folder))
    importlib.invalidate_caches()
    table.cache_clear()
    try:
        yield
    finally:
        steps.__path__.remove(str(folder))
        sys.modules.pop(f"{steps.__name__}.tagging", None)
        table.cache_clear()


@pytest.fixture
def toy(tmp_path: Path) -> Iterator[None]:
    """The toy is a step of the loop."""
    with one_more_file(tmp_path):
        yield


def test_the_table_is_as_before_without_it() -> None:
    assert "tag" not in table().by_command


def test_it_is_offered_decided_and_folded(toy: None) -> None:
    walk = Walk().accepted()
    offered = {a.command: a for a in actions(walk.programme, walk.case, walk.holder, walk.facts.now, facts())}
    assert [f.name for f in offered["tag"].fields] == ["thing", "condition", "text"]
    assert offered["tag"].possible
    assert list(offered)[-1] == "tag", "it stands where its order says"
    assert walk.refused("tag", walk.holder, 1, thing="?", condition="sound") == "field_missing"
    assert walk.refused("tag", walk.holder, 1, thing="lamp-7", condition="odd") == "unknown_condition"
    assert walk.refused("tag", walk.holder, 1, thing="lamp-7", colour="red") == "unknown_field"
    case = walk.do("tag", walk.holder, 1, thing="lamp-7", condition="broken", words={"text": "杆已歪"})
    event = walk.events[-1]
    assert event.data == {"thing": "lamp-7", "condition": "broken", "keeper": case.lead, "by_unit": case.lead}
    assert event.private == {"text": "杆已歪"}, "what is written freely is sealed without being told to"
    assert (case.subject, case.handlers[-1]) == ("lamp-7", "user:handler")
    assert facts_of(decode_event("tagged", event.data)) == event.data


def test_the_reference_pages_and_the_schema_know_it(toy: None) -> None:
    pages = generator().pages()
    assert "| `tag` | holder | dispatched, in_progress | [`tagged`](events.md#tagged)" in pages["states.md"]
    assert "## tagged" in pages["events.md"]
    assert "how it stands: `sound` 完好, `broken` 损坏" in pages["events.md"]
    assert "| 挂牌 | Tag | `tag` |" in pages["../glossary.md"]
    assert "| 已挂牌 | tagged | `tagged` |" in pages["../glossary.md"]
    schema = jsonschema.Draft202012Validator(json.loads(pages["events.schema.json"]))
    good = {"kind": "tagged", "data": {"thing": "lamp-7", "condition": "sound", "keeper": "u"}}
    assert schema.is_valid(good)
    assert not schema.is_valid({**good, "data": {**good["data"], "colour": "red"}})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("spoilt", "by", "named"),
    [
        ('command="tag"', 'command="note"', "the same command: ['note']"),
        ("order=1000", "order=200", "the same order: [200]"),
        ('kind="tagged"', 'kind="noted"', "another row declares the event 'noted'"),
        ("sources=HELD", 'sources=("flying",)', "no such state: flying"),
        ('command="tag"', 'target="*", command="tag"', "`leads` says where"),
    ],
)
def test_a_row_that_cannot_stand_in_the_table_is_refused(tmp_path: Path, spoilt: str, by: str, named: str) -> None:
    with one_more_file(tmp_path, TOY.replace(spoilt, by, 1)):
        with pytest.raises(ValueError, match=r"^(tag: |two steps have the same )") as refused:
            table()
        assert named in str(refused.value)
