"""What comes in: a report, who made it, and — for historical files — what became of it."""

from datetime import datetime
from typing import Any

import msgspec


class Reporter(msgspec.Struct, frozen=True, kw_only=True):
    """Who reports. Sealed at once on receipt; never stored beside the case."""

    name: str = ""
    phone: str = ""
    email: str = ""
    language: str = "zh"

    @property
    def known(self) -> bool:
        """Whether there is anything to seal. Source: docs/topics/registers.md, "Identity"."""
        return bool(self.name or self.phone or self.email)


class NewReport(msgspec.Struct, frozen=True, kw_only=True):
    """One report, from whatever channel.

    Args:
        key: Idempotency key, unique per district: the same key twice has one effect.
        programme: Programme id. kind: case type in it.
        channel: phone, web, app, mail, file, api, inspector, city, …
        at: When it was made (aware).
        title, text, address: The words; private, erasable.
        category, area, urgency: Codes; None when not yet known.
        place: Longitude and latitude in millionths of a degree, WGS-84.
        source: The other system it came from; with `external_number` it identifies a report for ever.
        external_number: The number that system gave it.
        due: Clock name → deadline given by that system.
        fields: Extra values of the programme's form (no floats).
        media: Hashes of attached files already stored.
        subject: The asset or site it is about.
        restricted: Kind of restriction from the start (minor, secret, own_staff).
        digest: Of what was handed in (`bihuan.loop.keys.digest_of`); the same key with another one is refused.
        dispatch: Send it to the duty-bearer at once; unit: to this one.
    """

    key: str
    programme: str
    kind: str
    channel: str
    at: datetime
    title: str = ""
    text: str = ""
    category: str | None = None
    area: str | None = None
    urgency: str | None = None
    place: tuple[int, int] | None = None
    address: str = ""
    reporter: Reporter | None = None
    source: str | None = None
    external_number: str | None = None
    due: dict[str, datetime] | None = None
    fields: dict[str, Any] = {}
    media: tuple[str, ...] = ()
    subject: str | None = None
    restricted: str | None = None
    digest: bytes | None = None
    dispatch: bool = False
    unit: str | None = None


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What a historical file says happened after the report was made.

    Args:
        source: The file's source name.
        unit: Code of the unit that had it, None when the file does not say.
        dispatched_at: None when the file does not say: then it is dispatched when opened.
        closed_at: None while open.
        outcome: One of the declared outcomes.
        result: The closing words; private.
        duplicate_of: External id of the report this one repeats.
    """

    source: str
    unit: str | None = None
    dispatched_at: datetime | None = None
    closed_at: datetime | None = None
    outcome: str = "closed"
    result: str = ""
    duplicate_of: str | None = None


class ImportedRecord(msgspec.Struct, frozen=True):
    """One row of a file, understood.

    `fingerprint` is two digests of 8 bytes: of what was reported, and of what became of it.
    """

    line: int
    id: str
    fingerprint: bytes
    report: NewReport
    history: History | None
    warnings: tuple[str, ...] = ()
