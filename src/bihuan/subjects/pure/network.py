"""Directed networks of reaches, pipes and roads: what is upstream, what lies between two points, circles. Pure.

A network is edges `(from, to)`; circles are allowed (they happen in data) and are told. Linear in the edges.
Source: docs/topics/subjects.md, "Places"; R. Tarjan, SIAM J. Comput. 1(2), 1972 (strongly connected components).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping


class Network[Node: Hashable]:
    """A directed network.

    Args:
        edges: From and to; a repeated edge counts once.
    """

    def __init__(self, edges: Iterable[tuple[Node, Node]]) -> None:
        self.along: Mapping[Node, set[Node]] = defaultdict(set)
        self.against: Mapping[Node, set[Node]] = defaultdict(set)
        for start, end in edges:
            self.along[start].add(end)
            self.against[end].add(start)

    def downstream(self, node: Node) -> set[Node]:
        """Everything that a node flows to; itself only when it lies on a circle.

        Source: docs/topics/subjects.md, "Places".
        """
        return _reached(self.along, node)

    def upstream(self, node: Node) -> set[Node]:
        """Everything that flows to a node; itself only when it lies on a circle.

        Source: docs/topics/subjects.md, "Places".
        """
        return _reached(self.against, node)

    def between(self, upper: Node, lower: Node) -> set[Node]:
        """What lies on some way from an upper node to a lower one, both included; empty when there is no way.

        Whatever enters between two monitors and is measured at the lower one only comes from one of these or from what
        flows to them past the upper one: see `contributing`.

        Source: docs/topics/subjects.md, "Places".
        """
        down = self.downstream(upper) | {upper}
        return down & (self.upstream(lower) | {lower}) if lower in down else set()

    def contributing(self, uppers: Iterable[Node], lower: Node) -> set[Node]:
        """What flows to a lower monitor without passing an upper one: upstream of it up to the upper monitors.

        The upper monitors are not in the answer; the lower one is.

        Source: docs/topics/subjects.md, "Places".
        """
        stop = set(uppers)
        seen, waiting = {lower}, [lower]
        while waiting:
            fresh = self.against.get(waiting.pop(), set()) - seen - stop
            seen |= fresh
            waiting += fresh
        return seen

    def circles(self) -> list[set[Node]]:
        """Groups of nodes that flow to each other, nodes that flow to themselves included: faults of a register.

        Source: docs/topics/subjects.md, "Places".
        """
        nodes = {*self.along, *self.against}
        done: set[Node] = set()
        found: list[set[Node]] = []
        for node in nodes:
            if node not in done:
                ring = self.downstream(node) & self.upstream(node)
                done |= ring
                if ring:
                    found.append(ring)
        return found


def _reached[Node: Hashable](edges: Mapping[Node, set[Node]], node: Node) -> set[Node]:
    seen: set[Node] = set()
    waiting = [node]
    while waiting:
        fresh = edges.get(waiting.pop(), set()) - seen
        seen |= fresh
        waiting += fresh
    return seen
