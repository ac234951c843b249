"""What an address names: `Things('site.1')/Datastreams(5)/Observations`, a property, `$value`, `$ref`.

Source: OGC 18-088, 9.2 (resource paths); OData 4.0 part 2, 4.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bihuan.standards.sensorthings.entities import EntityPage, StaEntity
from bihuan.standards.sensorthings.expressions import WrongExpression
from bihuan.standards.sensorthings.options import EntitiesAsked
from bihuan.standards.sensorthings.shelf import SETS, RequestShelf

_STEP = re.compile(r"/?([$A-Za-z]+)(?:\((?:'((?:[^']|'')*)'|([0-9]+))\))?(?=/|$)")
DEEPEST = 8


class AddressStep(NamedTuple):
    """A step of an address: a name, and the id in its parentheses; None without."""

    name: str
    key: str | None


class FoundThere(NamedTuple):
    """What an address leads to: a page, an entity, or a property of one; `form` is `$value`, `$ref`, or empty."""

    page: EntityPage | None = None
    entity: StaEntity | None = None
    property: str = ""
    form: str = ""


def steps_of(path: str) -> list[AddressStep]:
    """Return the steps of an address.

    Raises:
        WrongExpression: it is none.

    Source: OGC 18-088, 9.2.
    """
    steps, place = list[AddressStep](), 0
    while place < len(path):
        found = _STEP.match(path, place)
        if found is None or len(steps) >= DEEPEST:
            raise WrongExpression(f"no address: {path[place : place + 40]!r}")
        key = found[3] if found[2] is None else found[2].replace("''", "'")
        steps.append(AddressStep(found[1], key))
        place = found.end()
    return steps


def follow(shelf: RequestShelf, steps: list[AddressStep], asked: EntitiesAsked) -> FoundThere | None:
    """Return what an address leads to; None: there is no such thing.

    Raises:
        WrongExpression: a step that leads nowhere.

    Source: OGC 18-088, 9.2.
    """
    form = steps[-1].name if steps[-1].name in ("$value", "$ref") else ""
    steps = steps[:-1] if form else steps
    first = steps[0]
    if first.name not in SETS:
        raise WrongExpression(f"there is no set {first.name}; there are: {', '.join(SETS)}")
    if first.key is None:
        if len(steps) > 1:
            raise WrongExpression(f"{first.name} needs an id in parentheses before /{steps[1].name}")
        return FoundThere(page=shelf.ask(first.name, asked), form=form)
    entity = shelf.get(first.name, first.key)
    for place, step in enumerate(steps[1:], 2):
        if entity is None:
            return None
        last = place == len(steps)
        if step.name in entity.one:
            entity = entity.one[step.name]()
        elif step.name in entity.many:
            if step.key is None and last:
                return FoundThere(page=entity.many[step.name](asked), form=form)
            every = entity.many[step.name](EntitiesAsked(top=10_000))
            entity = next((each for each in every.entities if str(each.id) == step.key), None)
        elif last and step.key is None and step.name in entity.body:
            return FoundThere(entity=entity, property=step.name, form=form)
        else:
            raise WrongExpression(f"{entity.set} have no {step.name}")
    return None if entity is None else FoundThere(entity=entity, form=form)
