"""Reconciliation: our lines of an account against a bank's, one to one, one to many, and how old the rest is.

Steps, each over what the ones before left: the same reference and amount; the same amount within `days`, as many and as
near as possible; one against all of a shared reference; one against the only few within `days` that add up to it. Where
several answers are as good, nothing is matched: a person decides. The answer does not depend on the order of lines.

Source: docs/adr/0261-reconciliation.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import combinations
from typing import NamedTuple

DAYS = 5
MOST_CANDIDATES = 14
MOST_PARTS = 5


class MatchLine(NamedTuple):
    """A line of either side.

    Args:
        id: What it is called there; unique per side.
        day: Of booking.
        amount: Smallest units; what comes in is positive on both sides.
        reference: What both sides may share; empty for none.
    """

    id: str
    day: date
    amount: int
    reference: str = ""


type Lines = dict[str, MatchLine]


class Matched(NamedTuple):
    """Lines that answer each other; `how` is reference, amount, group or sum."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]
    how: str


class UnmatchedLine(NamedTuple):
    """A line that nothing answers, and its age in days."""

    side: str
    line: MatchLine
    age: int


class Reconciled(NamedTuple):
    """The whole answer, in a fixed order."""

    matched: tuple[Matched, ...]
    rest: tuple[UnmatchedLine, ...]


def reconcile(ours: Iterable[MatchLine], theirs: Iterable[MatchLine], at: date, days: int = DAYS) -> Reconciled:
    """Match our lines with a bank's.

    Args:
        ours, theirs: Lines, in any order.
        at: The day from which age is counted.
        days: How far apart the days of two lines may lie that share no reference.

    Source: docs/adr/0261-reconciliation.md.
    """
    left, right = _shared_references(sorted(ours), sorted(theirs))
    found: list[Matched] = []
    _same_reference(left, right, found)
    _same_amount(left, right, found, days)
    for swapped, few, many in ((False, left, right), (True, right, left)):
        _one_to_group(few, many, found, swapped=swapped)
    for swapped, few, many in ((False, left, right), (True, right, left)):
        _one_to_sum(few, many, found, days, swapped=swapped)
    rest = [UnmatchedLine("ours", line, (at - line.day).days) for line in left.values()]
    rest += [UnmatchedLine("theirs", line, (at - line.day).days) for line in right.values()]
    return Reconciled(tuple(sorted(found)), tuple(sorted(rest, key=lambda r: (-r.age, r.side, r.line))))


def _shared_references(ours: Sequence[MatchLine], theirs: Sequence[MatchLine]) -> tuple[Lines, Lines]:
    """Both sides by id; a reference that the other side never names says nothing and is left out."""
    shared = {line.reference for line in ours} & {line.reference for line in theirs}

    def known(lines: Sequence[MatchLine]) -> Lines:
        return {line.id: line if line.reference in shared else line._replace(reference="") for line in lines}

    return known(ours), known(theirs)


def _same_reference(left: Lines, right: Lines, found: list[Matched]) -> None:
    theirs = _by(right.values(), lambda line: (line.reference, line.amount))
    for key, ours in _by(left.values(), lambda line: (line.reference, line.amount)).items():
        if not key[0]:
            continue
        for one, other in zip(ours, theirs.get(key, ()), strict=False):
            _take(left, right, found, [one], [other], "reference")


def _same_amount(left: Lines, right: Lines, found: list[Matched], days: int) -> None:
    """As many as possible, then as near as possible; lines that name different references do not answer each other."""
    theirs = _by(right.values(), lambda line: line.amount)
    for amount, ours in sorted(_by(left.values(), lambda line: line.amount).items()):
        others = theirs.get(amount, [])
        for one, other in _aligned(_by_day(ours), _by_day(others), days) if others else ():
            _take(left, right, found, [one], [other], "amount")


def _aligned(ours: list[MatchLine], theirs: list[MatchLine], days: int) -> list[tuple[MatchLine, MatchLine]]:
    """Pairs of lines of one amount in the order of their days: most pairs, then fewest days apart.

    Nearest first would leave two payments of one amount unmatched whose bookings both came late.
    """
    best = [[(0, 0)] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i in range(len(ours) - 1, -1, -1):
        for j in range(len(theirs) - 1, -1, -1):
            choices = [best[i + 1][j], best[i][j + 1]]
            if _answers(ours[i], theirs[j], days):
                pairs, near = best[i + 1][j + 1]
                choices.append((pairs + 1, near - _apart(ours[i], theirs[j])))
            best[i][j] = max(choices)
    found, i, j = list[tuple[MatchLine, MatchLine]](), 0, 0
    while i < len(ours) and j < len(theirs):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            found.append((ours[i], theirs[j]))
            i, j = i + 1, j + 1
    return found


def _answers(one: MatchLine, other: MatchLine, days: int) -> bool:
    return _apart(one, other) <= days and not (one.reference and other.reference)


def _by_day(lines: Iterable[MatchLine]) -> list[MatchLine]:
    return sorted(lines, key=lambda line: (line.day, line.id))


def _apart(one: MatchLine, other: MatchLine) -> int:
    return abs((one.day - other.day).days)


def _one_to_group(few: Lines, many: Lines, found: list[Matched], *, swapped: bool) -> None:
    groups = _by((line for line in many.values() if line.reference), lambda line: line.reference)
    for one in list(few.values()):
        group = groups.get(one.reference, [])
        if len(group) > 1 and sum(line.amount for line in group) == one.amount and all(g.id in many for g in group):
            _take_many(few, many, found, one, group, "group", swapped=swapped)


def _one_to_sum(few: Lines, many: Lines, found: list[Matched], days: int, *, swapped: bool) -> None:
    for one in sorted(few.values(), key=lambda line: (line.day, line.id)):
        near = [
            line
            for line in many.values()
            if abs((line.day - one.day).days) <= days and (line.amount > 0) == (one.amount > 0)
            and abs(line.amount) < abs(one.amount) and not (line.reference and one.reference)
        ]  # fmt: skip
        if 2 <= len(near) <= MOST_CANDIDATES:
            sums = _adding_up(near, one.amount)
            if len(sums) == 1:
                _take_many(few, many, found, one, sums[0], "sum", swapped=swapped)


def _adding_up(lines: Sequence[MatchLine], amount: int) -> list[tuple[MatchLine, ...]]:
    """At most two choices of lines that add up to an amount, the smallest first: two mean that nobody knows."""
    found: list[tuple[MatchLine, ...]] = []
    for size in range(2, min(MOST_PARTS, len(lines)) + 1):
        for chosen in combinations(lines, size):
            if sum(line.amount for line in chosen) == amount:
                found.append(chosen)
                if len(found) > 1:
                    return found
    return found


def _take_many(
    few: Lines,
    many: Lines,
    found: list[Matched],
    one: MatchLine,
    group: Sequence[MatchLine],
    how: str,
    *,
    swapped: bool,
) -> None:
    if swapped:
        _take(many, few, found, group, [one], how)
    else:
        _take(few, many, found, [one], group, how)


def _take(
    left: Lines, right: Lines, found: list[Matched], ours: Sequence[MatchLine], theirs: Sequence[MatchLine], how: str
) -> None:
    for line in ours:
        del left[line.id]
    for line in theirs:
        del right[line.id]
    found.append(Matched(tuple(line.id for line in ours), tuple(line.id for line in theirs), how))


def _by[K](lines: Iterable[MatchLine], key: Callable[[MatchLine], K]) -> dict[K, list[MatchLine]]:
    groups: dict[K, list[MatchLine]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return groups
