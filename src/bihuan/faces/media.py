"""Uploads: kept by `bihuan.loop.media`; a photo's own time and place are read when it tells them."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from PIL import Image, UnidentifiedImageError
from PIL.ExifTags import GPS, IFD, Base

from bihuan.faces.uploads import Upload
from bihuan.loop import media
from bihuan.loop.kernel.model import Data
from bihuan.loop.media import IMAGES
from bihuan.loop.models import MediaRow

TYPE_OF = {"image": "photo", "video": "video", "application": "document", "audio": "document"}


class BadUpload(ValueError):
    """A file that cannot be taken; the message says why and what can."""


def keep(upload: Upload, by: str, at: datetime, district: str, case: UUID | None = None) -> MediaRow:
    """Store an upload (see `bihuan.loop.media.keep`), with a refusal that a person can read.

    Raises:
        BadUpload: too large, empty, or of no accepted kind.
    """
    try:
        if upload.size and upload.size > settings.BIHUAN_MAX_UPLOAD_BYTES:
            raise media.Unacceptable("size")  # before it is read
        return media.keep(upload.read(), by, at, district, case)
    except media.Unacceptable as error:
        if error.why == "size":
            text = _("The file is empty or larger than %(mb)d MB.")
            raise BadUpload(text % {"mb": settings.BIHUAN_MAX_UPLOAD_BYTES // 1_000_000}) from error
        raise BadUpload(_("This file is not a photo, video or PDF; send JPEG, PNG, WebP, HEIC, MP4 or PDF.")) from error


def discard(key: UUID) -> None:
    """Forget an upload that was refused; its bytes go unless another upload has the same."""
    row = MediaRow.objects.filter(pk=key).first()
    if row is None:
        return
    row.delete()
    if not MediaRow.objects.filter(path=row.path).exists():
        (Path(settings.MEDIA_ROOT) / row.path).unlink(missing_ok=True)


def evidence(upload: Upload, row: MediaRow, zone: ZoneInfo) -> Data:
    """The facts of a stored upload as an `add_evidence` command says them."""
    facts: Data = {"sha256": row.sha256, "size": row.size, "media": str(row.id)}
    if row.picture:
        facts["picture"] = row.picture
    if row.content_type in IMAGES:
        upload.seek(0)
        facts |= photo_facts(upload.read(), zone)
    return facts


def photo_facts(content: bytes, zone: ZoneInfo) -> Data:
    """`taken_at` (ISO 8601) and `place` ([lon, lat] in millionths of a degree) from a photo's EXIF, as far as given.

    EXIF times without an offset are taken as times of the district (Exif 2.32, DateTimeOriginal, OffsetTimeOriginal).
    """
    try:
        exif = Image.open(io.BytesIO(content)).getexif()
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError):
        return {}  # a photo Pillow cannot open (HEIC) simply tells nothing; its hash and upload time stand
    facts: Data = {}
    details = exif.get_ifd(IFD.Exif)
    if taken := details.get(Base.DateTimeOriginal):
        facts["taken_at"] = _taken(str(taken), str(details.get(Base.OffsetTimeOriginal, "")), zone)
    gps = exif.get_ifd(IFD.GPSInfo)
    if GPS.GPSLatitude in gps and GPS.GPSLongitude in gps:
        lat = _degrees(gps[GPS.GPSLatitude], str(gps.get(GPS.GPSLatitudeRef, "N")))
        lon = _degrees(gps[GPS.GPSLongitude], str(gps.get(GPS.GPSLongitudeRef, "E")))
        facts["place"] = [lon, lat]
    return {key: value for key, value in facts.items() if value is not None}


def of_case(case: UUID) -> QuerySet[MediaRow]:
    """The uploads that belong to a case."""
    return MediaRow.objects.filter(case_id=case).order_by("uploaded_at")


def _taken(text: str, offset: str, zone: ZoneInfo) -> str | None:
    """EXIF's `2026:11:23 19:05:00`, with its offset when the camera wrote one, as ISO 8601."""
    day, _space, clock = text.strip("\x00 ").partition(" ")
    try:
        taken = datetime.fromisoformat(f"{day.replace(':', '-')}T{clock}{offset.strip('\x00 ')}")
    except ValueError:
        return None  # cameras write all sorts of things here; an unreadable time is no time
    return (taken if taken.tzinfo else taken.replace(tzinfo=zone)).isoformat()


def _degrees(parts: tuple[float, float, float], reference: str) -> int:
    """Degrees, minutes, seconds to millionths of a degree."""
    degrees, minutes, seconds = (float(p) for p in parts)
    value = round((degrees + minutes / 60 + seconds / 3600) * 1_000_000)
    return -value if reference.strip("\x00").upper() in ("S", "W") else value


def response(row: MediaRow | None) -> HttpResponseBase:
    """The file itself: images are shown, anything else is offered for saving; never sniffed by the browser.

    Raises:
        Http404: there is no such upload, or its bytes were erased.
    """
    path = Path(settings.MEDIA_ROOT) / row.path if row else None
    if row is None or path is None or not path.is_file():
        raise Http404(_("There is no such file."))
    answer = FileResponse(path.open("rb"), content_type=row.content_type, as_attachment=row.content_type not in IMAGES,
                          filename=f"{row.sha256[:12]}.{row.content_type.rpartition('/')[2]}")  # fmt: skip
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer
