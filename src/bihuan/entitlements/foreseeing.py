"""What a draft policy would do before it is issued: who, how much, by which field, who gains and loses.

Nothing is kept. Asked of the register as of any day: of last year's firms, or of today's. Whoever is unknown is counted
apart, with what they would cost if every one of them were entitled, and with the fields that are missing.
Source: DESIGN §14 (clause sets over a whole register; the difference between two editions); docs/adr/0398.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bihuan.entitlements.judging import RegisterAnswers, judge_register, summary
from bihuan.entitlements.pure.declared import PolicyFile
from bihuan.methods.parts.clauses import UNKNOWN, YES_STATE

type Fen = int


class ForeseenMove(NamedTuple):
    """Somebody whose amount differs: what the edition in use gives and what the draft gives, fen; 0 for nothing.

    Args:
        unsure: The draft says unknown: whoever it is may still get it.
    """

    key: str
    before: Fen
    after: Fen
    unsure: bool


@dataclass(frozen=True)
class Foreseen:
    """What a draft does on a day.

    Args:
        counts: Yes, no, unknown. fen: What would be paid. most: What it were if all unknown were entitled; None when
            some amount is not known either. sizeless: Entitled, but the amount is not known.
        by: Field → value → (subjects, fen). missing: Fields that are missing, by how many subjects they keep unknown.
        gains, losses: Against the edition in use, largest difference first; empty without one.
    """

    counts: Mapping[str, int]
    fen: Fen
    most: Fen | None
    sizeless: int
    by: Mapping[str, Mapping[str, tuple[int, Fen]]]
    missing: Sequence[tuple[str, int]]
    gains: Sequence[ForeseenMove]
    losses: Sequence[ForeseenMove]


def foresee(
    draft: PolicyFile,
    used: PolicyFile | None,
    district: str,
    day: date,
    programme: str,
    by: Sequence[str] = ("street",),
) -> Foreseen:
    """Judge a draft over its register on a day, beside the edition in use where there is one.

    Args:
        programme: For whose purpose the register is read. by: Fields to sum up by.

    Raises:
        FenceClosed: the register is closed to the programme.

    Source: Kleene (1952) §64; docs/adr/0398
    """
    found = judge_register([draft], district, day, programme=programme)
    fen = {row: draft.amount.fen(found.facts_of(row)) for row in found.of(0)}
    unsure = {row: draft.amount.fen(found.facts_of(row)) for row in found.of(0, UNKNOWN)}
    paid = sum(each or 0 for each in fen.values())
    more = None if None in (*unsure.values(), *fen.values()) else sum(each or 0 for each in unsure.values())
    gains, losses = _moved(found, fen, unsure, used, district, day, programme)
    sums = {name: summary(found, 0, draft, name) for name in by if name in found.columns}
    return Foreseen(
        found.counts(0), paid, None if more is None else paid + more, sum(each is None for each in fen.values()),
        {name: {key: (at["subjects"], at["fen"]) for key, at in told.items()} for name, told in sums.items()},
        _missing(found), gains, losses,
    )  # fmt: skip


def _missing(found: RegisterAnswers) -> list[tuple[str, int]]:
    counted: Counter[str] = Counter()
    for text in found.missing[0]:
        counted.update(str(text).split(";") if text else ())
    return sorted(counted.items(), key=lambda each: (-each[1], each[0]))


def _moved(
    found: RegisterAnswers, fen: Mapping[int, Fen | None], unsure: Mapping[int, Fen | None], used: PolicyFile | None,
    district: str, day: date, programme: str,
) -> tuple[list[ForeseenMove], list[ForeseenMove]]:  # fmt: skip
    """Who gets more and who gets less than by the edition in use, the largest difference first, then the key."""
    if used is None:
        return [], []
    old = judge_register([used], district, day, programme=programme)
    before = {old.keys[row]: used.amount.fen(old.facts_of(row)) or 0 for row in old.of(0, YES_STATE)}
    after = {found.keys[row]: amount or 0 for row, amount in fen.items()}
    open_ = {found.keys[row] for row in unsure}
    moved = [
        ForeseenMove(key, before.get(key, 0), after.get(key, 0), key in open_)
        for key in before.keys() | after.keys() if before.get(key, 0) != after.get(key, 0)
    ]  # fmt: skip
    moved.sort(key=lambda each: (-abs(each.after - each.before), each.key))
    return [e for e in moved if e.after > e.before], [e for e in moved if e.after < e.before]
