"""The stage: registers, programme and facts of one district, with the lists of units the players need. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.programme import CaseType, Programme
from bihuan.loop.kernel.table import table
from bihuan.registers.pure.graph import Graph
from bihuan.registers.pure.snapshot import Registers
from bihuan.simulator.geography import CommunityArea, communities_of
from bihuan.simulator.parameters import ComplaintKind, Parameters, kinds, parameters

AWAY = frozenset({"submitted", "returned", "recalled"})  # events that take a case away from its unit


@dataclass
class Stage:
    """What is given before anybody acts.

    Args:
        registers: areas, units, duties, calendar.
        programme, case_type: what is played.
        facts: the kernel's facts; the house moves their `now`.
        end: when the played time ends (aware); units and duties are those of that day.
    """

    registers: Registers
    programme: Programme
    case_type: str
    facts: LoopFacts
    end: datetime
    parameters: Parameters = field(default_factory=parameters)
    kinds: tuple[ComplaintKind, ...] = field(default_factory=kinds)

    @property
    def rules(self) -> CaseType:
        """The rules of the kind of case that is played."""
        return self.programme.cases[self.case_type]

    def has(self, command: str) -> bool:
        """Return whether cases of this kind know a command: its shape has it and the programme has not disabled it.

        Source: docs/adr/0070; docs/topics/simulator.md, "How it is built".
        """
        return self.rules.shape in table().by_command[command].shapes and command not in self.rules.disabled

    @cached_property
    def offset(self) -> int:
        """The district's offset from UTC in seconds at the end of the play; it shapes habits, never clocks."""
        shift = self.end.astimezone(self.registers.calendar.zone).utcoffset()
        return int(shift.total_seconds()) if shift else 0

    @cached_property
    def finish_clock(self) -> str | None:
        """The declared clock that runs until the claim of completion; no earlier step of the unit stops it.

        Source: docs/adr/0070; docs/topics/simulator.md, "How it is built".
        """
        clocks = [c for c in self.rules.clocks if "submitted" in c.stops]
        return min(clocks, key=lambda c: len(set(c.stops) - AWAY)).name if clocks else None

    @cached_property
    def graph(self) -> Graph:
        """The organisations of the day."""
        return self.registers.organisations.at(self.end.date())

    @cached_property
    def leads(self) -> tuple[str, ...]:
        """Ids of all units that some duty makes a lead, in code order; never the verifiers' own unit.

        Source: docs/adr/0070; docs/topics/simulator.md, "How it is built".
        """
        verify = self.rules.verify
        apart = self.desk_unit(verify.by) if verify else None
        named = {row.lead for row in self.registers.duties.rows if not row.lead.startswith("@")}
        found = [u for u in self.graph.units() if u.id in named or u.code in named or u.kind == "street"]
        return tuple(u.id for u in found if u.kind != "district" and u.id != apart)

    def areas(self) -> list[CommunityArea]:
        """Return the communities of the registers with their sub-districts.

        Source: docs/adr/0070; docs/topics/simulator.md, "How it is built".
        """
        return communities_of(self.registers.areas)

    def category(self, code: str) -> str | None:
        """Return the category when the programme's own tree has it, else None: then the desk sends it without one.

        Source: docs/adr/0070; docs/topics/simulator.md, "How it is built".
        """
        return code if self.facts.category(self.programme.id, self.rules.categories, code) else None

    def lead(self, category: str | None, area: str | None, at: datetime) -> str:
        """The unit that the declaration makes responsible: a fixed one, the area's office, or by the duty matrix.

        Source: docs/topics/registers.md, "The duty matrix"; the truth plays by the declaration.
        """
        duty = self.rules.duty
        if duty.lead is not None:
            lead = self.facts.unit(duty.lead, at)
        elif duty.by == "area":
            lead = self.facts.office(area, at)[0]
        else:
            lead = self.facts.duty(category, area, at)[0]
        return lead or self.facts.district()

    def below(self, unit: str, area: str | None) -> str | None:
        """Return the unit inside `unit` that answers for an area, or None.

        Source: docs/adr/0070; docs/topics/simulator.md, "How it is built".
        """
        found = self.graph.for_area("community", area or "")
        return found.id if found is not None and found.id != unit and self.graph.is_inside(found.id, unit) else None

    def code(self, unit: str) -> str:
        """Return the code of a unit, which is the same in every installation."""
        found = self.graph.get(unit)
        return found.code if found else unit

    def desk_unit(self, role: str) -> str | None:
        """Return the unit of the people at a desk: the one whose code begins like the role, else none.

        Source: docs/adr/0070; docs/topics/simulator.md, "How it is built".
        """
        return self._desks.setdefault(
            role, next((u.id for u in self.graph.units() if u.code.startswith(role[:7])), None)
        )

    @cached_property
    def _desks(self) -> dict[str, str | None]:
        return {}
