"""Entities with ways to their neighbours, and the answer to a question over a list of them.

Source: OGC 18-088, 8 (entities and relations), 9.3.3 (options apply in the order filter, count, order, skip, top).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bihuan.standards.sensorthings.expressions import SpanOfTime, WrongExpression, sort_key, value_of
from bihuan.standards.sensorthings.options import EVERYTHING, EntitiesAsked


@dataclass(frozen=True)
class EntityPage:
    """Entities of one page; `more`: there are others after them; `matched`: how many there are, where it was asked."""

    entities: Sequence[StaEntity]
    more: bool = False
    matched: int | None = None


@dataclass(frozen=True)
class StaEntity:
    """One entity.

    Args:
        set: Its set, such as `Things`. id: A number or a text. body: Its properties; times as instants or spans.
        one: Name → the one neighbour, or None. many: Name → the neighbours that a question asks for.
    """

    set: str
    id: int | str
    body: dict[str, Any]
    one: Mapping[str, Callable[[], StaEntity | None]] = field(default_factory=dict)
    many: Mapping[str, Callable[[EntitiesAsked], EntityPage]] = field(default_factory=dict)

    def look(self, path: tuple[str, ...]) -> Any:
        """What stands at a path: a property, something inside of one, or a property of a neighbour.

        Source: OGC 18-088, 9.3.3.5 (paths).
        """
        name, onward = path[0], path[1:]
        if name in ("@iot.id", "id"):
            return self.id
        if name in self.one:
            other = self.one[name]()
            return None if other is None else other.look(onward)
        if name in self.many:
            found = self.many[name](EVERYTHING).entities
            return found[0].look(onward) if found and onward else None
        if name not in self.body:
            raise WrongExpression(f"{self.set} have no {name}; known: {', '.join([*self.body, *self.one, *self.many])}")
        value = self.body[name]
        for step in onward:
            value = value.get(step) if isinstance(value, dict) else None
        return value


def page_of(entities: Iterable[StaEntity], asked: EntitiesAsked) -> EntityPage:
    """Return the page of a list that a question asks for. Source: OGC 18-088, 9.3.3."""
    found = list(entities)
    if asked.where is not None:
        where = asked.where
        found = [each for each in found if value_of(where, each.look) is True]
    for node, falling in reversed(asked.order):
        found.sort(key=lambda each, node=node: sort_key(value_of(node, each.look)), reverse=falling)  # type: ignore[misc]
    page = found[asked.skip : asked.skip + asked.top]
    return EntityPage(page, len(found) > asked.skip + asked.top, len(found))


def as_sent(entity: StaEntity, asked: EntitiesAsked, base: str) -> dict[str, Any]:
    """Return an entity as JSON, with links to its neighbours and those that stand beside it.

    Source: OGC 18-088, 8.1 (control information), 9.3.3.1 ($expand), 9.3.3.2 ($select).
    """
    address = f"{base}/{entity.set}({quoted(entity.id)})"
    body = {name: _sent(value) for name, value in entity.body.items() if value is not None or name == "result"}
    told: dict[str, Any] = {"@iot.id": entity.id, "@iot.selfLink": address}
    if asked.select:
        wanted = {"id" if each == "@iot.id" else each for each in asked.select}
        told = {name: value for name, value in told.items() if name[5:] in wanted or name in wanted}
        body = {name: value for name, value in body.items() if name in wanted}
    told |= body
    for name in (*entity.one, *entity.many):
        inner = asked.expand.get(name)
        if inner is None:
            if not asked.select:
                told[f"{name}@iot.navigationLink"] = f"{address}/{name}"
        elif name in entity.one:
            other = entity.one[name]()
            told[name] = None if other is None else as_sent(other, inner, base)
        else:
            told |= _beside(name, entity.many[name](inner), inner, base, f"{address}/{name}")
    for name in asked.expand:
        if name not in entity.one and name not in entity.many:
            raise WrongExpression(f"{entity.set} have no neighbour {name}")
    return told


def _beside(name: str, page: EntityPage, inner: EntitiesAsked, base: str, address: str) -> dict[str, Any]:
    told: dict[str, Any] = {name: [as_sent(each, inner, base) for each in page.entities]}
    if inner.count and page.matched is not None:
        told[f"{name}@iot.count"] = page.matched
    if page.more:
        told[f"{name}@iot.nextLink"] = f"{address}?$top={inner.top}&$skip={inner.skip + inner.top}"
    return told


def quoted(key: int | str) -> str:
    """Return an id as addresses have it. Source: OData 4.0 part 2, 4.3.1; a quote is doubled."""
    return str(key) if isinstance(key, int) else "'" + key.replace("'", "''") + "'"


def _sent(value: Any) -> Any:
    if isinstance(value, SpanOfTime):
        return f"{_sent(value.begins)}/{_sent(value.ends)}"
    return value.isoformat().replace("+00:00", "Z") if hasattr(value, "isoformat") else value
