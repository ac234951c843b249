"""Who hangs together with an entity that was confirmed, step by step through values that they share.

In: links as in `association` (a value that more than `hub` live entities hold links nobody) and the confirmed entities.
A step leads from an entity to another that shares a live value with it; at most `steps` of them are followed.
Out: every entity that is reached and not confirmed itself: the confirmed one that is nearest (then the smaller id), the
number of steps, and the value that leads there. Exact. Links + entities.
Source: 防范和处置非法集资条例 (2021) 第十九条 on inquiries into related parties (to be compared); ADR 0400.
Compared with: networkx shortest paths on the same graph (tests/methods/test_finance_index.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import NamedTuple

from bihuan.methods.association import live_rows
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option
from bihuan.methods.declared.tables import Given, Table

type Shared = tuple[str, str]


class Reached(NamedTuple):
    """How an entity was reached."""

    steps: int
    confirmed: str
    kind: str
    value: str


def follow_links(given: Given) -> Answer:
    """Every entity that hangs together with a confirmed one. Source: packs E25."""
    at = (date.fromisoformat(str(given.option("at"))) - date(1970, 1, 1)).days
    links, hub, most = given["links"], int(given.option("hub")), int(given.option("steps"))
    holds, held = _shared(links, live_rows(links, at).tolist(), hub)
    known = sorted(set(given["confirmed"]["entity"].text()))
    reached = {name: Reached(0, name, "", "") for name in known}
    edge = list(known)
    for step in range(1, most + 1):
        found: dict[str, Reached] = {}
        for name in edge:
            for shared in holds.get(name, ()):
                for other in held[shared]:
                    if other not in reached:
                        way = Reached(step, reached[name].confirmed, *shared)
                        found[other] = min(found.get(other, way), way)
        reached |= found
        edge = sorted(found)
    rows = sorted((name, way) for name, way in reached.items() if way.steps)
    columns = {"entity": [name for name, _ in rows]} | {
        field: [getattr(way, field) for _, way in rows] for field in Reached._fields
    }
    return Answer(columns, {"confirmed": len(known), "reached": len(rows)})


def _shared(links: Table, rows: list[int], hub: int) -> tuple[dict[str, list[Shared]], dict[Shared, list[str]]]:
    """What each entity holds, and who holds it, of values that more than one and at most `hub` hold."""
    texts = [links[name].text() for name in ("entity", "kind", "value")]
    who: defaultdict[Shared, set[str]] = defaultdict(set)
    for row in rows:
        who[texts[1][row], texts[2][row]].add(texts[0][row])
    held = {shared: sorted(names) for shared, names in sorted(who.items()) if 1 < len(names) <= hub}
    holds: defaultdict[str, list[Shared]] = defaultdict(list)
    for shared, names in held.items():
        for name in names:
            holds[name].append(shared)
    return dict(holds), held


METHOD = Method(
    name="linked-firms",
    zh="与已确认对象的关联",
    en="Who hangs together with a confirmed entity",
    inputs=(
        Input("links", "关联", "Links", (
            Column("entity", "对象", "Entity"), Column("kind", "类别", "Kind"), Column("value", "内容", "Value"),
            Column("from", "起", "From", "date"), Column("to", "止", "To", "date", required=False))),
        Input("confirmed", "已确认对象", "Confirmed entities", (Column("entity", "对象", "Entity"),)),
    ),
    options=(
        Option("at", "基准日", "Day of the links", "date"),
        Option("hub", "公共值上限", "Most entities that a value may link", "count", "20"),
        Option("steps", "最多步数", "Most steps", "count", "3"),
    ),
    output=(
        Column("entity", "对象", "Entity"), Column("steps", "步数", "Steps", "count"),
        Column("confirmed", "已确认对象", "Confirmed entity"),
        Column("kind", "关联类别", "Kind of the last link"), Column("value", "关联内容", "What is shared"),
    ),
    facts=(
        AnswerKey("confirmed", "已确认对象数", "Confirmed entities", {"type": "integer"}),
        AnswerKey("reached", "关联对象数", "Entities that are reached", {"type": "integer"}),
    ),
    key=("entity",),
    run=follow_links,
    source="防范和处置非法集资条例 (2021)",
    peer="networkx 3 shortest paths",
    cost="links + entities",
)  # fmt: skip
