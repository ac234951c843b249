"""The tables of the room, by what they are of."""

from bihuan.documents.letters.models import (
    LetterCount,
    LetterDelivery,
    LetterDue,
    LetterFile,
    LetterPosition,
    LetterRow,
    LetterWords,
)

__all__ = [
    "LetterCount",
    "LetterDelivery",
    "LetterDue",
    "LetterFile",
    "LetterPosition",
    "LetterRow",
    "LetterWords",
]
