"""The values the kernel speaks of: actors, commands, events, clocks, cases, refusals.

All are frozen `msgspec` structs, so that a million of them are cheap, and all are JSON-able without
floats, so that an event has one canonical byte form.
"""

from datetime import datetime
from typing import Annotated, Any, Literal, Required, TypedDict
from uuid import UUID

import msgspec

from bihuan.registers.pure import roles as register
from bihuan.registers.pure.roles import Role

Data = dict[str, Any]


class Text(msgspec.Struct, frozen=True):
    """One sentence a person reads, in both languages."""

    zh: str
    en: str


class Actor(msgspec.Struct, frozen=True):
    """Who acts.

    `id` is opaque (`user:…`, `reporter:…`, `system:clock`): never a name, never a phone.
    `units` are all units the person may act for at this moment (own unit, deputyships).
    `case` binds a reporter to the one case they may touch. `limits` narrow a role to scopes such as
    `area:110108001`, `programme:hotline` or `unit:<id>`; a role without limits holds in the whole district.
    `local` holds those of the roles that programmes declare for themselves, with what they may do.

    Rules ask `may` and `opens`, never for a role by name; a role that a declaration names is looked for in `roles`.
    """

    id: str
    roles: frozenset[str] = frozenset()
    unit: str | None = None
    units: frozenset[str] = frozenset()
    case: str | None = None
    limits: dict[str, tuple[str, ...]] = {}
    local: dict[str, Role] = {}

    def may(self, *capabilities: str) -> bool:
        """Return whether some role of the actor has one of these capabilities of the role catalogue, in whatever scope.

        Raises:
            KeyError: no such capability is declared.

        Source: docs/adr/0234 (a role is one row of capabilities)
        """
        return any(register.may(self.roles, each, self.local) for each in capabilities)

    def opens(self, *rooms: str) -> bool:
        """Whether some role of the actor works in one of these rooms; raises KeyError for one that is not declared.

        Source: docs/adr/0234 (a role is one row of capabilities)
        """
        return any(register.opens(self.roles, each, self.local) for each in rooms)

    def role(self, key: str) -> Role | None:
        """Return the role of an id as it holds for this actor, or None when there is none.

        Source: docs/adr/0234 (a role is one row of capabilities)
        """
        return register.catalogue().get(key) or self.local.get(key)

    def roles_that(self, capability: str) -> frozenset[str]:
        """Those of the actor's roles that have a capability.

        Source: docs/adr/0234 (a role is one row of capabilities)
        """
        return frozenset(key for key in self.roles if (role := self.role(key)) and capability in role.may)


def acting_as(program: str, name: str = "", **fields: Any) -> Actor:
    """Return the actor as whom a program acts.

    Args:
        program: a row of `actors` in the role catalogue; name: fills in the id where the row leaves a place for it.
        fields: further fields of the actor.

    Source: docs/adr/0234 (programs act as rows of `actors:`)
    """
    row = register.catalogue().actors[program]
    return Actor(row.id.format(name), row.roles, **fields)


CLOCK = acting_as("clock")


class Command(msgspec.Struct, frozen=True):
    """Somebody wants something to happen to one case.

    `at` is when it happens in the world (history keeps its own time); `private` holds the words and
    other personal content, which go to the erasable record; `data` may hold no floats.
    """

    kind: str
    actor: Actor
    at: datetime
    data: Data = {}
    private: Data | None = None


class Event(msgspec.Struct, frozen=True):
    """Something that happened. `data` carries every resolved fact the fold needs."""

    case: UUID
    version: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    data: Data
    private: Data | None = None


class Refusal(msgspec.Struct, frozen=True):
    """Why not: `code` for programs, `text` for people, `remedy` for what to do, `field` where it lies."""

    code: str
    text: Text
    remedy: Text | None = None
    field: str | None = None


class Holder(msgspec.Struct, frozen=True):
    """Who is accountable for the next step: a unit (optionally one person in it) or a desk (a role)."""

    kind: str  # "unit" | "desk"
    id: str
    person: str | None = None


class Clock(msgspec.Struct, frozen=True):
    """One deadline. `due` is absolute; `why` cites the rule row and calendar edition it came from.

    `granted` is the time given on top, in order: `{"within": span}` for an extension, `{"paused": instant, "resumed":
    instant}` for a standstill. Another rule for the clock keeps it.
    """

    name: str
    started: datetime
    due: datetime
    warn: tuple[datetime, ...] = ()
    warned: int = 0
    missed: bool = False
    stopped: datetime | None = None
    paused: datetime | None = None
    extended: int = 0
    why: Data = {}
    granted: tuple[Data, ...] = ()

    @property
    def running(self) -> bool:
        """Counts towards the case's deadline: neither stopped nor paused.

        Source: DESIGN §9 (1, the deadline is the earliest running clock)
        """
        return self.stopped is None and self.paused is None


