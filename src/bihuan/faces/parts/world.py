"""What every view works with: who looks, the registers and facts in force, names, and this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.http import HttpRequest

from bihuan.faces.parts.names import PageNames
from bihuan.loop import scope
from bihuan.loop.actors import actor_of
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Actor, acting_as
from bihuan.loop.store import current_facts
from bihuan.registers.live import current_registers
from bihuan.registers.pure.snapshot import Registers

NOBODY = acting_as("visitor")


@dataclass(frozen=True)
class World:
    """The circumstances of one request."""

    actor: Actor
    registers: Registers
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The district's time zone."""
        return self.registers.calendar.zone

    @property
    def staff(self) -> bool:
        """Whether this is somebody who works for the district. Source: docs/adr/0234 (capability `work`)."""
        return self.actor.may("work")

    @cached_property
    def facts(self) -> LoopFacts:
        """The kernel's facts at this moment. Source: DESIGN §3 (facts are a frozen snapshot)."""
        return current_facts(self.now)

    @cached_property
    def names(self) -> PageNames:
        """Names in the reader's language; colleagues by name for staff only."""
        return PageNames(self.registers, self.now.astimezone(self.zone).date(), people=self.staff)


def world(request: HttpRequest) -> World:
    """The world of a request, made once; lets the connection see this district's rows.

    Source: DESIGN §3 (facts are a frozen snapshot)
    """
    known: World | None = getattr(request, "bihuan_world", None)
    if known is None:
        registers = current_registers()
        scope.ensure(registers.district.code)
        now = datetime.now(UTC)
        actor = actor_of(request.user, now, registers) if request.user.is_authenticated else NOBODY
        known = World(actor, registers, now)
        request.bihuan_world = known  # type: ignore[attr-defined]  # Django's request is open for attributes
    return known
