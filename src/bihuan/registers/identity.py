"""Reporters' identities: sealed on the way in, found by phone, opened only with a logged reason, erased on time.

`seal_identity` makes the values of a row without touching the database, so that intake writes thousands at
once with `insert_identities`.
`reveal` and `lookup_by_phone` write the access log in the same transaction, and row-level security refuses to show a
row to a transaction that has not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from bihuan.registers.isolation import in_district
from bihuan.registers.models import Identity, IdentityAccess
from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.ids import new_id
from bihuan.registers.pure.phones import read_phone, search_forms
from bihuan.registers.pure.tables import District
from bihuan.registers.sealing import Sealer
from bihuan.server import security_log


class SealedRow(NamedTuple):
    """The values of one row of `registers_identity`, in the order of `COLUMNS`."""

    id: UUID
    district_id: str
    ciphertext: bytes
    key_id: str
    phone_index: bytes | None
    sealed_at: datetime
    retention_until: date


COLUMNS = SealedRow._fields
_INSERT = """
    INSERT INTO registers_identity (id, district_id, ciphertext, key_id, phone_index, sealed_at, retention_until)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::bytea[], %s::text[], %s::bytea[], %s::timestamptz[], %s::date[])
"""


def seal_identity(fields: Mapping[str, str], district: District, now: datetime, retention_until: date) -> SealedRow:
    """Return the row that holds an identity, encrypted; nothing is stored yet.

    Args:
        fields: Some of name, phone, address, email, note; the phone is normalised for the district and keeps its
            extension, the index is of the number alone.
        now: Aware instant of sealing; retention_until: last day on which it may be kept.

    Raises RegisterError for an unknown field or an unreadable phone number.

    Source: docs/topics/registers.md, "Identity"; NIST SP 800-38D (AES-256-GCM).
    """
    kept = {key: value for key, value in fields.items() if value}
    index = None
    if phone := kept.get("phone"):
        read = read_phone(phone, *district.dialling)
        kept["phone"], index = read.written, sealer().phone_index(read.number)
    key = new_id()
    ciphertext = sealer().seal(kept, district.code, key)
    return SealedRow(key, district.code, ciphertext, sealer().current_id, index, now.astimezone(UTC), retention_until)


def person_index(name: str, phone: str, email: str) -> str:
    """Return the blind index of a person, or nothing of nobody.

    Source: docs/adr/0359-own-page.md (1).
    """
    return sealer().person_index(name, phone, email) if name or phone or email else ""


def insert_identities(rows: Sequence[SealedRow]) -> None:
    """Store sealed rows in one statement, inside the caller's transaction and district.

    Source: docs/topics/registers.md, "Identity"; DESIGN §8.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, [list(column) for column in zip(*rows, strict=True)])


def lookup_by_phone(phone: str, district: District, actor: str, purpose: str) -> list[UUID]:
    """Return the ids of the identities with a phone number, newest first; the search is logged.

    Args:
        actor: Id of the person or system (`user:…`); purpose: why, in words or as a case number.

    Raises RegisterError for an unreadable number or a missing purpose.

    Source: docs/topics/registers.md, "Identity"; docs/adr/0030 (7).
    """
    indices = [sealer().phone_index(form) for form in search_forms(phone, *district.dialling)]
    with in_district(district.code):
        for index in indices:
            _log(district.code, actor, purpose, "lookup", phone_index=index)
        found = Identity.objects.filter(district=district.code, phone_index__in=indices).order_by("-sealed_at")
        return list(found.values_list("id", flat=True))


def reveal(identity: UUID, district: District, actor: str, purpose: str) -> dict[str, str]:
    """Return what is known of a reporter; the look is logged in the same transaction.

    Raises RegisterError when there is no such identity in the district, it was erased, or no purpose is given, and
    SealBroken when it cannot be opened.

    Source: docs/topics/registers.md, "Identity"; docs/adr/0030 (7).
    """
    with in_district(district.code):
        row = _open(identity, district.code, actor, purpose, "reveal")
        assert row.ciphertext is not None
        return sealer().unseal(bytes(row.ciphertext), row.key_id, district.code, identity)


