"""Whose it is: the duty-bearer of a case, and the facts of sending it there."""

from typing import NamedTuple

from bihuan.loop.kernel.about import keeper_of
from bihuan.loop.kernel.context import Context, missing, refusal
from bihuan.loop.kernel.model import Data, Refusal

DISTRICT = "district"  # a fallback of this name is the district's own unit, not a unit's code


class Bearer(NamedTuple):
    """Who bears a duty, who helps, and the row that says so."""

    lead: str
    co_units: tuple[str, ...]
    why: Data

    @property
    def helpers(self) -> list[str] | None:
        """首接负责: the first receiver leads and may call these in; None when there are none.

        Source: DOMAIN E07 (首接负责制: the first receiver leads and coordinates)
        """
        return [unit for unit in self.co_units if unit != self.lead] or None


def bearer_for(context: Context, category: str | None, area: str | None, given: str | None) -> Bearer | Refusal:
    """Whom to send a case to: the given unit, else the campaign's lead, the duty rule, the district itself (兜底).

    Source: DOMAIN E07 (clear jurisdiction → unit; unclear → district, 兜底); docs/topics/registers.md, "The duty matrix".
    """
    if given is not None:
        chosen = context.facts.unit(given, context.at)
        if chosen is None:
            return refusal(
                "unknown_unit",
                f"没有单位{given!r}",
                f"there is no unit {given!r} today",
                field="unit",
            )
        return Bearer(chosen, (), {"chosen_by": context.command.actor.id})
    if context.rules.duty.by == "given" and context.rules.duty.lead is None:
        return missing("unit", "承办单位", "the unit")
    return duty_bearer(context, category, area)


def duty_bearer(context: Context, category: str | None, area: str | None) -> Bearer:
    """The duty-bearer: whom the case's campaign declared, else by the case type's duty rule, else its fallback (兜底).

    Source: DOMAIN E07 (clear jurisdiction → unit; unclear → district, 兜底); docs/topics/registers.md, "The duty matrix".
    """
    facts, duty = context.facts, context.rules.duty
    declared = _declared(context)
    if declared is not None:
        return declared
    co_units: tuple[str, ...] = ()
    why: Data
    if duty.lead is not None:
        lead, why = facts.unit(duty.lead, context.at), {"fixed": duty.lead}
    elif duty.by == "about":
        lead, why = keeper_of(context, context.case)
        if lead is None:
            lead, why = facts.office(area, context.at)
    elif duty.by == "area":
        lead, why = facts.office(area, context.at)
    else:
        lead, co_units, why = facts.duty(category, area, context.at)
    if lead is None or (why.get("fallback") and duty.fallback != DISTRICT):
        named = None if duty.fallback == DISTRICT else facts.unit(duty.fallback, context.at)
        lead, why = named or facts.district(), {**why, "fallback": duty.fallback if named else DISTRICT}
    return Bearer(lead, co_units, why)


def _declared(context: Context) -> Bearer | None:
    """Return the lead unit that the case's campaign declared for it, while that unit exists."""
    origin: Data = context.case.origin or context.data.get("origin") or {}
    lead = context.facts.unit(origin["lead"], context.at) if origin.get("lead") else None
    return None if lead is None else Bearer(lead, (), {"campaign": origin.get("campaign", "")})
