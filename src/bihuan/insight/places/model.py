"""The answer of the locator."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text says that something is. All three names are verbatim slices of the text.

    Args:
        admin: City, district or county: the most specific one named; '' when none is.
        street: Street, town or township office named in the text; ''.
        place: The place itself (estate, road, village, school, facility, company); '' when only an area is named.
        start: Character offset where `place` begins in the text given (Python slice); -1 without a place.
        end: Character offset behind it; -1 without a place.
        confidence: Chance, 0–1, that exactly this span is the place a reader would name.
        kind: estate | road | village | school | facility | company | area; '' without a place.
        entry: Id of the gazetteer entry the place is known by; None when it is only named in the text.
    """

    admin: str
    street: str
    place: str
    start: int
    end: int
    confidence: float
    kind: str
    entry: str | None = None
