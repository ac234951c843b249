"""What callers send and get, as the OpenAPI document shows it."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Schema
from pydantic import Field

from bihuan.declare.model import Strict

Clean = Annotated[str, Field(pattern=r"^[^\x00]*$")]  # PostgreSQL cannot hold U+0000


class ReporterIn(Strict):
    """Who reports; sealed at once and never returned."""

    name: Clean = Field(default="", max_length=64)
    phone: Clean = Field(default="", max_length=32)
    email: Clean = Field(default="", max_length=254)
    language: str = Field(default="zh", pattern="^(zh|en)$")


class AnonymousReportIn(Strict):
    """What anybody may say of a report. `lon`/`lat` are WGS-84 degrees; `kind` defaults to the programme's first.

    `subject` is the key of what it is about, where the programme declares a type for that.
    """

    programme: str = Field(max_length=64)
    kind: str | None = Field(default=None, max_length=64)
    title: Clean = Field(default="", max_length=200)
    text: Clean = Field(min_length=1, max_length=10_000)
    category: Clean | None = Field(default=None, max_length=128)
    area: Clean | None = Field(default=None, max_length=16)
    urgency: Clean | None = Field(default=None, max_length=16)
    subject: Clean | None = Field(default=None, max_length=128)
    address: Clean = Field(default="", max_length=300)
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    reporter: ReporterIn | None = None


class ResidentReportIn(AnonymousReportIn):
    """A signed-in resident says the same; the report is bound to the account."""


class StaffReportIn(ResidentReportIn):
    """Staff may say when a call came in (`at`, within the past year) and dispatch at once."""

    at: datetime | None = None
    dispatch: bool = False


class ReportIn(StaffReportIn):
    """An integrator also names the report in its own system (`source`, `number`) and that system's deadlines (`due`)."""

    source: Clean | None = Field(default=None, max_length=64)
    number: Clean | None = Field(default=None, max_length=128)
    due: dict[Clean, datetime] | None = Field(default=None, max_length=8)


class ReceiptOut(Schema):
    """The signed promise. `access` with `number` opens the report to its reporter; keep it secret.

    Whoever has no account is told this once: a repetition (`duplicate`) shows neither number nor code nor receipt,
    for anybody could have sent it.
    """

    number: str | None
    report: str | None
    access: str | None
    receipt: dict[str, Any] | None
    duplicate: bool


class CommandIn(Strict):
    """A command's values: `data` by the fields that `GET …/actions` lists; `text` is personal and erasable."""

    data: dict[str, Any] = Field(default_factory=dict)
    text: Clean | None = Field(default=None, max_length=10_000)


class EventOut(Schema):
    """One event of the timeline."""

    version: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    data: dict[str, Any]
    words: dict[str, Any] | None = None


class CaseOut(Schema):
    """A case in a list; `about` is the subject it is about, as TYPE/KEY."""

    number: str
    programme: str
    kind: str
    state: str
    title: str
    category: str | None
    area: str | None
    urgency: str
    channel: str
    holder: dict[str, Any] | None
    lead: str | None
    deadline: datetime | None
    missed: bool
    opened_at: datetime
    ended_at: datetime | None
    outcome: str | None
    reporters: int
    lon: float | None
    lat: float | None
    about: str | None


class CasePage(Schema):
    """One page; `next` continues after it, null at the end."""

    items: list[CaseOut]
    next: str | None


class ResultOut(Schema):
    """The case after a command, and the events it caused."""

    number: str
    state: str
    version: int
    deadline: datetime | None
    events: list[EventOut]
    duplicate: bool


class ProblemOut(Schema):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    text: dict[str, str]
    field: str | None = None
    remedy: dict[str, str] | None = None
    errors: list[dict[str, Any]] | None = None