class ClockOp(TypedDict, total=False):
    """What an event does to one clock. Instants are ISO 8601 in UTC."""

    op: Required[Literal["start", "stop", "pause", "resume", "restore", "warn", "miss", "extend", "replace"]]
    name: Required[Annotated[str, msgspec.Meta(description="name of the clock in its programme")]]
    due: Annotated[str, msgspec.Meta(description="the new deadline")]
    warn: Annotated[list[str], msgspec.Meta(description="instants before the deadline at which the clock warns")]
    warned: Annotated[int, msgspec.Meta(description="how many of these have passed")]
    at: Annotated[str, msgspec.Meta(description="which warning has come")]
    why: Annotated[Data, msgspec.Meta(description="rule row, span, citation and calendar edition of the deadline")]
    rule: Annotated[Data, msgspec.Meta(description="those of the whole clock, where an extension makes it provisional")]


class Party(msgspec.Struct, frozen=True):
    """A unit called in to help (one sub-task of a multi-party case)."""

    unit: str
    task: str
    called_at: datetime
    arrived_at: datetime | None = None
    done_at: datetime | None = None
    score: int | None = None  # the lead's score of the party, 0–100
    score_of_lead: int | None = None
    call: str = ""  # the kind of call (哨种) it was called in by


class Verification(msgspec.Struct, frozen=True):
    """One round of independent verification."""

    sampled: bool = True
    attempts: int = 0
    next_attempt_at: datetime | None = None
    result: str | None = None  # solved | partly | unsolved | unreachable | refused | passed | failed
    satisfied: str | None = None  # yes | fair | no
    verifier: str | None = None


class Pending(msgspec.Struct, frozen=True):
    """A request that waits for an approver (extension, suspension, exclusion)."""

    kind: str
    by: str
    at: datetime
    data: Data = {}


class Case(msgspec.Struct, frozen=True):
    """The fold of one case's events. Nothing in it is looked up; all of it was in an event."""

    id: UUID
    version: int = 0
    programme: str = ""
    edition: str = ""
    kind: str = ""
    shape: str = ""
    number: str = ""
    state: str = ""
    opened_at: datetime | None = None
    ended_at: datetime | None = None
    channel: str = ""
    category: str | None = None
    area: str | None = None
    urgency: str = "general"
    place: tuple[int, int] | None = None  # lon, lat in millionths of a degree, WGS-84
    subject: str | None = None  # the asset, site or member the case is about
    about: str | None = None  # the type of subjects that `subject` is a key of, where the programme declares one
    holder: Holder | None = None
    lead: str | None = None  # the duty-bearing unit, whose rates this case counts in
    chain: tuple[str, ...] = ()  # delegation inside the lead unit, outermost first
    clocks: dict[str, Clock] = {}
    returns: int = 0
    binding: bool = False  # an arbiter has ruled: no further return
    reopens: int = 0
    urges: int = 0
    reporters: int = 0
    left: tuple[str, ...] = ()  # reporters who have withdrawn while others stay
    evidence: tuple[Data, ...] = ()  # of the present round
    contacted_at: datetime | None = None
    submitted_at: datetime | None = None
    handlers: tuple[str, ...] = ()  # every person who acted for a handling unit
    units: tuple[str, ...] = ()  # every unit that ever held the case or came to help
    kept: Data = {}  # what the form of the opening said and later demands ask for
    finder: str | None = None  # who opened it, where a declaration keeps the finder and the verifier apart
    finder_unit: str | None = None
    verification: Verification | None = None
    parties: dict[str, Party] = {}
    pending: dict[str, Pending] = {}
    exclusions: dict[str, Data] = {}
    suspended_until: datetime | None = None
    restricted: str | None = None
    parent: str | None = None
    before_merge: Data | None = None
    outcome: str | None = None
    history: str | None = None  # source name when the case is a replayed historical file
    origin: Data = {}  # numbers and clocks given by the system above

    @property
    def open(self) -> bool:
        """Not ended: still counted as stock. Source: DESIGN §9 (3)."""
        return self.ended_at is None and self.version > 0

    @property
    def deadline(self) -> datetime | None:
        """The earliest running clock. Source: DESIGN §9 (1, the deadline is the earliest running clock)."""
        return min((c.due for c in self.clocks.values() if c.running), default=None)


Decision = list[Event] | Refusal
