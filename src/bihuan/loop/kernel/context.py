"""What a handler works with: the programme, the case, the command and the facts — and how it answers."""

from datetime import datetime

import msgspec

from bihuan.loop.kernel.facts import Facts
from bihuan.loop.kernel.kinds import EventKind
from bihuan.loop.kernel.model import Case, Command, Data, Holder, Refusal, Text
from bihuan.loop.kernel.payload import Payload, facts_of
from bihuan.loop.kernel.programme import CaseType, Programme


class PlannedEvent(msgspec.Struct):
    """An event before it has a version: its kind, facts and private part."""

    event: EventKind
    data: Data
    private: Data | None = None


class Context(msgspec.Struct, frozen=True):
    """One decision in the making."""

    programme: Programme
    rules: CaseType
    case: Case
    command: Command
    facts: Facts
    event: EventKind
    target: str | None

    @property
    def at(self) -> datetime:
        """When the command happens in the world."""
        return self.command.at

    @property
    def data(self) -> Data:
        """What the command says."""
        return self.command.data

    def said(self, name: str) -> str:
        """A text that somebody wrote, which the event keeps among its erasable words; empty when nothing was written.

        Source: DESIGN §8 (words stand in an erasable record)
        """
        return str((self.command.private or {}).get(name) or "")

    def given(self, *names: str) -> Data:
        """What the command says under these names; None where it says nothing."""
        return {name: self.command.data.get(name) for name in names}

    @property
    def form(self) -> Data:
        """The values of the programme's form, open and sealed."""
        return {**(self.command.data.get("fields") or {}), **((self.command.private or {}).get("fields") or {})}

    def record(self, payload: Payload) -> PlannedEvent:
        """The step's event with its resolved facts, and its target state unless the payload says another.

        Source: docs/adr/0230 (4, a payload becomes the event's data)
        """
        data = facts_of(payload)
        if self.target is not None and self.target != "*" and "state" not in data:
            data["state"] = self.target
        return PlannedEvent(self.event, data, self.command.private)

    def end(self, outcome: str, payload: Payload) -> PlannedEvent:
        """The step's event when it ends the case with a declared outcome.

        Source: DESIGN §9 (3, each declared outcome)
        """
        return PlannedEvent(self.event, ended(outcome, payload), self.command.private)


def ended(outcome: str, payload: Payload) -> Data:
    """The facts of an event that ends a case with a declared outcome: nobody holds it any more.

    Source: DESIGN §9 (3, each declared outcome)
    """
    data = facts_of(payload)
    data.update(state=outcome, outcome=outcome, holder=None)
    return data


def desk(role: str) -> Holder:
    """A desk (everyone with the role) as holder. Source: DESIGN §9 (1, one accountable holder, desks included)."""
    return Holder("desk", role)


def unit(code: str, person: str | None = None) -> Holder:
    """A unit, optionally one person in it, as holder. Source: DESIGN §9 (1, one accountable holder, desks included)."""
    return Holder("unit", code, person)


def refusal(
    code: str,
    zh: str,
    en: str,
    *,
    field: str | None = None,
    remedy: tuple[str, str] | None = None,
) -> Refusal:
    """A refusal with its sentence in both languages.

    Source: docs/topics/kernel.md, "A decision, step by step" (5, code, sentence and remedy)
    """
    return Refusal(code, Text(zh, en), remedy and Text(*remedy), field)


def missing(field: str, zh: str, en: str) -> Refusal:
    """A refusal because a required field is absent.

    Source: docs/topics/kernel.md, "A decision, step by step" (5, code, sentence and remedy)
    """
    return refusal("field_missing", f"缺少“{zh}”", f"{en} is missing", field=field,
                   remedy=(f"请填写{zh}", f"Give {en}"))  # fmt: skip


def nothing_pending(field: str) -> Refusal:
    """Nothing of that kind waits for an answer.

    Source: docs/topics/kernel.md, "A decision, step by step" (5, code, sentence and remedy)
    """
    return refusal("nothing_pending", "没有待批的申请", "nothing waits for approval", field=field)
