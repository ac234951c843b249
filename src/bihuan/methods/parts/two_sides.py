"""The two sides of an act brought together: who gave what, who received it, on numbers first and on the carrier then.

Source: DESIGN §14 (handover: two sides, open until matched); docs/adr/0310-handovers.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple


class GivenSide(NamedTuple):
    """What somebody gave away.

    Args:
        time: Seconds since 1970. number: Of the act. carrier: Who takes it. to: Where it shall arrive. kg: How much.
    """

    time: int
    number: str
    carrier: str
    to: str
    kg: Fraction


class ReceivedSide(NamedTuple):
    """What somebody received.

    Args:
        time: Seconds since 1970. ticket: Its own number. number: Of the act, as it was read; empty: not read.
        carrier: Who brought it. place: Where. kg: How much.
    """

    time: int
    ticket: str
    number: str
    carrier: str
    place: str
    kg: Fraction


class BroughtTogether(NamedTuple):
    """Acts by number with their receipt: `own` carries the number, `inferred` the carrier alone; `doubled` tickets."""

    own: dict[str, ReceivedSide]
    inferred: dict[str, ReceivedSide]
    doubled: set[str]

    def of(self, number: str) -> ReceivedSide | None:
        """The receipt of an act. Source: docs/adr/0310-handovers.md."""
        return self.own.get(number) or self.inferred.get(number)


def bring_together(
    given: Sequence[GivenSide], received: Sequence[ReceivedSide], seconds: Fraction | int
) -> BroughtTogether:
    """Return which receipt belongs to which act; both sides in order of time, then number.

    The first receipt with an act's number, not before it, is its own; later ones are doubled. Then acts take, in order
    of time, the earliest free receipt of their carrier whose number is empty or unknown, within the time.

    Args:
        seconds: How long an act may take.

    Source: docs/adr/0310-handovers.md
    """
    own, doubled = _own(given, received)
    known = {each.number for each in given}
    free: defaultdict[str, list[ReceivedSide]] = defaultdict(list)
    for each in received:
        if each.number not in known:
            free[each.carrier].append(each)
    inferred: dict[str, ReceivedSide] = {}
    for act in given:
        if act.number in own:
            continue
        waiting = free[act.carrier]
        place = next((p for p, each in enumerate(waiting) if act.time <= each.time <= act.time + seconds), None)
        if place is not None:
            inferred[act.number] = waiting.pop(place)
    return BroughtTogether(own, inferred, doubled)


def _own(given: Sequence[GivenSide], received: Sequence[ReceivedSide]) -> tuple[dict[str, ReceivedSide], set[str]]:
    departed = {each.number: each.time for each in given}
    own: dict[str, ReceivedSide] = {}
    doubled = set()
    for each in received:
        if each.number in departed and each.time >= departed[each.number]:
            if each.number in own:
                doubled.add(each.ticket)
            else:
                own[each.number] = each
    return own, doubled
