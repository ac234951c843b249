"""Links between reports that can be taken back: an append-only log, and the groups it means.

Linking joins two groups, cutting removes one link (not the reports): groups fall back to what the remaining links
say, exactly as if the cut link had never been made. Every reporter stays a member of their group and is answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple


class LinkEntry(NamedTuple):
    """One line of the log.

    Args:
        kind: "link" or "cut".
        child, parent: The reports.
        score: As proposed; None when a person linked on their own.
        reason: Codes or words of the person.
    """

    kind: str
    child: str
    parent: str
    score: float | None = None
    reason: tuple[str, ...] = ()


class Clusters:
    """Groups of reports about one event.

    Finding a group costs amortised near-constant time (union by size, path halving); a cut rebuilds only the group
    it concerns.

    Args:
        log: Entries of a former life, replayed in order.
    """

    def __init__(self, log: Iterable[LinkEntry] = ()) -> None:
        self._log: list[LinkEntry] = []
        self._links: dict[tuple[str, str], LinkEntry] = {}
        self._beside: dict[str, set[str]] = defaultdict(set)
        self._up: dict[str, str] = {}
        self._size: dict[str, int] = {}
        for entry in log:
            if entry.kind == "link":
                self.link(entry.child, entry.parent, entry.score, entry.reason)
            else:
                self.cut(entry.child, entry.parent, entry.reason)

    @property
    def log(self) -> tuple[LinkEntry, ...]:
        """Every link and cut, in order; never rewritten."""
        return tuple(self._log)

    @property
    def links(self) -> tuple[LinkEntry, ...]:
        """The links that hold."""
        return tuple(self._links.values())

    def link(self, child: str, parent: str, score: float | None = None, reason: tuple[str, ...] = ()) -> bool:
        """Link two reports; False (and no entry) when this link already holds.

        Raises:
            ValueError: a report is linked to itself.

        Source: Tarjan & van Leeuwen (1984), Journal of the ACM 31:245 (union by size, path halving).
        """
        if child == parent:
            raise ValueError(f"report {child} cannot be linked to itself; name the other report")
        if (child, parent) in self._links:
            return False
        entry = LinkEntry("link", child, parent, score, reason)
        self._log.append(entry)
        self._links[child, parent] = entry
        self._beside[child].add(parent)
        self._beside[parent].add(child)
        self._join(child, parent)
        return True

    def cut(self, child: str, parent: str, reason: tuple[str, ...] = ()) -> bool:
        """Take a link back; False (and no entry) when there is none.

        Source: docs/topics/duplicates.md, "How" (4): groups are what the remaining links say.
        """
        entry = self._links.pop((child, parent), None)
        if entry is None:
            return False
        self._log.append(LinkEntry("cut", child, parent, entry.score, reason))
        members = self._reach(child, (child, parent))
        if (parent, child) not in self._links:
            self._beside[child].discard(parent)
            self._beside[parent].discard(child)
        for member in members:
            self._up.pop(member, None)
            self._size.pop(member, None)
        for member in members:
            for other in sorted(self._beside[member]):
                self._join(member, other)
        return True

    def group(self, report: str) -> frozenset[str]:
        """All reports of this one's event, itself included. Source: docs/topics/duplicates.md, "How" (4)."""
        return frozenset(self._reach(report, ()))

    def same(self, left: str, right: str) -> bool:
        """Whether two reports are about one event. Source: Tarjan & van Leeuwen (1984), Journal of the ACM 31:245."""
        return self._root(left) == self._root(right)

    def groups(self) -> list[frozenset[str]]:
        """All groups of two or more, by their least id. Source: docs/topics/duplicates.md, "How" (4)."""
        found: dict[str, set[str]] = defaultdict(set)
        for report in list(self._up):
            found[self._root(report)].add(report)
        return sorted((frozenset(g) for g in found.values() if len(g) > 1), key=min)

    def _reach(self, start: str, also: Iterable[str]) -> set[str]:
        """What is connected to a report by links, and to these others."""
        seen, waiting = {start, *also}, [start, *also]
        while waiting:
            for other in self._beside.get(waiting.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    waiting.append(other)
        return seen

    def _root(self, report: str) -> str:
        up = self._up
        while up.get(report, report) != report:
            up[report] = up.get(up[report], up[report])
            report = up[report]
        return report

    def _join(self, left: str, right: str) -> None:
        for report in (left, right):
            self._up.setdefault(report, report)
        a, b = self._root(left), self._root(right)
        if a == b:
            return
        if self._size.get(a, 1) < self._size.get(b, 1):
            a, b = b, a
        self._up[b] = a
        self._size[a] = self._size.get(a, 1) + self._size.get(b, 1)
