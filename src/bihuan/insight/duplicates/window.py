"""A window over the last days of reports that proposes, for each new one, the case it may belong to.

    window = Window(days=30)
    window.add(Reports(ids, times, lon, lat, texts, kinds, places))
    for proposals in window.propose(new):       # best first; [] when nothing is likely
        ...                                     # Proposal(parent_id, score, reasons)

`follow` does both for a stream: each report is compared with all earlier ones, also of its own batch. A batch of any
size costs the same few hundred NumPy calls, so give reports in batches where there are many. Not thread-safe.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.duplicates import blocking, features
from bihuan.insight.duplicates.chains import PostingChains
from bihuan.insight.duplicates.defaults import DefaultPoints
from bihuan.insight.duplicates.features import SlotPairs
from bihuan.insight.duplicates.model import PairScorer, default_model
from bihuan.insight.duplicates.rarity import Rarity
from bihuan.insight.duplicates.reasons import reasons
from bihuan.insight.duplicates.related import NEAR, SOON, Related
from bihuan.insight.duplicates.reports import Encoded, Floats, Ints, Keys, Reports, encode_reports
from bihuan.insight.duplicates.rough import pick_promising
from bihuan.insight.duplicates.store import GONE, Store
from bihuan.insight.duplicates.text import U64, MinHash, mix_keys, shingles

DAY = 86_400
SKETCH = 48  # permutations of a sketch
BANDS = 24  # of which so many serve as keys, one row each: a rare shingle in common makes a candidate
MOST = 40  # candidates per report that are compared closely
LOOK = 8  # earlier reports of a cell that are looked at to learn which categories go together
PART = 4096  # reports blocked at once
POINT = 1e4  # points are the same when equal to four decimals of a degree (11 m)


class Proposal(NamedTuple):
    """A case that a report may belong to.

    Args:
        parent_id: Id of the earlier report.
        score: Calibrated probability that a clerk would name it, 0–1.
        reasons: Why, as codes, the strongest first; see `reasons`.
    """

    parent_id: str
    score: float
    reasons: tuple[str, ...]


class _Taken(NamedTuple):
    """A batch in the store: its slots, and what blocking needs of it (see `blocking.filing_keys`)."""

    slots: slice
    encoded: Encoded
    bands: Keys
    somewhere: NDArray[np.bool_]


class Window:
    """The reports of the last days.

    Args:
        days: How long a report stays a possible parent.
        model: Scores pairs; None: the one that ships with the package.
        threshold: Proposals below this score are left out; None: the model's own.
        top: Proposals per report at most.
        room: Reports to make room for at once; the window grows by itself.
        seed: Of the MinHash permutations.
    """

    def __init__(
        self,
        days: float = 30,
        model: PairScorer | None = None,
        threshold: float | None = None,
        top: int = 3,
        room: int = 1 << 12,
        seed: int = 1,
    ) -> None:
        self.days = days
        self.model = model or default_model()
        self.threshold = self.model.threshold if threshold is None else threshold
        self.top = top
        self.store = Store(room)
        self.related = Related()
        self._chains = PostingChains(4 * room)
        self._rarity = Rarity()
        self._points = DefaultPoints()
        self._addresses = DefaultPoints()
        self._minhash = MinHash(SKETCH, 1, seed)
        self._now = GONE

    def __len__(self) -> int:
        return len(self.store)

    @property
    def nbytes(self) -> int:
        """Memory of the window's arrays, in bytes; the ids are not counted."""
        return self.store.nbytes + self._chains.nbytes

    def add(self, reports: Reports) -> None:
        """Take reports in. Those without a time are left out; those older than the window soon leave it."""
        for rows in _parts(reports):
            self._add(reports.take(rows))

    def propose(self, reports: Reports) -> list[list[Proposal]]:
        """Likely parents of reports among those in the window, best first; the window stays as it is.

        A report is never its own parent, and a parent is never later than its child.

        Source: docs/topics/duplicates.md, "How".
        """
        out: list[list[Proposal]] = [[] for _ in range(len(reports))]
        for rows in _parts(reports):
            taken = self._visit(reports.take(rows))
            for row, found in zip(rows, self._proposals(taken), strict=True):
                out[row] = found
            self._leave(taken)
        return out

    def follow(self, reports: Reports) -> list[list[Proposal]]:
        """Take reports in and propose, for each, parents among all earlier ones. Give them in order of time.

        Source: docs/topics/duplicates.md, "Worked example".
        """
        out: list[list[Proposal]] = [[] for _ in range(len(reports))]
        for rows in _parts(reports):
            taken = self._add(reports.take(rows))
            for row, found in zip(rows, self._proposals(taken), strict=True):
                out[row] = found
        return out

    def drop(self, ids: set[str]) -> None:
        """Forget reports: they are nobody's parents any more, at once.

        Source: docs/topics/duplicates.md, "Worked example".
        """
        self.store.forget(np.array([at for at, known in enumerate(self.store.ids) if known in ids], dtype=np.int64))

    def block(self, reports: Reports) -> SlotPairs:
        """Only the blocking of `propose`; children count from `len(window)` in the order given.

        Source: docs/topics/duplicates.md, "How" (1): at most 40 are kept.
        """
        taken = self._visit(reports)
        pairs = self._pairs(taken)
        self._leave(taken)
        return pairs

    def compare(self, reports: Reports) -> tuple[SlotPairs, Floats]:
        """Take reports in, as `follow` does; candidate pairs and their features, to train on.

        Returns:
            slots of both sides (`store.ids[slot]` names them), and features, shape (pairs, len(features.NAMES)).

        Source: docs/topics/duplicates.md, "How" (2).
        """
        pairs = self._pairs(self._add(reports))
        return pairs, features.pair_features(self.store, self.related, pairs)

    def _add(self, reports: Reports) -> _Taken:
        """Store, count and file a batch whose times are known."""
        self._now = max(self._now, int(np.median(reports.times.astype("datetime64[s]").astype(np.int64))))
        if len(self.store) + len(reports) > self.store.room:
            self._expire()
        taken = self._append(reports, count=True)
        keys = blocking.filing_keys(taken.encoded, taken.bands, taken.somewhere)
        slots = np.arange(taken.slots.start, taken.slots.stop)
        self._chains.add(keys.T.ravel(), np.repeat(slots, len(keys)))
        self._learn(taken)
        return taken

    def _visit(self, reports: Reports) -> _Taken:
        """Put reports behind the last slot without counting or filing them; `_leave` takes them away again."""
        return self._append(reports, count=False)

    def _leave(self, taken: _Taken) -> None:
        del self.store.ids[taken.slots]

    def _append(self, reports: Reports, *, count: bool) -> _Taken:
        encoded = encode_reports(reports)
        points = _points(encoded)
        found = shingles(reports.texts or [""] * len(reports))
        if count:
            self._rarity.add(found)
            self._points.add(points, encoded.kind)
            self._addresses.add(encoded.whole, encoded.kind)
        signatures = self._minhash.signatures(found, self._rarity.levels(found))
        somewhere = (points != 0) & ~self._points(points)
        written = encoded._replace(whole=np.where(self._addresses(encoded.whole), U64(0), encoded.whole))
        sketch = (signatures.T & np.uint32(0xFF)).astype(np.uint8)
        slots = self.store.append(list(reports.ids), written, somewhere, sketch, np.diff(found.starts))
        return _Taken(slots, written, self._minhash.keys(signatures)[:BANDS], somewhere)

    def _learn(self, taken: _Taken) -> None:
        """Count which categories were reported at one place within days."""
        keys = blocking.own_cell_keys(taken.encoded, taken.somewhere)
        row, parent = self._chains.lookup(
            keys, np.full(len(keys), LOOK, np.int32), np.full(len(keys), 1 << 30, np.int32)
        )
        child = row + taken.slots.start
        kept = parent < child
        child, parent = child[kept], parent[kept]
        store = self.store
        near = features.pair_metres(store, SlotPairs(child, parent)) <= NEAR
        soon = np.abs(store.time[child] - store.time[parent]) <= SOON
        both = near & soon
        self.related.add(store.kind[child[both]], store.kind[parent[both]])

    def _expire(self) -> None:
        """Let go of what is older than the window, when that makes room."""
        kept = np.flatnonzero(self.store.time[: len(self.store)] >= self._now - int(self.days * DAY))
        if len(kept) < len(self.store):
            self._chains.keep(self.store.keep(kept))

    def _pairs(self, taken: _Taken) -> SlotPairs:
        """Candidates of a batch in the store, the most promising of each report; pairs of one child stand together."""
        keys, limit, hot = blocking.asking_keys(taken.encoded, taken.bands, taken.somewhere)
        count = keys.shape[1]
        found, parent = self._chains.lookup(keys.ravel(), limit.ravel(), hot.ravel())
        packed = np.sort(((found % count) << 32) | parent)  # sorting beats np.unique, which hashes
        packed = packed[np.concatenate([[True], packed[1:] != packed[:-1]])[: len(packed)]]
        child, parent = (packed >> 32) + taken.slots.start, packed & 0xFFFFFFFF
        return SlotPairs(*pick_promising(self.store.glance, self.related, child, parent, MOST, int(self.days * DAY)))

    def _proposals(self, taken: _Taken) -> list[list[Proposal]]:
        out: list[list[Proposal]] = [[] for _ in range(taken.slots.stop - taken.slots.start)]
        pairs = self._pairs(taken)
        if not len(pairs.child):
            return out
        found = features.pair_features(self.store, self.related, pairs)
        scores = self.model.scores(found, pairs.child)
        likely = np.flatnonzero(scores >= self.threshold)
        for at in likely[np.lexsort((-pairs.parent[likely], -scores[likely], pairs.child[likely]))]:
            proposals = out[pairs.child[at] - taken.slots.start]
            parent = self.store.ids[pairs.parent[at]]
            if len(proposals) < self.top and parent != self.store.ids[pairs.child[at]]:
                proposals.append(Proposal(parent, float(scores[at]), reasons(found[at])))
        return out


def _points(encoded: Encoded) -> Keys:
    """Key of each report's exact point; 0 where there is none."""
    known = np.isfinite(encoded.lon) & np.isfinite(encoded.lat)
    east = np.rint(np.where(known, encoded.lon, 0) * POINT).astype(np.int64)
    north = np.rint(np.where(known, encoded.lat, 0) * POINT).astype(np.int64)
    return np.where(known, mix_keys(((north << 32) ^ (east & 0xFFFFFFFF)).astype(U64)) | U64(1), U64(0))


def _parts(reports: Reports) -> Iterator[Ints]:
    """Rows in batches of PART; rows without a time are left out."""
    rows = np.flatnonzero(~np.isnat(reports.times))
    for cut in range(0, len(rows), PART):
        yield rows[cut : cut + PART]
