"""What a check may ask of the world: units, places, categories behind codes and names, registers, the day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Any

from bihuan.declare.fieldtype import Asked
from bihuan.documents.forms.pure.checking import Asking, Taken
from bihuan.documents.forms.pure.declaration import FormDeclaration, FormField
from bihuan.loop.facts import LoopFacts
from bihuan.loop.programmes import all_programmes
from bihuan.subjects import facts as subjects
from bihuan.subjects.fence import FenceClosed


def asking_for(form: FormDeclaration, programme: str, facts: LoopFacts) -> Asking:
    """Return the world of one check of a form: registers and codes of today.

    Args:
        programme: That takes what is sent; its category tree is meant. facts: Of this moment.

    Source: docs/topics/forms.md, "All defects at once".
    """
    found = all_programmes().get(programme)
    rules = found.cases.get(form.through.case) if found else None
    day = facts.registers.calendar.local_date(facts.now)
    return Asking(
        _Names(facts, day),
        _Codes(facts, programme, rules.categories if rules else None),
        _Registry(facts, programme).ask,
        day,
    )


@dataclass(frozen=True)
class _Names:
    """`declare.fieldtype.Names` of somebody from outside: units and places by code or name, no case."""

    facts: LoopFacts
    day: date
    signer: str = ""

    @property
    def zone(self) -> tzinfo:
        return self.facts.registers.calendar.zone

    @property
    def now(self) -> datetime:
        return self.facts.now

    def unit(self, text: str, /) -> str | None:
        graph, wanted = self.facts.registers.organisations.at(self.day), text.casefold()
        if found := graph.get(text):
            return found.code
        return next((u.code for u in graph.units() if wanted in (u.name_zh.casefold(), u.name_en.casefold())), None)

    def area(self, text: str, /) -> str | None:
        areas, wanted = self.facts.registers.areas, text.casefold()
        if text in areas:
            return text
        return next((a.code for a in areas if wanted in (a.name_zh.casefold(), a.name_en.casefold())), None)

    def case(self, text: str, /) -> str | None:
        return None


@dataclass(frozen=True)
class _Codes:
    """`declare.fieldtype.Codes` of today."""

    facts: LoopFacts
    programme: str
    categories: str | None
    history: bool = False

    def has_unit(self, code: str) -> bool:
        return self.facts.unit(code, self.facts.now) is not None

    def has_area(self, code: str) -> bool:
        return bool(self.facts.area(code))

    def has_category(self, code: str) -> bool:
        return bool(self.facts.category(self.programme, self.categories, code))

    def has_person(self, code: str) -> bool:
        return False

    def indicators(self) -> Sequence[str]:
        return ()

    def clocks(self) -> Sequence[str]:
        return ()

    def form_field(self, name: str) -> Asked | None:
        return None


@dataclass(frozen=True)
class _Registry:
    """Registers by the one question of the loop; one behind a fence is connected to forms of its own programmes."""

    facts: LoopFacts
    programme: str

    def ask(self, name: str, rule: FormField, key: str) -> Taken | None:
        if rule.source is not None:
            return self._value(rule.source.kind, rule.source.field, key)
        if rule.pick is not None:
            return self._picked(rule.pick.kind, rule.pick.where, key)
        if rule.issuer is None:
            return None
        if not rule.issuer.state:
            held = self._asked(rule.issuer.kind, key)
            return None if held is None else Taken(rule.issuer.kind, held[0] is not None, None, held[1])
        held = self._asked(f"{rule.issuer.kind}.state", key)
        return None if held is None else Taken(rule.issuer.kind, held[0] in rule.issuer.state, None, held[1])

    def _picked(self, register: str, where: Mapping[str, str], key: str) -> Taken | None:
        """Whether the register has that subject, and its fields say what is asked; None where nothing is connected."""
        held = self._asked(register, key)
        if held is None:
            return None
        said = held[0] if isinstance(held[0], Mapping) else {}
        fits = held[0] is not None and all(str(said.get(name)) == value for name, value in where.items())
        return Taken(register, fits, None, held[1])

    def _value(self, register: str, field: str, key: str) -> Taken | None:
        held = self._asked(f"{register}.{field}", key)
        return None if held is None else Taken(register, held[0] is not None, held[0], held[1])

    def _asked(self, kind: str, key: str) -> tuple[Any, dict[str, Any]] | None:
        """The answer with its citation; (None, {}) when the register does not know it; None when none is connected."""
        if not self._connected(kind):
            return None
        try:
            found = self.facts.ask(kind, key, self.facts.now, self.programme)
        except (LookupError, FenceClosed):
            return None
        return (None, {}) if found is None else (found[0], dict(found[1]))

    def _connected(self, kind: str) -> bool:
        """A register of subjects is connected when something was loaded into it; another room's when it answers."""
        if kind.partition(".")[0] not in subjects.kinds():
            return True
        return subjects.connected(kind, self.facts.registers.district.code, self.facts.now)