def erase_identity(identity: UUID, district: District, actor: str, purpose: str) -> None:
    """Erase an identity before its time, on request; the row stays as proof that there was one.

    Raises RegisterError when there is none or it was erased before.

    Source: 个人信息保护法第四十七条; docs/topics/registers.md, "Identity".
    """
    with in_district(district.code):
        row = _open(identity, district.code, actor, purpose, "erase")
        row.ciphertext = row.phone_index = None
        row.erased_at = datetime.now(UTC)
        row.save(update_fields=["ciphertext", "phone_index", "erased_at"])


def past_retention(district: str, resting: Iterable[str] = (), batch: int = 1000) -> list[UUID]:
    """Return up to `batch` identities of a district whose last day has passed there; `resting` are left out.

    Source: docs/topics/registers.md, "Identity" (retention by the district's own date).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM registers_identity_due(%s, %s::uuid[], %s)", [district, list(resting), batch])
        return [key for (key,) in cursor.fetchall()]


def end_retention(identities: Sequence[UUID]) -> list[UUID]:
    """Erase those of some identities whose last day has passed, in one statement; return their ids.

    Source: docs/topics/registers.md, "Identity"; 个人信息保护法第四十七条.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM registers_identity_end(%s)", [list(identities)])
        return [key for (key,) in cursor.fetchall()]


def rotate_identities(district: District, actor: str, batch: int = 500) -> int:
    """Seal up to `batch` identities of a district anew with the current key; return how many were left stale before.

    Call until it returns 0; then old keys may leave the ring.

    Source: docs/topics/registers.md, "Identity" (rotation).
    """
    current = sealer().current_id
    with in_district(district.code):
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM registers_identity_stale(%s, %s)", [current, batch])
            stale = [key for (key,) in cursor.fetchall()]
        for key in stale:
            row = _open(key, district.code, actor, "key rotation", "rotate")
            assert row.ciphertext is not None
            fields = sealer().unseal(bytes(row.ciphertext), row.key_id, district.code, key)
            row.ciphertext, row.key_id = sealer().seal(fields, district.code, key), current
            row.save(update_fields=["ciphertext", "key_id"])
    return len(stale)


def read_accesses(identities: Iterable[UUID], district: District) -> list[IdentityAccess]:
    """Return every logged look at some identities, oldest first.

    Source: docs/topics/registers.md, "Identity"; DESIGN §8.
    """
    with in_district(district.code):
        return list(
            IdentityAccess.objects.filter(district=district.code, identity__in=list(identities)).order_by("at", "id")
        )


def sealer() -> Sealer:
    """Return the sealer for the keys that the settings hold.

    Source: docs/topics/registers.md, "Identity"; DESIGN §8.
    """
    return _sealer(settings.BIHUAN_IDENTITY_KEY, settings.BIHUAN_INDEX_KEY)


@lru_cache(maxsize=4)
def _sealer(identity_keys: str, index_key: str) -> Sealer:
    return Sealer.from_text(identity_keys, index_key)


def _open(identity: UUID, district: str, actor: str, purpose: str, kind: str) -> Identity:
    _log(district, actor, purpose, kind, identity_id=identity)
    row = Identity.objects.filter(pk=identity, district=district).first()
    if row is None or row.erased_at is not None:
        what = "does not exist in this district" if row is None else f"was erased on {row.erased_at:%Y-%m-%d}"
        raise RegisterError(f"identity {identity} {what}", rule="an erased identity cannot be brought back")
    return row


def _log(district: str, actor: str, purpose: str, kind: str, **subject: UUID | bytes) -> None:
    if not purpose.strip():
        raise RegisterError(
            "no purpose is given", where="purpose", rule="every look at an identity states why", remedy="name the case"
        )
    # Never the blind index, which a look by telephone number has instead of an identity.
    security_log.record("identity_seen", actor=actor, look=kind, identity=subject.get("identity_id", "by phone"))
    IdentityAccess.objects.create(
        district_id=district, actor=actor, purpose=purpose.strip(), kind=kind, at=datetime.now(UTC), **subject
    )
