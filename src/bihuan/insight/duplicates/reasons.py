"""Why a pair was proposed: codes (their words stand in `codes`) that a face turns into a sentence."""

from __future__ import annotations

import numpy as np

from bihuan.insight.duplicates.features import NAMES
from bihuan.insight.duplicates.reports import Floats

AT = {name: place for place, name in enumerate(NAMES)}
CLOSE = 150.0  # metres worth mentioning
ALIKE = 0.3
LIFTED = 1.0


def reasons(row: Floats) -> tuple[str, ...]:
    """Codes of `codes.CODES`, each with ":figure" where there is one.

    Args:
        row: Features of one pair, shape (len(NAMES),).

    >>> row = np.full(len(NAMES), np.nan); row[AT["same_whole"]] = 1; row[AT["hours"]] = np.log1p(2.0)
    >>> reasons(row)
    ('same_address', 'hours:2.0')
    """

    def value(name: str) -> float:
        return float(row[AT[name]])

    metres = float(np.expm1(value("metres")))
    found = [
        ("same_address", value("same_whole") == 1, ""),
        ("distance", metres <= CLOSE, f":{metres:.0f}"),
        ("same_street", value("same_street") > 0 and value("same_whole") != 1, ""),
        ("same_kind", value("same_kind") == 1, ""),
        ("related_kind", value("same_kind") == 0 and value("lift") >= LIFTED, ""),
        ("text", value("text") >= ALIKE, f":{value('text'):.2f}"),
        ("same_name", value("common_names") > 0, ""),
        ("hours", True, f":{np.expm1(value('hours')):.1f}"),
        ("burst", value("burst_head") == 1, ""),
    ]
    return tuple(code + figure for code, holds, figure in found if holds)
