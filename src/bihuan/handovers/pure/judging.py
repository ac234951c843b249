"""Both sides judged: matched or not, each exception by its type, scales that are wrong as a whole. Pure and exact.

A difference counts when its square exceeds the sum of the squared errors of both quantities, which follow from the
instruments (`methods.parts.weighing`). A place whose scale differs from all its counterparts alike is one exception of
that scale, and not one of each load that went over it.
Source: DESIGN §14 (handover; measured quantities); docs/adr/0310-handovers.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import isqrt
from typing import NamedTuple

from bihuan.methods.parts.two_sides import GivenSide, ReceivedSide, bring_together
from bihuan.methods.parts.weighing import Weighed, squared_error

MISSING, LATE, WEIGHT, PLACE, CARRIER, UNLICENSED = "missing", "late", "weight", "wrong_place", "carrier", "unlicensed"
OF_GIVEN = (MISSING, LATE, WEIGHT, PLACE, CARRIER, UNLICENSED)
DUPLICATE, UNANNOUNCED, SCALE = "duplicate", "unannounced", "scale"
OF_RECEIVED = (DUPLICATE, UNANNOUNCED)


class HandoverSide(NamedTuple):
    """One side as its register says it.

    Args:
        key: Of the record. number: Of the act, as this side has it. carrier: Who takes or brings it.
        place: Where it shall arrive, or arrived. giver: Who gives (empty on the receiving side).
        at: When. weighed: How much, with its instrument. settled: The day from which it is settled by a person.
        group: What it is summed up by.
    """

    key: str
    number: str
    carrier: str
    place: str
    giver: str
    at: datetime
    weighed: Weighed
    settled: date | None = None
    group: str = ""


class LicenceSpan(NamedTuple):
    """Days on which a carrier may carry."""

    first: date
    last: date | None


class HandoverRule(NamedTuple):
    """How both sides are judged.

    Args:
        seconds: How long an act may take. pairs, counterparts, days: From how many pairs with how many others within
            how many days a scale is judged; 0 pairs: never. licensed: Whether a carrier needs a licence.
    """

    seconds: int
    pairs: int = 0
    counterparts: int = 0
    days: int = 0
    licensed: bool = False


class JudgedAct(NamedTuple):
    """An act: what was given, what was received, what is wrong with it.

    Args:
        received: None while nothing arrived. inferred: Matched by the carrier, not by the number.
        flags: Exceptions. tolerance: kg, one decimal, rounded half up; None without two sides.
        open: Whether an exception still waits for somebody.
    """

    given: HandoverSide
    received: HandoverSide | None
    inferred: bool
    flags: tuple[str, ...]
    tolerance: Decimal | None
    open: bool

    @property
    def state(self) -> str:
        """`matched`, `en_route`, or the exceptions joined by `|`. Source: docs/topics/handovers.md."""
        return "|".join(self.flags) or ("matched" if self.received is not None else "en_route")


class LeftOver(NamedTuple):
    """A receipt that belongs to no act, or to one that was received before."""

    received: HandoverSide
    flag: str
    open: bool


class ScaleBias(NamedTuple):
    """A place whose scale differs from its counterparts' alike.

    Args:
        side: `given` or `received`. share: Median of the differences, as a part. pairs, counterparts: It rests on.
        since: When the first of these pairs was weighed.
    """

    side: str
    place: str
    share: Fraction
    pairs: int
    counterparts: int
    since: datetime


@dataclass(frozen=True)
class HandoverAnswer:
    """Everything that is known of a handover at an instant."""

    acts: Sequence[JudgedAct] = ()
    left: Sequence[LeftOver] = ()
    scales: Sequence[ScaleBias] = ()
    licences: Mapping[str, Sequence[LicenceSpan]] = field(default_factory=dict)


def judge_sides(
    given: Sequence[HandoverSide],
    received: Sequence[HandoverSide],
    licences: Mapping[str, Sequence[LicenceSpan]],
    rule: HandoverRule,
    at: datetime,
) -> HandoverAnswer:
    """Judge both sides by what happened up to an instant; dates are those of the instants' own zone.

    Source: DESIGN §14 (handover); docs/adr/0310-handovers.md
    """
    ours = sorted((each for each in given if each.at <= at), key=lambda each: (each.at, each.number))
    theirs = sorted((each for each in received if each.at <= at), key=lambda each: (each.at, each.key))
    together = bring_together([_given(each) for each in ours], [_received(each) for each in theirs], rule.seconds)
    by_key = {each.key: each for each in theirs}
    pairs = {each.number: by_key[found.ticket] for each in ours if (found := together.of(each.number)) is not None}
    scales = _scales([(each, pairs[each.number]) for each in ours if each.number in pairs], rule, at)
    shares = {(each.side, each.place): each.share for each in scales}
    acts = [
        _act(each, pairs.get(each.number), each.number in together.inferred, licences, rule, shares, at)
        for each in ours
    ]
    used = {each.key for each in pairs.values()}
    left = [
        LeftOver(each, DUPLICATE if each.key in together.doubled else UNANNOUNCED, not _settled(each, at))
        for each in theirs
        if each.key not in used
    ]
    return HandoverAnswer(acts, left, scales, licences)


def _act(
    given: HandoverSide, received: HandoverSide | None, inferred: bool, licences: Mapping[str, Sequence[LicenceSpan]],
    rule: HandoverRule, shares: Mapping[tuple[str, str], Fraction], at: datetime,
) -> JudgedAct:  # fmt: skip
    flags = set()
    if rule.licensed and not _licensed(licences.get(given.carrier, ()), given.at.date()):
        flags.add(UNLICENSED)
    tolerance = None
    if received is None:
        flags |= {MISSING} if (at - given.at).total_seconds() > rule.seconds else set()
    else:
        flags |= {LATE} if (received.at - given.at).total_seconds() > rule.seconds else set()
        flags |= {PLACE} if received.place != given.place else set()
        flags |= {CARRIER} if received.carrier != given.carrier else set()
        allowed = squared_error(given.weighed) + squared_error(received.weighed)
        tolerance = _root(allowed)
        out = given.weighed.net / (1 + shares.get(("given", given.giver), 0))
        arrived = received.weighed.net / (1 + shares.get(("received", received.place), 0))
        flags |= {WEIGHT} if (arrived - out) ** 2 > allowed else set()
    found = tuple(each for each in OF_GIVEN if each in flags)
    return JudgedAct(given, received, inferred, found, tolerance, bool(found) and not _settled(given, at))


def _scales(pairs: Sequence[tuple[HandoverSide, HandoverSide]], rule: HandoverRule, at: datetime) -> list[ScaleBias]:
    """Scales that differ from all their counterparts alike: of receivers first, then of givers what is left."""
    if not rule.pairs:
        return []
    measured = [
        (given, received)
        for given, received in pairs
        if not given.weighed.estimated and not received.weighed.estimated
        and (at - received.at).total_seconds() <= rule.days * 86_400
    ]  # fmt: skip
    ratios = {
        given.number: received.weighed.net / given.weighed.net for given, received in measured if given.weighed.net
    }
    found = _biased("received", measured, ratios, rule)
    off = {each.place: 1 + each.share for each in found}
    rest = {given.number: ratios[given.number] / off.get(received.place, 1) for given, received in measured}
    return found + _biased("given", measured, {number: 1 / each for number, each in rest.items() if each}, rule)


def _biased(
    side: str, pairs: Sequence[tuple[HandoverSide, HandoverSide]], ratios: Mapping[str, Fraction], rule: HandoverRule
) -> list[ScaleBias]:
    places: defaultdict[str, list[tuple[HandoverSide, HandoverSide]]] = defaultdict(list)
    for given, received in pairs:
        if given.number in ratios:
            places[received.place if side == "received" else given.giver].append((given, received))
    found = []
    for place, several in sorted(places.items()):
        others = defaultdict(list)
        for given, received in several:
            others[given.giver if side == "received" else received.place].append(ratios[given.number])
        share = _median([ratios[given.number] for given, _ in several]) - 1
        alike = [each for each in map(_median, others.values()) if (each - 1) * share > 0]
        if len(several) < rule.pairs or len(others) < rule.counterparts or len(alike) < len(others):
            continue
        net = _median([given.weighed.net for given, _ in several])
        allowed = _median([squared_error(a.weighed) + squared_error(b.weighed) for a, b in several])
        if (share * net) ** 2 > allowed:
            since = min(received.at for _, received in several)
            found.append(ScaleBias(side, place, share, len(several), len(others), since))
    return found


def _median(values: Sequence[Fraction]) -> Fraction:
    several = sorted(values)
    middle = len(several) // 2
    return several[middle] if len(several) % 2 else (several[middle - 1] + several[middle]) / 2


@lru_cache(maxsize=1 << 16)
def _root(square: Fraction) -> Decimal:
    """The square root to one decimal, half up, exactly."""
    hundredfold = square * 400  # (2 · 10 · root)²: floor of twice the tenths
    twice = isqrt(int(hundredfold))
    return Decimal((twice + 1) // 2).scaleb(-1)


def _licensed(spans: Sequence[LicenceSpan], day: date) -> bool:
    return any(each.first <= day and (each.last is None or day <= each.last) for each in spans)


def _settled(side: HandoverSide, at: datetime) -> bool:
    return side.settled is not None and side.settled <= at.date()


def _given(side: HandoverSide) -> GivenSide:
    return GivenSide(int(side.at.timestamp()), side.number, side.carrier, side.place, side.weighed.net)


def _received(side: HandoverSide) -> ReceivedSide:
    return ReceivedSide(int(side.at.timestamp()), side.key, side.number, side.carrier, side.place, side.weighed.net)
