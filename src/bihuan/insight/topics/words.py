"""Words of the domain, written by hand: what complaints are about, as against whom or where they are about.

A title says two things: a *name* (who or where: an estate, a road, a school, a firm) and a *matter* (what is wrong).
Both are needed to tell topics apart, and nothing but the words themselves says which is which. `COMMON` lists words
that are never a name by themselves; `SUFFIXES` end a name; `BARRIERS` stand between a name and the rest.
"""

from __future__ import annotations

from pathlib import Path


def _sections(text: str) -> dict[str, frozenset[str]]:
    words: dict[str, set[str]] = {}
    current: set[str] = set()
    for line in text.splitlines():
        if line.startswith("["):
            current = words.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            current.update(line.split())
    return {name: frozenset(found) for name, found in words.items()}


_WORDS = _sections(Path(__file__).with_name("words.txt").read_text(encoding="utf-8"))
COMMON = _WORDS["common"]
SUFFIXES = _WORDS["suffixes"]
BARRIERS = _WORDS["barriers"]
