"""The most promising of many candidates, by one glance at each.

A candidate is first looked at through one row of 64 bytes, so that looking costs one miss of the processor's cache
however many things are compared; only what remains is compared closely (`features`). Pairs are looked at in parts
that fit the cache, and ranked by sorting one 64-bit number per pair.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates.grid import METRES
from bihuan.insight.duplicates.related import Related
from bihuan.insight.duplicates.reports import Encoded, Ints, Keys
from bihuan.insight.duplicates.text import U64

WORDS = 8  # of 64 bits in a row: point, time, category and address, length, and four of the sketch
SKETCHED = 32  # permutations of the sketch that a row holds, 8 bits each
PART = 1 << 14  # pairs looked at at once: a megabyte of rows
NOWHERE = 300.0  # metres that an unknown distance counts as
RAISED = np.float32(64)  # makes every rough score positive: the bits of positive floats sort as they do
LOW7 = U64(0x7F7F7F7F7F7F7F7F)
HIGH = U64(0x8080808080808080)

Floats32 = NDArray[np.float32]


def glance_rows(
    encoded: Encoded, somewhere: NDArray[np.bool_], sketch: NDArray[np.uint8], length: NDArray[np.int64]
) -> Keys:
    """What a glance sees of reports, shape (n, WORDS); arguments as `Store.append` takes them.

    Source: docs/adr/0103 (one row of 64 bytes for the first glance).
    """
    out = np.zeros((len(encoded.time), WORDS), dtype=U64)
    halves = out.view(np.uint32)
    points = out.view(np.float32)
    points[:, 0] = np.where(somewhere, encoded.lon, np.nan)
    points[:, 1] = encoded.lat
    out.view(np.int64)[:, 1] = encoded.time
    halves[:, 4] = Related.place(encoded.kind)
    halves[:, 5] = encoded.whole >> U64(32)
    halves[:, 6] = length
    out.view(np.uint8)[:, 8 * WORDS - SKETCHED :] = sketch[:, :SKETCHED]
    return out


def pick_promising(
    glance: Keys, related: Related, child: Ints, parent: Ints, most: int, oldest: int
) -> tuple[Ints, Ints]:
    """At most `most` candidates of each child, by a rough score; those too old or too young for it are left out.

    Args:
        glance: Rows of all slots, shape (slots, WORDS).
        related: Which categories go together.
        child: Slots of reports, shape (pairs,), ascending.
        parent: Slots of their candidates.
        most: Candidates kept of each.
        oldest: Seconds between a report and its oldest candidate.

    Returns:
        slots of both sides, in order of child and parent.

    Source: docs/adr/0103 (pairs ranked by sorting one 64-bit number).
    """
    kept = [np.zeros(0, dtype=np.int64)]
    for begin, end in _parts(child):
        kept.append(begin + _part(glance, related, child[begin:end], parent[begin:end], most, oldest))
    chosen = np.concatenate(kept)
    return child[chosen], parent[chosen]


def _parts(child: Ints) -> list[tuple[int, int]]:
    """Cuts of the pairs into parts of about PART pairs, each child whole."""
    cuts = [0]
    while cuts[-1] < len(child):
        near = min(cuts[-1] + PART, len(child)) - 1
        begin = int(np.searchsorted(child, child[near]))  # of the child at the cut
        cuts.append(begin if near + 1 < len(child) and begin > cuts[-1] else
                    int(np.searchsorted(child, child[near], side="right")))  # fmt: skip
    return list(pairwise(cuts))


def _part(glance: Keys, related: Related, child: Ints, parent: Ints, most: int, oldest: int) -> Ints:
    """Which pairs of a part are kept, ascending."""
    here = np.take(glance, np.arange(child[0], child[-1] + 1), axis=0)
    local = child - child[0]
    there = np.take(glance, parent, axis=0)
    apart = np.take(here.view(np.int64)[:, 1], local) - there.view(np.int64)[:, 1]
    fair = np.flatnonzero((apart >= 0) & (apart <= oldest) & (parent < child))
    if len(fair) < len(child):
        local, there, apart = local[fair], np.take(there, fair, axis=0), apart[fair]
    crowd = np.bincount(local, minlength=1)
    if not len(fair) or crowd.max() <= most:
        return fair
    score = _score(here, there, local, apart, related)
    at = np.arange(len(fair), dtype=U64)
    ranked = np.sort((local.astype(U64) << U64(48)) | (score.view(np.uint32).astype(U64) << U64(16)) | at)
    ahead = np.cumsum(crowd) - crowd
    place = np.arange(len(fair)) - np.repeat(ahead, crowd)
    chosen: Ints = fair[np.sort((ranked[place < most] & U64(0xFFFF)).astype(np.int64))]
    return chosen


def _score(here: Keys, there: Keys, local: Ints, apart: Ints, related: Related) -> Floats32:
    """Rough scores, smaller is better, all positive, shape (pairs,)."""
    floats, point = there.view(np.float32), here.view(np.float32)
    lon, lat = np.take(point[:, 0], local), np.take(point[:, 1], local)
    narrow = np.take(np.cos(np.radians(point[:, 1])), local)
    far = np.float32(METRES / 20) * np.hypot((floats[:, 0] - lon) * narrow, floats[:, 1] - lat)
    score = np.log1p(np.where(np.isnan(far), np.float32(NOWHERE / 20), far))
    score += np.float32(0.5) * np.log1p(apart.astype(np.float32) / np.float32(6 * 3600))
    halves, own = there.view(np.uint32), here.view(np.uint32)
    score -= np.float32(0.5) * related.lift_of(np.take(own[:, 4], local), halves[:, 4]).astype(np.float32)
    score -= np.float32(2) * ((np.take(own[:, 5], local) == halves[:, 5]) & (halves[:, 5] != 0))
    if own[:, 6].any():
        score -= np.float32(3) * _alike(here, there, local) * (np.take(own[:, 6], local) > 0)
    return np.maximum(score + RAISED, np.float32(0))


def _alike(here: Keys, there: Keys, local: Ints) -> Floats32:
    """Share of equal bytes of two sketches."""
    words = SKETCHED // 8
    differ = np.take(here[:, -words:], local, axis=0) ^ there[:, -words:]
    marks = (((differ & LOW7) + LOW7) | differ) & HIGH  # the highest bit of every byte that is not 0
    unequal = np.bitwise_count(marks).sum(axis=1, dtype=np.int32)
    return np.float32(1) - unequal.astype(np.float32) / np.float32(SKETCHED)
