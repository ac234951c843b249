"""Attachments kept under their hash; what they really are is told by their first bytes, not by their name."""

import hashlib
from datetime import datetime
from pathlib import Path

import filetype
from django.conf import settings

from bihuan.loop.models import MediaRow
from bihuan.registers.pure.ids import new_id

KINDS = frozenset(
    {
        "image/jpeg", "image/png", "image/webp", "image/heic", "image/avif", "application/pdf",
        "video/mp4", "video/quicktime", "video/webm", "audio/mpeg",
    }
)  # fmt: skip


def keep(content: bytes, by: str, at: datetime, district: str) -> str | None:
    """Store an attachment and return its SHA-256; None when it is empty, too large or of no accepted kind."""
    kind = filetype.guess(content[:8192])
    if not content or len(content) > settings.BIHUAN_MAX_UPLOAD_BYTES or kind is None or kind.mime not in KINDS:
        return None
    digest = hashlib.sha256(content).hexdigest()
    path = Path(digest[:2]) / digest
    target = Path(settings.MEDIA_ROOT) / path
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(f".{new_id()}")
        temporary.write_bytes(content)
        temporary.replace(target)
    MediaRow.objects.create(
        id=new_id(), district_id=district, sha256=digest, size=len(content), content_type=kind.mime, path=str(path),
        uploaded_by=by, uploaded_at=at,
    )  # fmt: skip
    return digest
