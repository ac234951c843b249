"""Which kinds of case a person may open by hand, by the declaration of each."""

from __future__ import annotations

from typing import Any

from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Actor
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.programmes import all_programmes


def may_open(actor: Actor, rules: CaseType) -> bool:
    """Return whether the declaration lets this person open such a case.

    Source: docs/adr/0234 (`opened_by` names roles, which is data)
    """
    return bool(actor.roles & set(rules.opened_by))


def openable(here: World) -> list[dict[str, Any]]:
    """Return every case type this person may open, for buttons on a working page.

    Source: docs/adr/0234 (`opened_by` names roles, which is data)
    """
    return [
        {"programme": programme, "kind": kind, "rules": rules}
        for programme in all_programmes().values()
        for kind, rules in programme.cases.items()
        if may_open(here.actor, rules) and not here.facts.retired(programme.id, here.now)
    ]
