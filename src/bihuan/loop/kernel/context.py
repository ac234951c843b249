"""What a handler works with: the programme, the case, the command and the facts — and how it answers."""

from dataclasses import dataclass, field
from datetime import datetime

from bihuan.loop.kernel.facts import Facts
from bihuan.loop.kernel.model import Case, Command, Data, Holder, Refusal, Text
from bihuan.loop.kernel.programme import CaseType, Programme
from bihuan.loop.kernel.states import Edge


@dataclass(slots=True)
class Draft:
    """An event before it has a version: its kind, facts and private part."""

    kind: str
    data: Data = field(default_factory=dict)
    private: Data | None = None


@dataclass(slots=True, frozen=True)
class Context:
    """One decision in the making."""

    programme: Programme
    rules: CaseType
    case: Case
    command: Command
    facts: Facts
    edge: Edge

    @property
    def at(self) -> datetime:
        """When the command happens in the world."""
        return self.command.at

    @property
    def data(self) -> Data:
        """What the command says."""
        return self.command.data

    def said(self, name: str) -> str:
        """A text that somebody wrote, which the event keeps among its erasable words; empty when nothing was written."""
        return str((self.command.private or {}).get(name) or "")

    @property
    def form(self) -> Data:
        """The values of the programme's form, open and sealed."""
        return {**(self.command.data.get("fields") or {}), **((self.command.private or {}).get("fields") or {})}

    def draft(self, **facts: object) -> Draft:
        """The edge's event, with its target state and the given resolved facts."""
        data: Data = {k: v for k, v in facts.items() if v is not None}
        if self.edge.target not in (None, "*") and "state" not in data:
            data["state"] = self.edge.target
        return Draft(self.edge.event, data, self.command.private)

    def ending(self, outcome: str, **facts: object) -> Draft:
        """The edge's event when it ends the case with a declared outcome."""
        draft = self.draft(**facts)
        draft.data.update(state=outcome, outcome=outcome, holder=None)
        return draft


def desk(role: str) -> Data:
    """Holder facts for a desk (everyone with the role)."""
    return {"kind": "desk", "id": role, "person": None}


def unit(code: str, person: str | None = None) -> Data:
    """Holder facts for a unit, optionally one person in it."""
    return {"kind": "unit", "id": code, "person": person}


def facts_of(holder: Holder | None) -> Data | None:
    """Holder facts as events write them."""
    if holder is None:
        return None
    return {"kind": holder.kind, "id": holder.id, "person": holder.person}


def refusal(
    code: str,
    zh: str,
    en: str,
    *,
    field: str | None = None,
    remedy: tuple[str, str] | None = None,
) -> Refusal:
    """A refusal with its sentence in both languages."""
    return Refusal(code, Text(zh, en), remedy and Text(*remedy), field)


def missing(field: str, zh: str, en: str) -> Refusal:
    """A refusal because a required field is absent."""
    return refusal("field_missing", f"缺少“{zh}”", f"{en} is missing", field=field,
                   remedy=(f"请填写{zh}", f"Give {en}"))  # fmt: skip
