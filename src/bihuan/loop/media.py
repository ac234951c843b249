"""Attachments, from whatever channel: kept under their hash, told by their first bytes, photos with their look.

What a file really is is never believed from its name. The same bytes are stored once; every upload is a row of its own.
"""

import hashlib
from datetime import datetime
from pathlib import Path
from uuid import UUID

import filetype
from django.conf import settings

from bihuan.loop.models import MediaRow
from bihuan.loop.pictures import picture_hash
from bihuan.registers.pure.ids import new_id

IMAGES = frozenset({"image/jpeg", "image/png", "image/webp", "image/heic", "image/avif"})
KINDS = IMAGES | {"application/pdf", "video/mp4", "video/quicktime", "video/webm", "audio/mpeg"}


class Unacceptable(ValueError):
    """A file that is not taken. `why`: `size` (empty or too large) or `kind` (no accepted kind)."""

    def __init__(self, why: str) -> None:
        super().__init__(f"attachment not taken: {why}")
        self.why = why


def content_type(head: bytes) -> str:
    """What a file really is, by its first bytes (8 KiB suffice). Raises `Unacceptable`."""
    kind = filetype.guess(head)
    if kind is None or kind.mime not in KINDS:
        raise Unacceptable("kind")
    return str(kind.mime)


def keep(content: bytes, by: str, at: datetime, district: str, case: UUID | None = None) -> MediaRow:
    """Store an attachment and record it; a photo's perceptual hash with it.

    Args:
        by: actor id of the uploader; at: when (aware); case: the case it belongs to, None before there is one.

    Raises:
        Unacceptable: empty, larger than BIHUAN_MAX_UPLOAD_BYTES, or of no accepted kind.
    """
    if not content or len(content) > settings.BIHUAN_MAX_UPLOAD_BYTES:
        raise Unacceptable("size")
    kind, digest = content_type(content[:8192]), hashlib.sha256(content).hexdigest()
    path = Path(digest[:2]) / digest
    _store(Path(settings.MEDIA_ROOT) / path, content)
    return MediaRow.objects.create(
        id=new_id(), district_id=district, case_id=case, sha256=digest, size=len(content), content_type=kind,
        picture=picture_hash(content) if kind in IMAGES else None, path=str(path), uploaded_by=by, uploaded_at=at,
    )  # fmt: skip


def _store(target: Path, content: bytes) -> None:
    """Write once; a crash leaves no half file under the final name."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(f".{new_id()}")
    temporary.write_bytes(content)
    temporary.replace(target)
