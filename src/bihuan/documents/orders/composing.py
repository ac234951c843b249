"""What a composer proposes, and whom an order may be sent to by area; nothing here sends anything.

Source: docs/topics/orders.md, "Composed"; docs/adr/0351-composing-orders.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from bihuan.documents.letters.pure.declaration import LANGUAGES
from bihuan.documents.orders.declaration import OrderDeclaration
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Actor
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import system

_PLACE = re.compile(r"\{([a-z_]+)\}")


@dataclass(frozen=True)
class PossibleAddressee:
    """Whom an order may be sent to: code, what it is called, code of the area it is in (empty: none is said)."""

    code: str
    title: str
    area: str


def chosen_by(order: OrderDeclaration) -> list[str]:
    """Return the choice facts on which templates depend, in the order of the facts.

    Source: docs/topics/orders.md, "Composed".
    """
    named = {name for template in order.templates for name in template.when}
    return [name for name in order.facts if name in named]


def may_do(actor: Actor, order: OrderDeclaration, act: str) -> bool:
    """Return whether somebody may `draft` or `approve` an order: by a capability for all, or a role that it names.

    Source: docs/topics/orders.md, "Pages"; docs/adr/0351-composing-orders.md.
    """
    return actor.may("write" if act == "draft" else "approve") or bool(actor.roles & set(getattr(order.by, act)))


def propose_facts(order: OrderDeclaration, chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the values that templates give for what was chosen; later ones add to earlier ones.

    Args:
        chosen: Codes of choice facts.

    Source: docs/topics/orders.md, "Composed".
    """
    found: dict[str, str] = {}
    for template in order.templates:
        if all(chosen.get(name) == code for name, code in template.when.items()):
            for language in LANGUAGES:
                texts: dict[str, str] = getattr(template, language)
                found |= {name: _filled(order, text, chosen, language) for name, text in texts.items()}
    return found


def possible_addressees(order: OrderDeclaration, world: LoopFacts) -> list[PossibleAddressee]:
    """Return whom an order may be sent to today, by code; nobody where its file names no type.

    Source: docs/topics/orders.md, "An order is a file" (to).
    """
    if order.to is None:
        return []
    kind = subject_type(order.to.subject)
    area = next((name for name, field in kind.fields.items() if field.type == "area"), "")
    day = world.now.astimezone(world.registers.calendar.zone).date()
    looker = system("orders", "who may be addressed")
    held = asking.stream(world.registers.district.code, kind, asking.Viewpoint(day), looker)
    return sorted(
        (
            PossibleAddressee(
                each.key, str(each.values.get(kind.title_field, each.key)), str(each.values.get(area) or "")
            )
            for each in held
            if all(each.values.get(name) == value for name, value in order.to.where.items())
        ),
        key=lambda each: each.code,
    )


def _filled(order: OrderDeclaration, text: str, chosen: Mapping[str, str], language: str) -> str:
    """A template's text with the words of the choices that it names."""

    def words(found: re.Match[str]) -> str:
        fact = order.facts.get(found[1])
        choice = next((each for each in fact.choices if each.code == chosen.get(found[1])), None) if fact else None
        return str(getattr(choice, language)) if choice is not None else found[0]

    return _PLACE.sub(words, text)
