"""What `decide` may ask of the world: a frozen snapshot, never a live lookup.

The store fills it from the registers and rule tables in force; tests and the simulator fill it from
the same pure classes. Everything it answers is copied into the event, so the fold never asks again.
Every question carries the moment it is about: a rule is chosen by the date of the event, not by today.
"""

from datetime import datetime
from typing import Any, NamedTuple, Protocol

from bihuan.loop.kernel.model import Actor, Case, Data

TRACES = ("number_seen", "online", "no_number", "claim")
"""Strongest first: the number was opened (logged), the reporter answered online, none was left, only somebody's word."""


class Seen(NamedTuple):
    """Where evidence was seen before. `where`: `report` (somebody reported with it), `earlier` (evidence of this very
    case, in whatever round) or `case` (evidence of another one); `number` of that case."""

    where: str
    number: str


class Facts(Protocol):
    """The kernel's window on registers, calendars and rule tables."""

    @property
    def now(self) -> datetime:
        """The moment of recording, UTC."""
        ...

    def due(self, start: datetime, within: str) -> tuple[datetime, Data]:
        """When a span such as `2h`, `7 days` or `7 working days` from `start` ends, and the citation
        (calendar edition, zone, whether the calendar covers that year).

        Source: docs/topics/registers.md, "Time"; DESIGN §9 (5)
        """
        ...

    def resume(self, paused: datetime, due: datetime, within: str | None, at: datetime) -> datetime:
        """The new due time of a clock paused at `paused` and resumed at `at`: what was left is left again.

        Source: docs/topics/kernel.md, "Clocks" (what was left is left again)
        """
        ...

    def guesses(self, due: datetime, within: str | None) -> str | None:
        """The calendar edition by which a deadline is only provisional (working days in an unpublished year), or None.

        Source: docs/topics/kernel.md, "Clocks" (`provisional`)
        """
        ...

    def month_end(self, at: datetime, cutoff: str) -> datetime:
        """The end of the cut-off span that follows the month of `at` (district zone).

        Source: docs/topics/indicators.md, "Exclusions" (the appeals' cut-off)
        """
        ...

    def table(self, programme: str, table: str, at: datetime, inputs: dict[str, Any]) -> tuple[str, Data]:
        """The value of a programme's dated rule table for the event's date and its row, edition and citation.

        Source: DESIGN §2 (rule tables are chosen by the date and place of the event)
        """
        ...

    def reaches_open(self, programme: str, table: str, at: datetime) -> bool:
        """Whether the edition of a programme's rule table in force then says that it applies to open cases too.

        Source: docs/topics/rules.md, "When a rule changes under open cases".
        """
        ...

    def duty(self, category: str | None, area: str | None, at: datetime) -> tuple[str | None, tuple[str, ...], Data]:
        """Lead unit, co-units and the row of the duty matrix valid then.

        Source: docs/topics/registers.md, "The duty matrix"; DESIGN §9 (7)
        """
        ...

    def office(self, area: str | None, at: datetime) -> tuple[str | None, Data]:
        """The sub-district office that answers for a place then (属地管理), whatever the matter; None when there is none.

        Source: DOMAIN E07 (属地: direct to the sub-district where jurisdiction is clear)
        """
        ...

    def unit(self, code: str, at: datetime) -> str | None:
        """The unit's id for a code or id, or None when there is no such unit then."""
        ...

    def area(self, code: str) -> bool:
        """Whether the district has an area of that code."""
        ...

    def category(self, programme: str, file: str | None, code: str) -> bool:
        """Whether the programme's category tree (`file` in its folder) has that code; without a tree every code will do."""
        ...

    def person(self, person: str) -> str | None:
        """The id of the unit that an active person belongs to (`-` for none), empty when persons are not known here, None
        when there is no such active person."""
        ...

    def heir(self, unit: str, area: str | None, at: datetime) -> str | None:
        """The unit that stands for `unit` at a place then: itself while it exists, else its successor, else None.

        Source: docs/topics/registers.md, "Reorganisation"; docs/topics/kernel.md, "Who has a case exists".
        """
        ...

    def inside(self, unit: str, ancestor: str, at: datetime) -> bool:
        """Whether `unit` is `ancestor` or lies below it then."""
        ...

    def dependent(self, verifier: Actor, case: Case, relations: list[str], at: datetime) -> str | None:
        """The relation that makes the verifier not independent of the handling, or None.

        Source: DESIGN §9 (2, no self-verification)
        """
        ...

    def sampled(self, case: Case, fraction: str) -> bool:
        """Whether this case and round falls into the published-seed sample.

        Source: docs/topics/kernel.md; DOMAIN §2 (verifier_rule: a sample)
        """
        ...

    def district(self) -> str:
        """The district's own unit, the fallback (兜底). Source: DOMAIN E07 (兜底: the district government as catch-all)."""
        ...

    def retired(self, programme: str, at: datetime) -> str | None:
        """The day (YYYY-MM-DD) since which a programme takes no new case, when that day has come then; else None."""
        ...

    def admission(self, programme: str, kind: str, subject: str, at: datetime) -> Data | None:
        """The gate case that admits `subject` then (its number and end), or None.

        Source: docs/topics/faces.md, "The list of a gate".
        """
        ...

    def ask(self, kind: str, key: str, at: datetime, programme: str = "") -> tuple[Any, Data] | None:
        """What is known, at the moment of recording, to hold of a thing on the day of `at`, and the citation.

        `kind`: a type of subjects for all open values, `KIND.FIELD` for one; `programme`: for whose purpose it is asked.
        """
        ...

    def used_for(self, evidence: Data, case: Case) -> Seen | None:
        """Where the same file or picture is known from already: a report, or evidence of this or another case.

        Source: docs/topics/kernel.md, "Evidence that closes one case only".
        """
        ...

    def trace(self, case: Case, actor: Actor, since: datetime | None, *, answers: bool) -> str:
        """What a talk with the reporter can rest on: one of `TRACES`, by what happened since then.

        `answers`: what the reporter answered online counts too.

        Source: docs/topics/indicators.md, "What is counted" (untraced contacts); docs/topics/faces.md (`rests_on`)
        """
        ...
