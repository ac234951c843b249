"""What holds of every object at an instant, as known at another: events folded in the order in which they hold.

In: events, each a value of an attribute of an object from an instant on, with when it was recorded. Of an attribute the
event with the greatest (valid_from, recorded_at, event) counts among those that hold by `at` and were recorded by
`known`. The attribute `-` ends the object; what holds later revives it, with that alone. Out: object, attribute,
value. Exact. n log n.
Source: R. T. Snodgrass, Developing Time-Oriented Database Applications (bitemporal tables); docs/adr/0354-twins.md.
Compared with: a loop over the events in order (tests/methods/test_twin_state.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from bihuan.methods.declared.cells import NO_DAY, ZONE, Cells
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given, Table

ENDS = "-"
_INSTANT = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def fold_events(given: Given) -> Answer:
    """The state of every object. Source: docs/adr/0354-twins.md."""
    events = _told(given["events"])
    held, recorded = _micros(events["valid_from"]), _micros(events["recorded_at"])
    seen = (held <= _micro(given.option("at"))) & (recorded <= _micro(given.option("known")))
    rows = np.flatnonzero(seen)
    names = np.array(events["event"].words, dtype=object)
    order = np.empty(len(names), dtype=np.int64)
    order[np.argsort(names.astype(str), kind="stable")] = np.arange(len(names))
    objects, attributes = events["object"].codes, events["attribute"].codes
    rank = np.lexsort((order[events["event"].codes[rows]], recorded[rows], held[rows]))
    rows = rows[rank]  # in the order in which they hold
    ended = np.full(len(events["object"].words) + 1, -1, dtype=np.int64)
    ends = attributes[rows] == _code(events["attribute"], ENDS)
    np.maximum.at(ended, objects[rows[ends]], np.flatnonzero(ends))
    last: dict[tuple[int, int], int] = {
        key: place
        for place, key in enumerate(zip(objects[rows].tolist(), attributes[rows].tolist(), strict=True))
        if not ends[place]
    }
    alive = [rows[place] for (one, _), place in last.items() if place > ended[one]]
    columns = {
        name: events[name].taken(np.array(alive, dtype=np.int64)).text() for name in ("object", "attribute", "value")
    }
    return Answer(columns, facts={"objects": len(set(columns["object"])), "events_seen": len(rows)})


def _told(events: Table) -> Table:
    """The events that say something; a value is missing only where an object ends."""
    silent = ~events["value"].known & (events["attribute"].codes != _code(events["attribute"], ENDS))
    for row in np.flatnonzero(silent).tolist():
        events.refuse(row, "value", "只有终止事件可以没有值 · only an end has no value", "填写属性值 · write the value")
    return events.kept(~silent) if silent.any() else events


def _code(cells: Cells, word: str) -> int:
    return cells.texts.index(word) if word in cells.texts else -2


def _micros(cells: Cells) -> Any:
    return cells.mapped(_micro, NO_DAY, np.int64)


def _micro(text: str) -> int:
    at = datetime.fromisoformat(text)
    since = (at if at.tzinfo else at.replace(tzinfo=ZONE)) - _INSTANT
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


METHOD = Method(
    name="twin-state",
    zh="孪生对象在某时刻的状态",
    en="What holds of objects at an instant, as known at another",
    inputs=(
        Input("events", "事件", "Events", (
            Column("event", "事件编号", "Event"), Column("object", "对象", "Object"),
            Column("attribute", "属性", "Attribute", note="- ends the object"),
            Column("value", "值", "Value", required=False),
            Column("valid_from", "生效时间", "Holds from", "instant"), Column("recorded_at", "记录时间", "Recorded at", "instant"),
        ), unique=("event",)),
    ),
    options=(
        Option("at", "所问时刻", "At the instant", "instant"), Option("known", "所知截止", "As known at the instant", "instant"),
    ),
    output=(
        Column("object", "对象", "Object"), Column("attribute", "属性", "Attribute"), Column("value", "值", "Value"),
    ),
    facts=(
        AnswerKey("objects", "对象数", "Objects", {"type": "integer"}),
        AnswerKey("events_seen", "计入的事件", "Events that count", {"type": "integer"}),
    ),
    key=("object", "attribute"),
    run=fold_events,
    source="R. T. Snodgrass, Developing Time-Oriented Database Applications",
    peer="a loop over the events in order",
)  # fmt: skip
