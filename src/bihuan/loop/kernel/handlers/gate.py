"""Gate: an act may not take effect until reviewed; expiry re-opens."""

from bihuan.loop.kernel import clocks
from bihuan.loop.kernel.context import Context, Draft, desk, missing, refusal
from bihuan.loop.kernel.evolve import parse
from bihuan.loop.kernel.model import Refusal

VALIDITY = "validity"


def approve(context: Context) -> list[Draft] | Refusal:
    """Admit until a date within the declared maximum; the validity clock runs to it."""
    gate, until = context.rules.gate, context.data.get("until")
    assert gate is not None
    if not until:
        return missing("until", "有效期至", "the end of validity")
    latest, why = context.facts.due(context.at, gate.valid_max)
    if not context.at < parse(until) <= latest:
        return refusal("bad_end", f"有效期须在{gate.valid_max}以内", f"validity must end within {gate.valid_max}",
                       field="until")  # fmt: skip
    fractions = context.rules.clocks[0].warn if context.rules.clocks else []
    op = {
        "op": "start",
        "name": VALIDITY,
        "due": until,
        "warn": clocks.warnings(context.at, parse(until), fractions),
        "why": {
            "at_most": gate.valid_max,
            "latest": clocks.iso(latest),
            **{k: v for k, v in why.items() if k != "within"},
        },
    }
    return [
        context.draft(
            until=until,
            holder=desk(gate.reviewer),
            clocks=[op],
        )
    ]


def reject(context: Context) -> list[Draft] | Refusal:
    """Not admitted; refusing is never held against the community."""
    if not context.said("reason"):
        return missing("reason", "理由", "the reason")
    return [context.ending("refused")]


def withdraw_application(context: Context) -> list[Draft]:
    """The applicant takes it back."""
    return [context.ending("withdrawn")]


def revoke(context: Context) -> list[Draft] | Refusal:
    """End an admission early."""
    if not context.said("reason"):
        return missing("reason", "理由", "the reason")
    return [context.ending("revoked")]


def expire(context: Context) -> list[Draft] | Refusal:
    """The validity has run out: back to review."""
    gate, clock = context.rules.gate, context.case.clocks.get(VALIDITY)
    assert gate is not None
    if clock is None or context.at < clock.due:
        return refusal("not_expired", "尚未到期", "not expired yet")
    return [context.draft(holder=desk(gate.reviewer), clocks=clocks.cancel(context.case, {VALIDITY}))]


HANDLERS = {f.__name__: f for f in (approve, reject, withdraw_application, revoke, expire)}
