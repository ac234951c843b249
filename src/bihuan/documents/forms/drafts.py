"""A form that was begun and is resumed: sealed as an identity is, found by a code that only its writer has.

The code is shown once and kept as a keyed hash. What was written is kept as it was written, right or wrong, so that
nothing is lost; uploads wait beside it. Source: docs/topics/forms.md, "Save and resume"; docs/adr/0220 (codes).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from bihuan.documents.forms.models import DraftRow, UploadRow
from bihuan.documents.forms.pure.declaration import FormDeclaration
from bihuan.faults import Fault
from bihuan.loop import media
from bihuan.loop.codes import hash_of
from bihuan.loop.models import MediaRow
from bihuan.registers.identity import sealer
from bihuan.registers.pure.ids import new_id

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 12
LARGEST = 200_000
"""Bytes of a draft without its uploads."""
MOST_UPLOADS = 40


class DraftTooLarge(Fault):
    """More than a draft may hold."""

    remedy = "请减少文字 · write less"


class NoUpload(LookupError):
    """An upload that is not there, belongs to another form, or whose time is over."""


@dataclass(frozen=True)
class DraftWords:
    """What was written so far.

    Args:
        key: Under which it is sent: resumed on two devices it is sent once. edition: Of the form it was begun with.
        texts: Field → text. uploads: Field → ids of uploads.
    """

    key: str
    texts: Mapping[str, str] = field(default_factory=dict)
    uploads: Mapping[str, Sequence[str]] = field(default_factory=dict)
    edition: str = ""


@dataclass(frozen=True)
class SavedDraft:
    """A saved draft: its id, until when, and its code, which is known only at the first saving."""

    id: UUID
    until: datetime
    code: str = ""


def new_code() -> str:
    """Return a fresh code: twelve characters of Crockford's base 32, 60 bits.

    Source: Crockford's Base 32; docs/adr/0220 (codes are not to be guessed at any permitted rate).
    """
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def save_draft(
    form: FormDeclaration, words: DraftWords, district: str, now: datetime, known: UUID | None = None
) -> SavedDraft:
    """Save what was written; a known draft is overwritten and lasts anew, under the code it has.

    Args:
        known: Of a draft of this form that the caller holds already.

    Raises:
        DraftTooLarge: more than LARGEST bytes.

    Source: docs/topics/forms.md, "Save and resume".
    """
    row = None
    if known is not None:
        row = DraftRow.objects.filter(pk=known, form=form.form, district_id=district, until__gt=now).first()
    key, until, code = row.pk if row else new_id(), now + timedelta(days=form.draft_days), "" if row else new_code()
    body = msgspec.json.encode(
        {
            "key": words.key, "texts": dict(words.texts), "edition": form.edition,
            "uploads": {name: list(ids) for name, ids in words.uploads.items()},
        }
    )  # fmt: skip
    if len(body) > LARGEST:
        raise DraftTooLarge(f"草稿过长 · the draft has {len(body)} bytes, at most {LARGEST} are kept")
    kept = {
        "edition": form.edition, "sealed": sealer().seal_bytes(body, _bound(district, form.form), key),
        "key_id": sealer().current_id, "saved_at": now, "until": until,
    }  # fmt: skip
    if row is not None:
        DraftRow.objects.filter(pk=key).update(**kept)
    else:
        DraftRow.objects.create(id=key, district_id=district, form=form.form, code_hash=_hash(code), **kept)
    _keep_uploads([each for ids in words.uploads.values() for each in ids], until)
    return SavedDraft(key, until, code)


def open_draft(key: UUID, form: str, district: str, now: datetime) -> DraftWords | None:
    """Return what a draft holds; None when there is none, or its time is over.

    Source: docs/topics/forms.md, "Save and resume".
    """
    row = DraftRow.objects.filter(pk=key, form=form, district_id=district, until__gt=now).first()
    if row is None:
        return None
    opened = sealer().unseal_bytes(bytes(row.sealed), row.key_id, _bound(district, form), row.pk)
    return msgspec.json.decode(opened, type=DraftWords)


def find_draft(code: str, district: str, now: datetime) -> tuple[UUID, str] | None:
    """Return the id and form of the draft of a code, or None. Source: docs/adr/0220 (kept as keyed digests)."""
    row = DraftRow.objects.filter(code_hash=_hash(code), district_id=district, until__gt=now).first()
    return (row.pk, row.form) if row else None


def drop_draft(key: UUID) -> None:
    """Forget a draft that was sent or given up."""
    DraftRow.objects.filter(pk=key).delete()


def keep_upload(form: FormDeclaration, content: bytes, by: str, district: str, now: datetime) -> MediaRow:
    """Store an upload for a form, cleaned and hashed; it waits a day for its submission, or as long as its draft.

    Raises:
        Unacceptable: see `bihuan.loop.media.keep`.

    Source: docs/adr/0220, docs/adr/0223 (the original is sealed, traces are taken out).
    """
    row = media.keep(content, by, now, district)
    UploadRow.objects.create(
        id=row.pk, district_id=district, form=form.form, sha256=row.sha256, until=now + timedelta(days=1)
    )
    return row


def hashes_of_uploads(
    form: str, uploads: Mapping[str, Sequence[str]], district: str, now: datetime
) -> dict[str, tuple[str, ...]]:
    """Return field → hashes of the uploads that are named by their ids.

    Raises:
        NoUpload: one of them is not there, is another form's, or its time is over; `args`: field and id.

    Source: docs/topics/forms.md, "Attachments".
    """
    found: dict[str, tuple[str, ...]] = {}
    for name, ids in uploads.items():
        hashes = []
        for each in ids:
            row = _upload(each, form, district, now)
            if row is None:
                raise NoUpload(name, str(each)[:40])
            hashes.append(row.sha256)
        if hashes:
            found[name] = tuple(hashes)
    return found


def forget_uploads(ids: Sequence[str]) -> None:
    """Let uploads wait no longer: they belong to a case now."""
    UploadRow.objects.filter(pk__in=[UUID(each) for each in ids]).delete()


def sweep(batch: int = 500, now: datetime | None = None) -> int:
    """Drop drafts and uploads whose time is over; how many. Source: docs/topics/forms.md, "Save and resume"."""
    at = now or datetime.now().astimezone()
    over = list(UploadRow.objects.filter(until__lt=at)[:batch])
    for row in over:
        if MediaRow.objects.filter(pk=row.pk, case_id__isnull=True).exists():
            media.discard(row.pk)
    UploadRow.objects.filter(pk__in=[row.pk for row in over]).delete()
    old = list(DraftRow.objects.filter(until__lt=at).values_list("pk", flat=True)[:batch])
    return len(over) + DraftRow.objects.filter(pk__in=old).delete()[0]


def _upload(key: str, form: str, district: str, now: datetime) -> UploadRow | None:
    try:
        wanted = UUID(str(key))
    except ValueError:
        return None
    return UploadRow.objects.filter(pk=wanted, form=form, district_id=district, until__gt=now).first()


def _keep_uploads(ids: Sequence[str], until: datetime) -> None:
    UploadRow.objects.filter(pk__in=[UUID(each) for each in ids], until__lt=until).update(until=until)


def _hash(code: str) -> bytes:
    return hash_of(f"draft {code}")


def _bound(district: str, form: str) -> str:
    return f"{district}|form-draft|{form}"
