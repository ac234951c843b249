"""What one edition of a policy changes in another: clauses added, removed and altered, amounts, bounds. Pure.

Source: DESIGN §14 (the difference between two editions); docs/topics/entitlements.md, "Editions".
"""

from __future__ import annotations

from typing import NamedTuple

from bihuan.entitlements.pure.declared import ClauseRule, PolicyFile

KEPT = ("amount", "not_with", "cap", "period", "notice", "from_", "to")
"""What else of a policy is compared, beside its clauses."""


class RuleChange(NamedTuple):
    """One clause: `how` is added, removed or altered; `before`, `after`: None where it is not there."""

    how: str
    alternative: str
    before: ClauseRule | None
    after: ClauseRule | None

    @property
    def rule(self) -> ClauseRule:
        """The clause as it is now, or as it was last."""
        found = self.after or self.before
        assert found is not None
        return found

    def as_json(self) -> dict[str, str | None]:
        """For commands: how, which clause, its words before and after."""
        before, after = (each.text.zh if each else None for each in (self.before, self.after))
        return {"how": self.how, "clause": self.rule.id, "before": before, "after": after}


class EditionChange(NamedTuple):
    """Two editions: their clauses that differ, and other values by name, before and after."""

    before: str
    after: str
    clauses: tuple[RuleChange, ...]
    values: tuple[tuple[str, str, str], ...]


def difference(before: PolicyFile, after: PolicyFile) -> EditionChange:
    """Return what the later edition changes.

    Source: docs/topics/entitlements.md, "Editions".
    """
    old = {rule.id: (alternative, rule) for alternative, rule in before.rules()}
    new = {rule.id: (alternative, rule) for alternative, rule in after.rules()}
    changes = [
        RuleChange("removed", alternative, rule, None) for name, (alternative, rule) in old.items() if name not in new
    ]
    for name, (alternative, rule) in new.items():
        if name not in old:
            changes.append(RuleChange("added", alternative, None, rule))
        elif old[name] != (alternative, rule):
            changes.append(RuleChange("altered", alternative, old[name][1], rule))
    values = tuple(
        (name.rstrip("_"), _said(before, name), _said(after, name))
        for name in KEPT if _said(before, name) != _said(after, name)
    )  # fmt: skip
    return EditionChange(before.edition, after.edition, tuple(changes), values)


def _said(policy: PolicyFile, name: str) -> str:
    value = getattr(policy, name)
    if name == "amount":
        rule = policy.amount
        most = f" ≤ {rule.at_most:.2f}" if rule.at_most is not None else ""
        return f"{rule.fixed:.2f}" if rule.fixed is not None else f"{rule.share} × {rule.of}{most}"
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
