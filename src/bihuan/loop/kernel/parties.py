"""Called-in units: whose part a command is about, and the fold of what changes about one of them."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from bihuan.loop.kernel.context import Context, refusal
from bihuan.loop.kernel.kinds import Fold
from bihuan.loop.kernel.model import Case, Data, Event, Party, Refusal
from bihuan.loop.kernel.permission import acts_for
from bihuan.loop.kernel.programme import CaseType


def declared(rules: CaseType) -> bool:
    """Return whether a case type lets units be called in. Source: DOMAIN E12 (街乡吹哨、部门报到); DESIGN §2 (multi-party)."""
    return rules.parties is not None


def called_unit(context: Context) -> Party | Refusal:
    """Return the called-in unit that the actor acts for (`unit` says which, for one who acts for several).

    Source: DOMAIN E12 (街乡吹哨、部门报到); DESIGN §2 (multi-party)
    """
    mine = [p for p in context.case.parties.values() if acts_for(context.command.actor, p.unit)]
    wanted = context.data.get("unit")
    mine = [p for p in mine if wanted in (None, p.unit)]
    return mine[0] if mine else refusal("no_such_party", "本单位未被吹哨", "your unit was not called in")


def change_party(**fields: Callable[[Event], Any]) -> Fold:
    """Fold: the named fields of the party that the event names, each from the event.

    Source: docs/adr/0001 (1, the fold reads events alone)
    """

    def change(case: Case, event: Event, data: Data, changes: dict[str, Any]) -> None:
        party = case.parties[data["party"]]
        updated = replace(party, **{name: value(event) for name, value in fields.items()})
        changes["parties"] = {**case.parties, party.unit: updated}

    return change
