"""What is known of a pair (report, earlier report) at the moment the report comes in. Nothing of what happens later.

No feature knows a town, a category or a programme by name: distances, times, agreements, and how a candidate stands
among the other candidates of the same report. NaN means that there is no evidence, neither for nor against.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from bihuan.insight.duplicates import grid
from bihuan.insight.duplicates.related import Related
from bihuan.insight.duplicates.reports import NO_KEY, Floats, Ints, Keys
from bihuan.insight.duplicates.store import Store

HOUR = 3600.0
SITE = 60.0  # metres within which reports of one category count as being about one site
FAR_HOUSE = 200  # house numbers further apart say nothing more

NAMES = (
    "metres",  # log(1 + distance)
    "hours",  # log(1 + hours between)
    "same_kind",
    "lift",  # how often the categories are reported together, see `related`
    "same_whole",  # whole address equal
    "same_street",
    "house_gap",  # log(1 + difference of house numbers) on the same street
    "same_locality",
    "same_channel",
    "text",  # weighted Jaccard similarity, estimated
    "contained",  # share of the shorter text found in the longer
    "common_names",  # place names in both texts
    "names_known",  # both texts name places
    "default_point",  # one of the two points is a default coordinate
    "nearest",  # rank by distance among the candidates
    "latest",  # rank by time among the candidates, newest first
    "site_newer",  # reports of this site that came after the candidate
    "site_older",  # reports of this site that came before it
    "site_gap",  # log(1 + hours to the one before it): a burst begins where this is long
    "site_follow",  # log(1 + hours to the next one)
    "burst_head",  # 1: the earliest of its burst, with a day of silence before
    "candidates",  # log(1 + how many candidates the report has)
)
BURST = 24 * HOUR
UNSEEN = 60 * 24.0  # hours before the first report of a site in the window


class SlotPairs(NamedTuple):
    """Pairs of slots of a store.

    Args:
        child: Slots of the reports asked about, shape (pairs,); pairs of one child stand together.
        parent: Slots of their candidates.
    """

    child: Ints
    parent: Ints


def text_similarity(store: Store, pairs: SlotPairs) -> tuple[Floats, Floats]:
    """Weighted Jaccard similarity and containment of the texts, estimated from 8-bit MinHash (Li & König 2010).

    NaN where one of the texts is empty.
    """
    agreed = (store.sketch[pairs.child] == store.sketch[pairs.parent]).mean(axis=1)
    alike = np.clip((agreed - 1 / 256) / (1 - 1 / 256), 0.0, 1.0)
    a, b = store.length[pairs.child].astype(float), store.length[pairs.parent].astype(float)
    common = alike / (1 + alike) * (a + b)
    contained = np.minimum(common / np.maximum(np.minimum(a, b), 1.0), 1.0)
    empty = (a == 0) | (b == 0)
    return np.where(empty, np.nan, alike), np.where(empty, np.nan, contained)


def pair_metres(store: Store, pairs: SlotPairs) -> Floats:
    """Distance, NaN where a point is unknown or a default. Source: docs/topics/duplicates.md, "How" (2)."""
    a, b = pairs
    far = grid.metres_between(store.lon[a], store.lat[a], store.lon[b], store.lat[b])
    return np.where(store.somewhere[a] & store.somewhere[b], far, np.nan)


def pair_features(store: Store, related: Related, pairs: SlotPairs) -> Floats:
    """Features of pairs, shape (pairs, len(NAMES)), in the order of NAMES.

    Source: docs/topics/duplicates.md, "How" (2); nothing later than the report is known
        (src/bihuan/insight/duplicates/card.md).
    """
    a, b = pairs
    far = pair_metres(store, pairs)
    hours = (store.time[a] - store.time[b]) / HOUR
    kind = _agree(store.kind[a], store.kind[b])
    whole = _agree(store.whole[a], store.whole[b])
    street = _share(store.streets[a], store.streets[b])
    houses = (store.house[a] >= 0) & (store.house[b] >= 0) & (street > 0)
    gap = np.minimum(np.abs(store.house[a] - store.house[b]), FAR_HOUSE)
    text, contained = text_similarity(store, pairs)
    names = _share(store.names[a], store.names[b])
    columns = {
        "metres": np.log1p(far),
        "hours": np.log1p(hours),
        "same_kind": kind,
        "lift": np.where(np.isnan(kind), np.nan, related.lift(store.kind[a], store.kind[b])),
        "same_whole": whole,
        "same_street": street,
        "house_gap": np.where(houses, np.log1p(gap), np.nan),
        "same_locality": _agree(store.locality[a], store.locality[b]),
        "same_channel": _agree(store.channel[a], store.channel[b]),
        "text": text,
        "contained": contained,
        "common_names": np.nan_to_num(names),
        "names_known": np.isfinite(names).astype(float),
        "default_point": (~store.somewhere[a] | ~store.somewhere[b]).astype(float),
        "nearest": _rank(a, np.nan_to_num(far, nan=1e9)),
        "latest": _rank(a, hours),
        **_site(store, pairs, far, whole),
        "candidates": np.log1p(np.bincount(a - a.min())[a - a.min()]) if len(a) else np.zeros(0),
    }
    return np.stack([columns[name] for name in NAMES], axis=1)


def _site(store: Store, pairs: SlotPairs, far: Floats, whole: Floats) -> dict[str, Floats]:
    """How a candidate stands among those of its category at the place of the report (or not there)."""
    a, b = pairs
    here = (far <= SITE) | (whole == 1)
    order = np.lexsort((b, store.time[b], store.kind[b], here, a))
    same = np.ones((2, len(a)), dtype=bool)  # [0]: the one before is of the same site, [1]: the one after
    moved = [a[order], here[order], store.kind[b][order]]
    joined = np.logical_and.reduce([column[1:] == column[:-1] for column in moved])
    same[0, :1], same[1, -1:] = False, False
    same[0, 1:] = same[1, :-1] = joined
    time = store.time[b][order] / HOUR
    apart = np.diff(time)
    before = np.where(same[0], np.concatenate([[0.0], apart])[: len(a)], UNSEEN)
    after = np.where(same[1], np.concatenate([apart, [0.0]])[: len(a)], (store.time[a][order] / HOUR) - time)
    start = np.maximum.accumulate(np.where(~same[0], np.arange(len(a)), 0))
    older = np.arange(len(a)) - start
    size = np.bincount(np.cumsum(~same[0]) - 1)[np.cumsum(~same[0]) - 1] if len(a) else older
    sorted_columns = {
        "site_newer": size - older - 1,
        "site_older": older,
        "site_gap": np.log1p(before),
        "site_follow": np.log1p(np.maximum(after, 0)),
        "burst_head": before * HOUR > BURST,
    }
    back = np.argsort(order)
    return {name: column[back].astype(float) for name, column in sorted_columns.items()}


def _agree(a: Keys, b: Keys) -> Floats:
    """1 equal, 0 different, NaN where one is missing."""
    return np.where((a == NO_KEY) | (b == NO_KEY), np.nan, (a == b).astype(float))


def _share(a: Keys, b: Keys) -> Floats:
    """How many keys of rows of `a` stand in the rows of `b`, shape (pairs,); NaN where one row has none."""
    common = ((a[:, :, None] == b[:, None, :]) & (a[:, :, None] != NO_KEY)).any(axis=2).sum(axis=1)
    none = (a[:, 0] == NO_KEY) | (b[:, 0] == NO_KEY)
    return np.where(none, np.nan, common.astype(float))


def _rank(child: Ints, values: Floats) -> Floats:
    """0 for the least of each child's values, 1 for the next …"""
    order = np.lexsort((values, child))
    ranked = child[order]
    start = np.maximum.accumulate(
        np.where(np.concatenate([[True], ranked[1:] != ranked[:-1]])[: len(child)], np.arange(len(child)), 0)
    )
    out = np.empty(len(child))
    out[order] = np.arange(len(child)) - start
    return out
