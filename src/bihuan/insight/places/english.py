"""Street addresses in English text: a house number with a street, or an intersection.

The types of street are the common ones of USPS Publication 28, appendix C1.
"""

from __future__ import annotations

import re

from bihuan.insight.places.model import Place

TYPES = (
    "St|Street|Ave|Avenue|Av|Rd|Road|Blvd|Boulevard|Dr|Drive|Ln|Lane|Ct|Court|Pl|Place|Sq|Square|Ter|Terrace|Pkwy|Parkway|"
    "Hwy|Highway|Way|Cir|Circle|Pk|Park|Row|Wharf|Bridge|Expy|Plaza|Plz"
)
STREET = rf"(?:[A-Z0-9][\w'.]*\s+){{1,4}}?(?:{TYPES})\b\.?"
CROSSING = re.compile(rf"{STREET}\s*(?:&|and|at|/)\s*{STREET}")
ADDRESS = re.compile(rf"\b\d+[A-Z]?(?:-\d+[A-Z]?)?\s+{STREET}")
ROAD = re.compile(rf"\b(?!(?:The|On|In|At|Near|From|Of)\s){STREET}")
PATTERNS = ((CROSSING, 0.9), (ADDRESS, 0.9), (ROAD, 0.6))
PREFIX = re.compile(r"^(?:INTERSECTION|Intersection)\s+(?:of\s+)?")


def find_english(text: str) -> list[Place]:
    """Addresses named in a text, the most precise first. Source: USPS Publication 28, appendix C1 (types of street)."""
    found: list[Place] = []
    taken: list[tuple[int, int]] = []
    for pattern, confidence in PATTERNS:
        for match in pattern.finditer(text):
            start, end = match.span()
            prefix = PREFIX.match(match.group())
            start += prefix.end() if prefix else 0
            if any(start < high and low < end for low, high in taken):
                continue
            taken.append((start, end))
            found.append(Place("", "", text[start:end], start, end, confidence, "road"))
    return found
