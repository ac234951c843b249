"""Errors of the registers: each says what is wrong, where, by which rule, and what to do about it."""

from __future__ import annotations

from bihuan.faults import Fault


class RegisterError(Fault, ValueError):
    """A fact that a register cannot accept or a question it cannot answer.

    Args:
        what: What is wrong, naming the value.
        where: File, line and field (`organisations.csv:12 parent`), or the object asked for.
        rule: The rule that was broken.
        remedy: What the person should do next.
        subjects: Keys of the facts at fault, so that a loader can name the line and keep the rest.
        field: The column at fault, when one is.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str = "",
        rule: str = "",
        remedy: str = "",
        subjects: tuple[str, ...] = (),
        field: str = "",
    ) -> None:
        self.what, self.where, self.rule = what, where, rule
        self.subjects, self.field = subjects, field
        parts = [f"{where}: {what}" if where else what]
        if rule:
            parts.append(f"rule: {rule}")
        self._sentence = "; ".join(parts)
        if remedy:
            parts.append(f"remedy: {remedy}")
        super().__init__("; ".join(parts), remedy)

    @property
    def message(self) -> str:
        """What is wrong, where and by which rule; the remedy stands apart.

        Source: CONTRIBUTING (an error says what, where, which rule, what to do); docs/topics/registers.md.
        """
        return self._sentence

    def as_dict(self) -> dict[str, str]:
        """Return the four parts as a JSON object.

        Source: CONTRIBUTING (an error says what, where, which rule, what to do); docs/topics/registers.md.
        """
        return {"what": self.what, "where": self.where, "rule": self.rule, "remedy": self.remedy}


class NoDistrict(RegisterError):
    """The installation has no district to work for yet, or does not know which."""


class CalendarUncovered(RegisterError):
    """A working day was asked for outside the years whose schedule has been published."""


class NoDuty(RegisterError):
    """No unit answers for a category, area and date, and the district has named no fallback."""
