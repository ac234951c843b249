"""What `decide` may ask of the world: a frozen snapshot, never a live lookup.

The store fills it from the registers and rule tables in force; tests and the simulator fill it from
the same pure classes. Everything it answers is copied into the event, so the fold never asks again.
"""

from datetime import date, datetime
from typing import Any, Protocol

from bihuan.loop.kernel.model import Actor, Case, Data


class Facts(Protocol):
    """The kernel's window on registers, calendars and rule tables."""

    now: datetime

    def due(self, start: datetime, within: str) -> tuple[datetime, Data]:
        """When a span such as `2h`, `7 days` or `7 working days` from `start` ends, and the citation
        (calendar edition, zone, whether the calendar covers that year)."""
        ...

    def table(self, table: str, on: datetime, inputs: dict[str, Any]) -> tuple[str, Data]:
        """The value of a dated rule table for the event's date and its row, edition and citation."""
        ...

    def duty(self, category: str | None, area: str | None, on: date) -> tuple[str | None, tuple[str, ...], Data]:
        """Lead unit, co-units and the row of the duty matrix valid on that date."""
        ...

    def unit(self, code: str) -> str | None:
        """The unit's id for a code or id, or None when there is no such unit today."""
        ...

    def inside(self, unit: str, ancestor: str) -> bool:
        """Whether `unit` is `ancestor` or lies below it today."""
        ...

    def dependent(self, verifier: Actor, case: Case, relations: list[str]) -> str | None:
        """The relation that makes the verifier not independent of the handling, or None."""
        ...

    def sampled(self, case: Case, fraction: str) -> bool:
        """Whether this case and round falls into the published-seed sample."""
        ...

    def district(self) -> str:
        """The district's own unit, the fallback (兜底)."""
        ...
