"""The tables of the room, by what they are of."""

from bihuan.documents.certificates.models import (
    CertificateKey,
    CertificateList,
    CertificateRow,
    CertificateStep,
    CertificateToken,
)
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
    "CertificateKey",
    "CertificateList",
    "CertificateRow",
    "CertificateStep",
    "CertificateToken",
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
