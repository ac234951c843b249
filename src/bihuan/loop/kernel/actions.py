"""`actions`: what this person may do to this case now — and why not, for what they may not."""

from datetime import datetime

import msgspec

from bihuan.loop.kernel.decide import possible
from bihuan.loop.kernel.facts import Facts
from bihuan.loop.kernel.fields import FIELDS, Field
from bihuan.loop.kernel.handlers.approvals import unasked
from bihuan.loop.kernel.model import Actor, Case, Refusal, Text
from bihuan.loop.kernel.permission import permitted
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.kernel.states import EDGES, commands_from


class Action(msgspec.Struct, frozen=True):
    """One command as a person sees it. `fields` describe the form; `refusal` says why it is greyed out."""

    command: str
    label: Text
    possible: bool
    refusal: Refusal | None = None
    fields: tuple[Field, ...] = ()


def actions(
    programme: Programme, case: Case, actor: Actor, now: datetime, facts: Facts, *, everything: bool = False
) -> list[Action]:
    """Actions of `actor` on `case` at `now`, in table order.

    By default edges that leave the present state; `everything=True` lists the whole table with reasons.
    """
    rules = programme.cases[case.kind]
    listed = EDGES if everything else commands_from(case.state, case.shape)
    result = []
    for edge in listed:
        if edge.command == "open":
            continue
        no = possible(rules, case, edge, now) or permitted(edge, rules, case, actor, facts, now)
        no = no or unasked(case, edge.command)
        fields = tuple(f(rules, case) for f in FIELDS.get(edge.command, ()))
        result.append(Action(edge.command, edge.reason, no is None, no, fields))
    return result
