"""The tables of the room, by what they are of."""

from bihuan.documents.forms.models import ContentRow, DraftRow, SubmissionRow, UploadRow
from bihuan.documents.letters.models import (
    LetterCount,
    LetterDelivery,
    LetterDue,
    LetterFile,
    LetterPosition,
    LetterRow,
    LetterWords,
)
from bihuan.documents.orders.models import OrderEvent, OrderRow, OrderTo
from bihuan.documents.versions.models import ConclusionRow, VersionRow

__all__ = [
    "ConclusionRow",
    "ContentRow",
    "DraftRow",
    "LetterCount",
    "LetterDelivery",
    "LetterDue",
    "LetterFile",
    "LetterPosition",
    "LetterRow",
    "LetterWords",
    "OrderEvent",
    "OrderRow",
    "OrderTo",
    "SubmissionRow",
    "UploadRow",
    "VersionRow",
]
