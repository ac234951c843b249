"""Two different people for every slot, at least one of them certified, nobody above capacity: found whenever it exists.

Slots of one class may be served by the same people, so a class is one node with a demand of two units a slot: straight
to certified people, through a second node of one unit a slot to the others; a person takes at most one unit of a slot.
A whole-number flow of the classes is an assignment of the slots, because a person's units of a class are at most its
slots and uncertified units at most one a slot: laid side by side in two rows no slot gets anybody twice.

Source: L. R. Ford, D. R. Fulkerson, Flows in Networks (1962), integrality; P. Hall (1935) for what blocks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, maximum_flow


@dataclass(frozen=True)
class Staffing:
    """Classes of slots and the people who may serve them.

    Args:
        able: bool[classes, people], who may serve. certified: bool[classes, people], who may lead; a part of `able`.
        capacity: int[people], most slots.
    """

    able: NDArray[np.bool_]
    certified: NDArray[np.bool_]
    capacity: NDArray[np.int64]

    def flow(self, counts: Sequence[int], ceiling: int | None = None) -> NDArray[np.int64] | None:
        """Units of every class for every person, int[classes, people]; None when the slots cannot all be served.

        Args:
            counts: Slots of each class. ceiling: Nobody gets more, whatever the capacity.
        """
        classes, people = self.able.shape
        size, wanted = 2 * classes + people + 2, np.asarray(counts, dtype=np.int64)
        source, sink = size - 2, size - 1
        most = self.capacity if ceiling is None else np.minimum(self.capacity, ceiling)
        sure, other = np.nonzero(self.certified), np.nonzero(self.able & ~self.certified)
        each = np.arange(classes)
        tails = [np.full(classes, source), each, sure[0], classes + other[0], 2 * classes + np.arange(people)]
        heads = [each, classes + each, 2 * classes + sure[1], 2 * classes + other[1], np.full(people, sink)]
        caps = [2 * wanted, wanted, wanted[sure[0]], wanted[other[0]], most]
        matrix = csr_array(
            (np.concatenate(caps).astype(np.int32), (np.concatenate(tails), np.concatenate(heads))), shape=(size, size)
        )
        found = maximum_flow(matrix, source, sink)
        if found.flow_value != 2 * int(wanted.sum()):
            return None
        sent = np.asarray(found.flow.toarray(), dtype=np.int64)
        units: NDArray[np.int64] = sent[:classes, 2 * classes : -2] + sent[classes : 2 * classes, 2 * classes : -2]
        return units

    def blocking(self, counts: Sequence[int]) -> list[int]:
        """How many slots of each class cannot be served together, none of them superfluous.

        Of each class in turn as few are kept as still cannot be served with the rest. Fewer slots never make it
        harder, so each count is found by halving, and what was needed when its class was looked at is needed at the
        end.
        """
        kept = list(counts)
        for place, count in enumerate(counts):
            low, high = 0, count
            while low < high:
                middle = (low + high) // 2
                kept[place] = middle
                low, high = (middle + 1, high) if self.flow(kept) is not None else (low, middle)
            kept[place] = high
        return kept

    def even(self, counts: Sequence[int]) -> NDArray[np.int64] | None:
        """As `flow`, with loads as even as they can be: no unit can move from one to somebody with two fewer."""
        low, high = 0, int(self.capacity.max(initial=0))
        if self.flow(counts) is None:
            return None
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if self.flow(counts, middle) is not None else (middle + 1, high)
        units = self.flow(counts, high)
        assert units is not None, "the lowest ceiling that serves all was just found"
        return self._levelled(units, np.asarray(counts, dtype=np.int64))

    def _levelled(self, units: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Move units along chains of people who can take each other's work, from the most loaded to the least."""
        together = self._together()
        moved = True
        while moved:
            moved = False
            for giver in np.argsort(-units.sum(axis=0), kind="stable").tolist():
                while self._relieve(units, counts, giver, together[giver]):
                    moved = True
        return units

    def _together(self) -> list[NDArray[np.int64]]:
        """For every person those whom chains could reach: work goes only among people who share a class with others."""
        people = self.able.shape[1]
        shared = csr_array(self.able.astype(np.int32))
        _, label = connected_components(shared.T @ shared, directed=False)
        members = [np.flatnonzero(label == each) for each in range(int(label.max(initial=-1)) + 1)]
        return [members[int(label[person])] for person in range(people)]

    def _relieve(
        self, units: NDArray[np.int64], counts: NDArray[np.int64], giver: int, reach: NDArray[np.int64]
    ) -> bool:
        loads = units.sum(axis=0)
        wanting = (loads + 2 <= loads[giver]) & (loads < self.capacity)
        if not wanting[reach].any():
            return False
        spare = counts - np.where(self.certified, 0, units).sum(axis=1)  # further uncertified units a class may have
        came = {giver: (-1, -1)}
        fresh = np.ones(len(loads), dtype=np.bool_)
        fresh[giver] = False
        todo = [giver]
        while todo:
            person = todo.pop(0)
            groups = np.flatnonzero(units[:, person])
            free = self.able[groups] & (units[groups] < counts[groups, None])
            held = (spare[groups] == 0) & self.certified[groups, person]
            free[held] &= self.certified[groups[held]]
            takers = np.flatnonzero(free.any(axis=0) & fresh)
            for taker, place in zip(takers.tolist(), free[:, takers].argmax(axis=0).tolist(), strict=True):
                came[taker] = (person, int(groups[place]))
            fresh[takers] = False
            if (chosen := takers[wanting[takers]]).size:
                taker = int(chosen[loads[chosen].argmin()])
                _move(units, came, taker, self._most(units, counts, spare, came, taker, loads))
                return True
            todo += takers.tolist()
        return False

    def _most(
        self, units: NDArray[np.int64], counts: NDArray[np.int64], spare: NDArray[np.int64],
        came: dict[int, tuple[int, int]], taker: int, loads: NDArray[np.int64],
    ) -> int:  # fmt: skip
        """How many units may go along a chain at once: half the difference, unless a class stands in it twice."""
        room, seen, giver = int(self.capacity[taker] - loads[taker]), set[int](), taker
        while came[giver][0] >= 0:
            to, (giver, group) = giver, came[giver]
            if group in seen:
                return 1
            seen.add(group)
            room = min(room, int(units[group, giver]), int(counts[group] - units[group, to]))
            if self.certified[group, giver] and not self.certified[group, to]:
                room = min(room, int(spare[group]))
        return max(1, min(room, int(loads[giver] - loads[taker]) // 2))


def _move(units: NDArray[np.int64], came: dict[int, tuple[int, int]], taker: int, many: int) -> None:
    while came[taker][0] >= 0:
        person, group = came[taker]
        units[group, person] -= many
        units[group, taker] += many
        taker = person
