"""Attachments, from whatever channel: kept under their hash, told by their first bytes, photos with their facts.

What a file really is is never believed from its name, and what it is said to show never from its sender: hash, time and
place are read here. The original is sealed; of a photo only copies without metadata are shown (see `copies`).
The same bytes are stored once; every upload is a row of its own.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import filetype
from django.conf import settings

from bihuan.loop import copies, sealed_files
from bihuan.loop.models import MediaRow
from bihuan.registers.pure.ids import new_id
from bihuan.server.users import as_owner_of

IMAGES = frozenset({"image/jpeg", "image/png", "image/webp", "image/avif"})
KINDS = IMAGES | {"application/pdf", "video/mp4", "video/quicktime", "video/webm", "audio/mpeg"}
FACTS = ("picture", "taken_at", "lon_e6", "lat_e6", "width", "height")


class Unacceptable(ValueError):
    """A file that is not taken. `why`: `size` (empty or too large), `kind` (no accepted kind), `heic` (a photo that
    only some telephones can read), `pixels` (too large a picture), `broken` (a picture that cannot be read).
    """

    def __init__(self, why: str) -> None:
        super().__init__(f"attachment not taken: {why}")
        self.why = why


def content_type(head: bytes) -> str:
    """What a file really is, by its first bytes (8 KiB suffice). Raises `Unacceptable`."""
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
    """The file with a photo's copy, `size` pixels on its longest side; None when there is none.

    A photo kept by an earlier version lies open: it is sealed and copied the first time that somebody asks for it.
    """
    if row.content_type not in IMAGES or size not in copies.SIZES or not row.path:
        return None
    path = _copy(row.path, size)
    if not path.is_file():
        _bring_forward(row)
    return path if path.is_file() else None


def original(row: MediaRow) -> bytes | None:
    """What was uploaded, unsealed; None when it was erased. A photo's original is for its owner and for proof:
    whoever shows it to somebody logs the look.
    """
    if not row.path:
        return None
    _bring_forward(row)
    sealed = _base(row.path).with_name(_base(row.path).name + sealed_files.SUFFIX)
    return sealed_files.unseal(sealed, row.sha256) if sealed.is_file() else None


def remove(path: str) -> int:
    """Remove the sealed original and every copy of a path (`personal.files_of`); how many files there were."""
    base = _base(path)
    with as_owner_of(Path(settings.MEDIA_ROOT)):
        found = [p for p in (base, *base.parent.glob(f"{base.name}.*")) if p.is_file()]
        for file in found:
            file.unlink()
    return len(found)


def _store(path: str, content: bytes, kind: str, zone: ZoneInfo | None) -> dict[str, object]:
    facts: dict[str, object] = {}
    if kind in IMAGES:
        try:
            seen = copies.look(content, zone or ZoneInfo(settings.TIME_ZONE))
        except copies.Unreadable as error:
            raise Unacceptable(error.why) from error
        for size, copy in seen.copies.items():
            sealed_files.write(_copy(path, size), copy)
        lon, lat = seen.place or (None, None)
        facts = {
            "picture": seen.picture, "width": seen.width, "height": seen.height, "lon_e6": lon, "lat_e6": lat,
            "taken_at": seen.taken_at and seen.taken_at.astimezone(UTC),
        }  # fmt: skip
    base = _base(path)
    sealed_files.seal(base.with_name(base.name + sealed_files.SUFFIX), content, base.name)
    return facts


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
        row.content_type not in IMAGES or all(_copy(row.path, size).is_file() for size in copies.SIZES)
    )


def _base(path: str) -> Path:
    return Path(settings.MEDIA_ROOT) / path


def _copy(path: str, size: int) -> Path:
    base = _base(path)
    return base.with_name(f"{base.name}.{size}.jpg")
