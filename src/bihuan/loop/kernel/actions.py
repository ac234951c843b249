"""`actions`: what this person may do to this case now — and why not, for what they may not."""

from datetime import datetime

import msgspec

from bihuan.loop.kernel.decide import possible
from bihuan.loop.kernel.facts import Facts
from bihuan.loop.kernel.fields import Field
from bihuan.loop.kernel.model import Actor, Case, Refusal, Text
from bihuan.loop.kernel.permission import permitted
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.kernel.requests import unasked
from bihuan.loop.kernel.table import table


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

    By default steps that leave the present state; `everything=True` lists the whole table with reasons.

    Source: DESIGN §3 (what a person may do now, with the reason for what they may not); docs/adr/0001 (1)
    """
    rules = programme.cases[case.kind]
    listed = table().steps if everything else table().leaving(case.state, case.shape)
    result = []
    for step in listed:
        if "" in step.sources:
            continue
        no = possible(rules, case, step, now) or permitted(step, rules, case, actor, facts, now)
        no = no or unasked(case, step.answers)
        asked = (make(rules, case) for make in step.asks)
        fields = tuple(each for each in asked if each.required or each.type != "choice" or each.choices)
        result.append(Action(step.command, step.label, no is None, no, fields))
    return result
