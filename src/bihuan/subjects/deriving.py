"""Derived values of one subject: asked of the subjects that lead to it, for a day, as known then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.derived import Derived, gathered, multiplied, reduced
from bihuan.subjects.pure.ground import touches
from bihuan.subjects.pure.types import SubjectType, state_of


class Deriving:
    """The derived values of one subject; each type that it looks at is asked once.

    Args:
        kind: Of the subject. key, values: Its key, and what holds of it on the day.
        day, known: The day, and the instant of knowledge; None: now.

    Source: docs/adr/0299-derived-values.md
    """

    def __init__(
        self, district: str, kind: SubjectType, key: str, values: Mapping[str, Any], day: date, looker: Looker,
        known: datetime | None = None,
    ) -> None:  # fmt: skip
        self._district, self._kind, self._key, self._values = district, kind, key, values
        self._day, self._looker, self._known = day, looker, known
        self._leading: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        self._shaped: dict[tuple[str, str], list[Mapping[str, Any]]] = {}

    def value(self, name: str) -> Any:
        """Return a derived value, or None when it is not known.

        Raises:
            KeyError: the type derives no such value.
            FenceClosed: a type that it looks at is closed to the looker.

        Source: docs/topics/subjects.md, "Derived values"
        """
        rule = self._kind.derived[name]
        if rule.kind == "start":
            return reduced(rule, self._of_own(str(rule.start)), self._of_own(str(rule.less)))
        if rule.product:
            return multiplied(self._of_own(name) for name in rule.product)
        if rule.touches and self._values.get(rule.touches.ours) is None:
            return None  # without a shape nothing is known, which lets nobody through
        return gathered(rule, [values for values in self._led(rule) if _counts(rule, values, self._day)])

    def _of_own(self, name: str) -> Any:
        return self.value(name) if name in self._kind.derived else self._values.get(name)

    def _led(self, rule: Derived) -> list[Mapping[str, Any]]:
        if rule.touches:
            return self._touched(rule, self._values.get(rule.touches.ours), rule.touches.theirs)
        at = (rule.other, str(rule.by))
        if at not in self._leading:
            asked = asking.Viewpoint(self._day, self._known, {str(rule.by): self._key}, limit=asking.MOST)
            found = asking.find(self._district, subject_type(rule.other), asked, self._looker)
            self._leading[at] = [held.values for held in found]
        return self._leading[at]

    def _touched(self, rule: Derived, shape: Any, theirs: str) -> list[Mapping[str, Any]]:
        """Those whose shape touches ours."""
        at = (rule.other, theirs)
        if at not in self._shaped:
            asked = asking.Viewpoint(self._day, self._known)
            found = asking.stream(self._district, subject_type(rule.other), asked, self._looker)
            self._shaped[at] = [held.values for held in found if held.values.get(theirs) is not None]
        return [values for values in self._shaped[at] if touches(values[theirs], shape)]


def _counts(rule: Derived, values: Mapping[str, Any], day: date) -> bool:
    if any(str(values.get(name)) != wanted for name, wanted in rule.equal.items()):
        return False
    if not rule.states:
        return True
    state = state_of(subject_type(rule.other), values, day.isoformat())
    return state is not None and state.id in rule.states
