"""`Locator`: texts in, places out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bihuan.insight.places.admin import backbone
from bihuan.insight.places.model import Place
from bihuan.insight.places.normalise import back, fold


class Locator:
    """Finds the place each text is about.

    Args:
        gazetteer: Known places; a text that names one of them is located there. None: only the grammar.
    """

    def __init__(self, gazetteer: Any = None) -> None:
        self.gazetteer = gazetteer

    def locate(self, texts: Sequence[str]) -> list[Place | None]:
        """The place of each text; None where neither area nor place is named."""
        return [next(iter(self.candidates(text)), None) for text in texts]

    def candidates(self, text: str) -> list[Place]:
        """All places one text may mean, best first."""
        folded, offsets = fold(text)
        area = backbone(folded)
        found = _suffix_span(folded, area.after)
        if found is None:
            return [Place(area.admin, area.street, "", -1, -1, 0.0, "")] if area.admin or area.street else []
        kind, span = found
        start, end = back(span, offsets)
        return [Place(area.admin, area.street, text[start:end], start, end, 0.5, kind)]


def _suffix_span(text: str, after: int) -> tuple[str, tuple[int, int]] | None:
    from bihuan.insight.places.grammar import first

    return first(text, after)
