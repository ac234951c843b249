"""Uploads as pages need them: refusals a person can read, evidence facts, and what is shown of a file."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from bihuan.faces.parts.uploads import Upload
from bihuan.loop import copies, media
from bihuan.loop.media import IMAGES
from bihuan.loop.models import MediaRow


class BadUpload(ValueError):
    """A file that cannot be taken; the message says why and what can."""


def keep(
    upload: Upload, by: str, at: datetime, district: str, case: UUID | None = None, zone: ZoneInfo | None = None
) -> MediaRow:
    """Store an upload (see `bihuan.loop.media.keep`), with a refusal that a person can read.

    Raises:
        BadUpload: too large, empty, of no accepted kind, or a picture that cannot be opened.

    Source: docs/adr/0220 (the original is sealed; pages get copies); docs/adr/0223.
    """
    try:
        if upload.size and upload.size > settings.BIHUAN_MAX_UPLOAD_BYTES:
            raise media.Unacceptable("size")  # before it is read
        return media.keep(upload.read(), by, at, district, case, zone)
    except media.Unacceptable as error:
        raise BadUpload(_why(error.why)) from error


def reason_of(error: media.Unacceptable) -> str:
    """Return why a file was not taken, in the reader's language."""
    return _why(error.why)


def _why(code: str) -> str:
    match code:
        case "size":
            text = _("The file is empty or larger than %(mb)d MB.")
            return text % {"mb": settings.BIHUAN_MAX_UPLOAD_BYTES // 1_000_000}
        case "heic":
            return _("This photo is in HEIC format, which only some telephones can show; send it as JPEG.")
        case "pixels":
            return _("This picture has more points than can be shown; send a smaller copy.")
        case "broken":
            return _("This file is damaged and cannot be shown; take or send it again.")
        case "locked":
            return _("This document is locked by a password; save it without one and send it again.")
        case "unclean":
            return _("Traces of its maker cannot be taken out of this file; send it as MP4, PDF or photo.")
        case _:
            return _("This file is not a photo, video or PDF; send JPEG, PNG, WebP, MP4 or PDF.")


def discard(key: UUID) -> None:
    """Forget an upload that was refused; its bytes go unless another upload has the same.

    Source: docs/adr/0220 (the original is sealed; pages get copies); docs/adr/0223.
    """
    media.discard(key)


def of_case(case: UUID) -> QuerySet[MediaRow]:
    """Return the uploads that belong to a case."""
    return MediaRow.objects.filter(case_id=case).order_by("uploaded_at")


def response(row: MediaRow | None, size: int = copies.LARGE) -> HttpResponseBase:
    """Return a file of a case without metadata: of a photo a copy, anything else cleaned and for saving; never sniffed.

    Args:
        row: The upload, already found visible to the caller.
        size: Longest side of the copy in pixels: 1600 or 320.

    Raises:
        Http404: there is no such upload, it was erased, or it cannot be shown without its traces.

    Source: docs/adr/0220 (the original is sealed; pages get copies); docs/adr/0223.
    """
    if row is not None and row.content_type in IMAGES and (copy := media.copy_of(row, size)):
        answer: HttpResponseBase = FileResponse(copy.open("rb"), content_type="image/jpeg", filename=f"{size}.jpg")
    elif row is not None and row.content_type not in IMAGES and (content := media.cleaned(row)) is not None:
        answer = HttpResponse(content, content_type=row.content_type)
        name = f"{row.sha256[:12]}.{row.content_type.rpartition('/')[2]}"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    else:
        raise Http404(_("There is no such file."))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer
