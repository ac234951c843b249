"""The type of an uploaded file, as every module of the faces names it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile

if TYPE_CHECKING:
    type Upload = UploadedFile[Any]
else:
    Upload = UploadedFile  # Django's class is generic only to the type checker
