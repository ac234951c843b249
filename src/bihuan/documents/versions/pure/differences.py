"""What changed between two versions of a text, clause by clause: the same, renumbered, changed, added, gone.

Clauses of the same words belong together first, then those of the same number, then, in order, those that read alike.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from bihuan.documents.versions.pure.clauses import Clause

ALIKE = 0.6
"""From which similarity (Ratcliff/Obershelp) two clauses of other numbers are one that was changed."""
LONGEST = 4_000
"""Characters of a clause that are compared in full; a longer one is changed as a whole."""
MOST_COMPARED = 60
"""Clauses without a partner on either side that are still compared with each other."""

Change = Literal["same", "renumbered", "changed", "added", "removed"]


@dataclass(frozen=True)
class ClauseChange:
    """What became of one clause; `parts` are (removed words, added words) in their order, of a changed one."""

    kind: Change
    before: Clause | None
    after: Clause | None
    parts: tuple[tuple[str, str], ...] = ()


def compare_clauses(old: list[Clause], old_text: str, new: list[Clause], new_text: str) -> list[ClauseChange]:
    """Return what became of every clause, in the order of the new text; what is gone stands where it was.

    Source: docs/topics/documents.md, "What changed"; R. Ratcliff and D. Metzener (1988), pattern matching by gestalt.
    """
    pairs = _paired(old, old_text, new, new_text)
    partner = {id(before): after for before, after in pairs}
    backward = {id(after): before for before, after in pairs}
    changes: list[ClauseChange] = []
    waiting = [each for each in old if id(each) not in partner]
    for after in new:
        before = backward.get(id(after))
        if before is None:
            changes.append(ClauseChange("added", None, after))
            continue
        while waiting and waiting[0].start < before.start:
            changes.append(ClauseChange("removed", waiting.pop(0), None))
        changes.append(_change(before, old_text, after, new_text))
    return [*changes, *(ClauseChange("removed", each, None) for each in waiting)]


def _paired(old: list[Clause], old_text: str, new: list[Clause], new_text: str) -> list[tuple[Clause, Clause]]:
    pairs: list[tuple[Clause, Clause]] = []
    left, right = list(old), list(new)

    def take(pair: tuple[Clause, Clause]) -> None:
        pairs.append(pair)
        left.remove(pair[0])
        right.remove(pair[1])

    exact = {(each.number, each.sha256): each for each in right}
    for each in old:
        if (found := exact.get((each.number, each.sha256))) is not None:
            take((each, found))
    by_words: dict[str, list[Clause]] = defaultdict(list)
    for each in right:
        by_words[each.sha256].append(each)
    for each in list(left):
        if by_words[each.sha256]:
            take((each, by_words[each.sha256].pop(0)))
    by_number = {each.number: each for each in right}
    for each in list(left):
        found = by_number.get(each.number)
        if found is not None and _alike(each, old_text, found, new_text) >= ALIKE / 2:
            take((each, found))
    for each in list(left)[:MOST_COMPARED]:
        near = [(_alike(each, old_text, other, new_text), -place, other)
                for place, other in enumerate(right[:MOST_COMPARED])]  # fmt: skip
        best = max(near, key=lambda entry: entry[:2], default=None)
        if best is not None and best[0] >= ALIKE:
            take((each, best[2]))
    return pairs


def _alike(before: Clause, old_text: str, after: Clause, new_text: str) -> float:
    a, b = old_text[before.start : before.end][:LONGEST], new_text[after.start : after.end][:LONGEST]
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return matcher.ratio() if matcher.real_quick_ratio() >= ALIKE / 2 and matcher.quick_ratio() >= ALIKE / 2 else 0.0


def _change(before: Clause, old_text: str, after: Clause, new_text: str) -> ClauseChange:
    if before.sha256 == after.sha256:
        return ClauseChange("same" if before.number == after.number else "renumbered", before, after)
    a, b = old_text[before.start : before.end].strip(), new_text[after.start : after.end].strip()
    if max(len(a), len(b)) > LONGEST:
        return ClauseChange("changed", before, after, ((a, b),))
    codes = SequenceMatcher(None, a, b, autojunk=False).get_opcodes()
    parts = tuple((a[i:j], b[k:m]) for tag, i, j, k, m in codes if tag != "equal")
    return ClauseChange("changed", before, after, parts)
