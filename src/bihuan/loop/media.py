"""Attachments, from whatever channel: kept under their hash, told by their first bytes, photos with their facts.

What a file really is is never believed from its name, and what it is said to show never from its sender: hash, time and
place are read here. The original is sealed; only what tells nothing of its maker is shown: of a photo copies (see
`copies`), of a video, sound or PDF the cleaned file (see `cleaning`).
The same bytes are stored once; every upload is a row of its own.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import filetype
from django.conf import settings

from bihuan.loop import cleaning, copies, sealed_files
from bihuan.loop.models import MediaRow
from bihuan.registers.pure.ids import new_id
from bihuan.server.users import as_owner_of

IMAGES = frozenset({"image/jpeg", "image/png", "image/webp", "image/avif"})
KINDS = IMAGES | {"application/pdf", "video/mp4", "video/quicktime", "video/webm", "audio/mpeg"}
FACTS = ("picture", "taken_at", "lon_e6", "lat_e6", "width", "height")


class Unacceptable(ValueError):
    """A file that is not taken. `why`: `size` (empty or too large), `kind` (no accepted kind), `heic` (a photo that
    only some telephones can read), `pixels` (too large a picture), `broken` (it cannot be read), `locked` (an encrypted
    document), `unclean` (its traces cannot be taken out).
    """

    def __init__(self, why: str) -> None:
        super().__init__(f"attachment not taken: {why}")
        self.why = why


def content_type(head: bytes) -> str:
    """Return what a file really is, by its first bytes (8 KiB suffice). Raises `Unacceptable`.

    Source: docs/adr/0220 (the original is sealed; pages get copies); docs/adr/0223.
    """
    kind = filetype.guess(head)
    if kind is not None and kind.mime == "image/heic":
        raise Unacceptable("heic")
    if kind is None or kind.mime not in KINDS:
        raise Unacceptable("kind")
    return str(kind.mime)


def keep(
    content: bytes, by: str, at: datetime, district: str, case: UUID | None = None, zone: ZoneInfo | None = None
) -> MediaRow:
    """Seal an attachment and record it, a photo with its facts and copies.

    Args:
        by: actor id of the uploader; at: when (aware); case: the case it belongs to, None before there is one.
        zone: of camera times without offset; default: the installation's.

    Raises:
        Unacceptable: empty, larger than BIHUAN_MAX_UPLOAD_BYTES, of no accepted kind, or a picture nobody can open.

    Source: docs/adr/0220 (the original is sealed; pages get copies); docs/adr/0223.
    """
    if not content or len(content) > settings.BIHUAN_MAX_UPLOAD_BYTES:
        raise Unacceptable("size")
    kind, digest = content_type(content[:8192]), hashlib.sha256(content).hexdigest()
    path = f"{digest[:2]}/{digest}"
    known = MediaRow.objects.filter(sha256=digest, district_id=district).exclude(path="").first()
    if known is not None and _stored(known):
        facts = {name: getattr(known, name) for name in FACTS}
    else:
        facts = _store(path, content, kind, zone)
    return MediaRow.objects.create(
        id=new_id(), district_id=district, case_id=case, sha256=digest, size=len(content), content_type=kind,
        path=path, uploaded_by=by, uploaded_at=at, **facts,
    )  # fmt: skip


def copy_of(row: MediaRow, size: int = copies.LARGE) -> Path | None:
    """Return the file with a photo's copy, `size` pixels on its longest side; None when there is none.

    A photo kept by an earlier version lies open: it is sealed and copied the first time that somebody asks for it.

    Source: docs/adr/0220 (the original is sealed; pages get copies); docs/adr/0223.
    """
    if row.content_type not in IMAGES or size not in copies.SIZES or not row.path:
        return None
    path = _copy(row.path, size)
    if not path.is_file():
        _bring_forward(row)
    return path if path.is_file() else None


def cleaned(row: MediaRow) -> bytes | None:
    """Return a video, sound or PDF without traces of its maker; None when it was erased or cannot be cleaned.

    What an earlier version kept is cleaned the first time that somebody asks for it.

    Source: docs/adr/0220 (the original is sealed; pages get copies); docs/adr/0223.
    """
    if row.content_type not in cleaning.KINDS or not row.path:
        return None
    path = _clean(row.path)
    if not path.is_file():
        content = original(row)
        if content is None:
            return None
        if not path.is_file():
            try:
                _seal_cleaned(row.path, content, row.content_type)
            except Unacceptable:
                return None
    return sealed_files.unseal(path, _digest_of_clean(row.sha256))


def original(row: MediaRow) -> bytes | None:
    """Return what was uploaded, unsealed; None when it was erased. A photo's original is for its owner and for proof:
    whoever shows it to somebody logs the look.

    Source: docs/adr/0220 (the original is sealed; pages get copies); docs/adr/0223.
    """
    if not row.path:
        return None
    _bring_forward(row)
    sealed = _base(row.path).with_name(_base(row.path).name + sealed_files.SUFFIX)
    return sealed_files.unseal(sealed, row.sha256) if sealed.is_file() else None


def remove(path: str) -> int:
    """Remove the sealed original and every copy of a path (`erasing.files_of`); how many files there were.

    Source: docs/adr/0220 (the original is sealed; pages get copies); docs/adr/0223.
    """
    base = _base(path)
    with as_owner_of(Path(settings.MEDIA_ROOT)):
        found = [p for p in (base, *base.parent.glob(f"{base.name}.*")) if p.is_file()]
        for file in found:
            file.unlink()
    return len(found)


def discard(key: UUID) -> None:
    """Forget an upload; its bytes go unless another upload has the same.

    Source: docs/adr/0220 (the original is sealed; pages get copies); docs/adr/0223.
    """
    row = MediaRow.objects.filter(pk=key).first()
    if row is None:
        return
    row.delete()
    if not MediaRow.objects.filter(path=row.path).exists():
        remove(row.path)


def _store(path: str, content: bytes, kind: str, zone: ZoneInfo | None) -> dict[str, object]:
    facts: dict[str, object] = {}
    if kind in IMAGES:
        try:
            seen = copies.look(content, zone or ZoneInfo(settings.TIME_ZONE))
        except copies.UnreadableCopy as error:
            raise Unacceptable(error.why) from error
        for size, copy in seen.copies.items():
            sealed_files.write_sealed(_copy(path, size), copy)
        lon, lat = seen.place or (None, None)
        facts = {
            "picture": seen.picture, "width": seen.width, "height": seen.height, "lon_e6": lon, "lat_e6": lat,
            "taken_at": seen.taken_at and seen.taken_at.astimezone(UTC),
        }  # fmt: skip
    else:
        _seal_cleaned(path, content, kind)
    base = _base(path)
    sealed_files.seal(base.with_name(base.name + sealed_files.SUFFIX), content, base.name)
    return facts


def _seal_cleaned(path: str, content: bytes, kind: str) -> None:
    try:
        bare = cleaning.clean(content, kind)
    except cleaning.Uncleanable as error:
        raise Unacceptable(error.why) from error
    sealed_files.seal(_clean(path), bare, _digest_of_clean(_base(path).name))


def _digest_of_clean(digest: str) -> str:
    """Return what a cleaned file is bound to: never to be exchanged for the original of the same name."""
    return hashlib.sha256(b"clean|" + digest.encode()).hexdigest()


def _bring_forward(row: MediaRow) -> None:
    plain = _base(row.path)
    if not plain.is_file():
        return
    try:
        facts = _store(row.path, plain.read_bytes(), row.content_type, None)
    except Unacceptable:
        return  # stays where it is, unshown: what cannot be decoded here is decoded nowhere
    MediaRow.objects.filter(path=row.path).update(**facts)
    plain.unlink(missing_ok=True)


def _stored(row: MediaRow) -> bool:
    base = _base(row.path)
    return base.with_name(base.name + sealed_files.SUFFIX).is_file() and (
        all(_copy(row.path, size).is_file() for size in copies.SIZES)
        if row.content_type in IMAGES
        else _clean(row.path).is_file()
    )


def _base(path: str) -> Path:
    return Path(settings.MEDIA_ROOT) / path


def _clean(path: str) -> Path:
    base = _base(path)
    return base.with_name(f"{base.name}.clean{sealed_files.SUFFIX}")


def _copy(path: str, size: int) -> Path:
    base = _base(path)
    return base.with_name(f"{base.name}.{size}.jpg")
