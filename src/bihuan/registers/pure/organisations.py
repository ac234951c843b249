"""Organisations: who can hold a case, who stands above whom, and who followed whom, on any date.

An organisation keeps its id for life. What changes (name, parent, area, end) is told by *spans*: rows of the same id
with half-open validity `valid_from <= day < valid_to`. When a unit ends it names its successors, so a merge, a split
and a renaming are the same fact: old units end, new ones begin on that day.

`Organisations.at(day)` returns the graph of that day, which answers every question about it.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import date

from bihuan.registers.pure.errors import RegisterError
from bihuan.registers.pure.graph import Graph
from bihuan.registers.pure.organisation import END, KINDS, START, Organisation


class Organisations:
    """The organisations of one district through time. Immutable.

    Args:
        spans: All spans; raises RegisterError for overlapping spans, unknown references, circles or codes used twice.
    """

    def __init__(self, spans: Iterable[Organisation]) -> None:
        self._spans: dict[str, tuple[Organisation, ...]] = {}
        self._codes: dict[str, str] = {}
        for span in spans:
            self._spans[span.id] = (*self._spans.get(span.id, ()), span)
            if self._codes.setdefault(span.code, span.id) != span.id:
                raise _fault(span, "shares its code with another organisation", "one code each", "give it another code")
        self._spans = {key: tuple(sorted(s, key=lambda o: o.valid_from or START)) for key, s in self._spans.items()}
        _check(self._spans)
        self.changes = tuple(sorted({START, *(d for s in self for d in (s.valid_from, s.valid_to) if d)}))
        self._graphs: dict[int, Graph] = {}

    def __iter__(self) -> Iterator[Organisation]:
        """All spans, organisation by organisation."""
        for spans in self._spans.values():
            yield from spans

    def __len__(self) -> int:
        """Number of organisations (not spans)."""
        return len(self._spans)

    def __contains__(self, key: object) -> bool:
        """Whether an id or code is known at any time."""
        return key in self._spans or key in self._codes

    def at(self, day: date) -> Graph:
        """Return the graph that holds on a date; days between two changes share one.

        Source: docs/adr/0030 (1): one graph per stretch between two changes.
        """
        segment = bisect_right(self.changes, day)
        graph = self._graphs.get(segment)
        if graph is None:
            graph = Graph((span for span in self if span.on(day)), self._codes)
            self._graphs[segment] = graph
        return graph

    def id_of(self, key: str) -> str | None:
        """Return the id for an id or a code, whatever the date; None when unknown.

        Source: docs/adr/0030 (a unit is its spans of validity)
        """
        return key if key in self._spans else self._codes.get(key)

    def spans(self, key: str) -> tuple[Organisation, ...]:
        """Return all spans of an id or code, oldest first; raises RegisterError when unknown.

        Source: docs/adr/0030 (a unit is its spans of validity)
        """
        found = self.id_of(key)
        if found is None:
            raise RegisterError(
                f"organisation {key!r} is unknown",
                rule="a duty, a user or a successor names an organisation of the register",
                remedy="load it first with: bihuan load organisations FILE",
            )
        return self._spans[found]

    def successors(self, key: str, day: date) -> tuple[str, ...]:
        """Return the ids that stand for a unit on a date: itself while it exists, else who followed it, and so on.

        Empty when the unit is unknown, did not exist yet, or ended without a successor.

        Source: docs/topics/registers.md, "Reorganisation".
        """
        found = self.id_of(key)
        if found is None:
            return ()
        spans = self._spans[found]
        if any(span.on(day) for span in spans):
            return (found,)
        if day < (spans[-1].valid_to or END):
            return ()
        heirs: list[str] = []
        for next_id in spans[-1].successors:
            heirs += [heir for heir in self.successors(next_id, day) if heir not in heirs]
        return tuple(heirs)


def _check(spans_by_id: dict[str, tuple[Organisation, ...]]) -> None:
    for key, spans in spans_by_id.items():
        for span in spans:
            _check_span(span, spans_by_id)
        for before, after in itertools.pairwise(spans):
            if (before.valid_to or END) > (after.valid_from or START):
                raise _fault(after, "has two spans that overlap", "one span on any date", "end the earlier span")
        for follow in (_parent, _successors):
            _check_circle(key, spans_by_id, follow)
    _check_areas(spans_by_id)


def _check_span(span: Organisation, spans_by_id: dict[str, tuple[Organisation, ...]]) -> None:
    if span.kind not in KINDS:
        raise _fault(
            span, f"is of unknown kind {span.kind!r}", f"one of {', '.join(sorted(KINDS))}", "correct the kind"
        )
    if (span.valid_to or END) <= (span.valid_from or START):
        raise _fault(span, "ends before it begins", "valid_from < valid_to", "correct the dates")
    for field, references in (("parent", (span.parent,)), ("clients", span.clients), ("successors", span.successors)):
        for reference in references:
            if reference and reference not in spans_by_id:
                what = f"names unknown organisation {reference!r}"
                raise _fault(span, what, "references exist", "add it or correct the code", field)


def _check_areas(spans_by_id: dict[str, tuple[Organisation, ...]]) -> None:
    answering: dict[tuple[str, str], list[Organisation]] = {}
    for span in (span for spans in spans_by_id.values() for span in spans):
        for area in span.areas:
            answering.setdefault((span.kind, area), []).append(span)
    for (kind, area), spans in answering.items():
        spans.sort(key=lambda span: span.valid_from or START)
        for before, after in itertools.pairwise(spans):
            if (before.valid_to or END) > (after.valid_from or START):
                what = f"and {before.code} both answer for area {area} as {kind}"
                raise _fault(
                    after, what, "one office per area, kind and day", "end the earlier span", "areas", before.id
                )


def _parent(span: Organisation) -> tuple[str, ...]:
    return (span.parent,) if span.parent else ()


def _successors(span: Organisation) -> tuple[str, ...]:
    return span.successors


def _check_circle(
    key: str, spans_by_id: dict[str, tuple[Organisation, ...]], follow: Callable[[Organisation], tuple[str, ...]]
) -> None:
    # The latest span of each is what somebody just typed; chains of older days are cut where they would repeat.
    reached, frontier = set[str](), [key]
    while frontier:
        for above in follow(spans_by_id[frontier.pop()][-1]):
            if above == key:
                raise _fault(
                    spans_by_id[key][-1], "stands above or follows itself", "a tree", "correct parent or successors"
                )
            if above not in reached:
                reached.add(above)
                frontier.append(above)


def _fault(span: Organisation, what: str, rule: str, remedy: str, field: str = "", *also: str) -> RegisterError:
    text, where = f"organisation {span.code} {what}", f"organisation {span.code}"
    return RegisterError(text, where=where, rule=rule, remedy=remedy, subjects=(span.id, *also), field=field)
