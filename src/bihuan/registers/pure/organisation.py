"""One organisation during one span of time: what graph, register, duties and files all speak of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

KINDS = frozenset({"district", "department", "street", "community", "utility", "contractor"})
START = date(1, 1, 1)
END = date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Organisation:
    """One organisation during one span of time.

    Args:
        id: Identity for life, as events carry it.
        code: What people and files write; unique in the district.
        kind: One of `KINDS`.
        parent: Id of the unit above it; empty at the top.
        areas: Codes of the areas it answers for as a street or community office; empty otherwise.
        clients: For a contractor, the ids of the units it works for beside its parent.
        valid_from, valid_to: The span, half-open; None leaves it open.
        successors: Ids that take over when the last span ends; the first one is the heir of what cannot be placed.
        district_fallback: True for the unit that answers when no duty names one (兜底).
    """

    id: str
    code: str
    name_zh: str
    name_en: str
    kind: str
    parent: str = ""
    areas: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    successors: tuple[str, ...] = ()
    district_fallback: bool = False
    verified: bool = False

    def on(self, day: date) -> bool:
        """Return whether this span holds on `day`.

        Source: docs/topics/registers.md, "Places, units and who may verify" (half-open spans).
        """
        return (self.valid_from or START) <= day < (self.valid_to or END)
