"""Proofs that expire: which one of an item stands on a day, and on which days that changes.

A proof stands from the day on which somebody of another unit looked at it until its last day. Rows are sorted once; a day
is one pass over arrays. Days count from 1970-01-01.
Source: packs E17 (evidence with an expiry, cross-checked by another department); docs/adr/0425-standing-of-a-card.md.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np
from numpy.typing import NDArray

_EPOCH = date(1970, 1, 1)
NEVER = np.iinfo(np.int64).max

type Whole = NDArray[np.int64]


@cache
def months_later(day: int, months: int) -> int:
    """The same day of a later month, or the last day of that month where it has no such day.

    Args:
        day: Since 1970-01-01. months: 1 or more.

    Source: 民法典第二百零二条 (a term by months ends on the day of that number, else on the month's last)
    """
    begun = _EPOCH + timedelta(days=day)
    year, month = divmod(begun.year * 12 + begun.month - 1 + months, 12)
    return (date(year, month + 1, min(begun.day, monthrange(year, month + 1)[1])) - _EPOCH).days


@dataclass(frozen=True)
class Proofs:
    """Proofs by item, the oldest first; equal days by their ids.

    Args:
        rows: Their rows in the file. item: Index of the item. dated: Day of the proof.
        begins: Day from which it counts; `NEVER` where nobody of another unit looked. ends: Last day.
    """

    rows: Whole
    item: Whole
    dated: Whole
    begins: Whole
    ends: Whole

    def newest(self, items: int, at: int) -> Whole:
        """The row of each item's newest proof of a day, looked at or not; -1 where there is none."""
        return self._last(items, self.dated <= at)

    def standing(self, items: int, at: int) -> Whole:
        """The row of each item's newest proof that stands on a day; -1 where none does."""
        return self._last(items, (self.begins <= at) & (self.ends >= at))

    def looked_at(self, items: int, at: int) -> Whole:
        """The row of each item's newest proof that stood on the day or before; -1 where none did."""
        return self._last(items, (self.begins <= at) & (self.begins <= self.ends))

    def last_days(self, items: int, at: int) -> Whole:
        """The last day on which an item has a proof without a gap from a day on; -1 where none stands."""
        found = np.full(items, -1, dtype=np.int64)
        ahead = np.flatnonzero((self.ends >= at) & (self.begins != NEVER))
        order = ahead[np.lexsort((self.begins[ahead], self.item[ahead]))]
        for item, begins, ends in zip(
            self.item[order].tolist(), self.begins[order].tolist(), self.ends[order].tolist(), strict=True
        ):
            held = int(found[item])
            if begins <= at or (held >= 0 and begins <= held + 1):
                found[item] = max(held, ends)
        return found

    def _last(self, items: int, chosen: NDArray[np.bool_]) -> Whole:
        found = np.full(items, -1, dtype=np.int64)
        found[self.item[chosen]] = self.rows[chosen]  # of one item the last is written last
        return found


def proofs_of(item: Whole, dated: Whole, checked: Whole, months: Whole, names: Whole, ends: Whole) -> Proofs:
    """Proofs from columns.

    Args:
        item: Index of the item, -1: left out. dated: Day. checked: Day of the look of another unit, `NEVER`: none.
        months: How long each holds. names: Order of their ids. ends: A last day that was said; `NEVER`: none.

    Source: packs E17
    """
    kept = np.flatnonzero(item >= 0)
    order = kept[np.lexsort((names[kept], dated[kept], item[kept]))]
    pairs, back = np.unique(np.stack((dated[order], months[order])), axis=1, return_inverse=True)
    terms = np.array([months_later(int(day), int(term)) for day, term in pairs.T.tolist()], dtype=np.int64)
    last = np.minimum(terms[back.reshape(-1)] if len(order) else terms, ends[order])
    begins = np.where(checked[order] == NEVER, NEVER, np.maximum(checked[order], dated[order]))
    return Proofs(order, item[order], dated[order], begins, last)
