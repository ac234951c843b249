"""The rule book 规则册: all editions of all rules of a folder, chosen by the day and place of the event.

The most specific jurisdiction with an edition in force on that day answers. Editions of one rule and one jurisdiction
may neither overlap nor leave a gap, unless the later one says why in `gap_before`.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final, Protocol, Self

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.reader import Reader
from bihuan.declare.source import Node, nodes
from bihuan.rules.classes import RankClasses, read_classes
from bihuan.rules.decision_reader import read_decision
from bihuan.rules.decisions import DecisionTable
from bihuan.rules.errors import InputError, NoRuleError
from bihuan.rules.meta import Meta, jurisdiction_chain
from bihuan.rules.resolved import Resolved
from bihuan.rules.scorecard_reader import read_scorecard
from bihuan.rules.scorecards import Scorecard
from bihuan.rules.table_reader import read_table
from bihuan.rules.tables import RuleTable

_CACHE_LIMIT: Final = 65536
RULE: Final = "a rule file is complete, without gaps and overlaps (docs/topics/rules.md)"


class Edition(Protocol):
    """Anything that has a head with dates and a jurisdiction."""

    @property
    def meta(self) -> Meta:
        """The head."""
        ...


_READERS: Final[dict[str, Callable[[Node, Reader], Edition]]] = {
    "table": read_table,
    "decision": read_decision,
    "scorecard": read_scorecard,
    "classes": read_classes,
}


def read_editions(path: Path | str, text: str | None = None) -> list[Edition]:
    """All editions in the YAML file at `path` (or in `text`, then `path` only names it).

    Raises:
        DeclarationError: with the problems of all documents of the file.

    Source: docs/adr/0010 (1, 3, 5).
    """
    editions: list[Edition] = []
    problems: list[Problem] = []
    for node in nodes(path, text):
        reader = Reader(str(path), RULE)
        kind = next((kind for kind in _READERS if node.fields is not None and kind in node.fields), None)
        if kind is None:
            starts = ", ".join(f"'{name}: <id>'" for name in _READERS)
            reader.problem(node, "The document does not say which kind of rule it is.", f"Start with one of {starts}.")
            problems.extend(reader.problems)
            continue
        try:
            editions.append(_READERS[kind](node, reader))
        except DeclarationError as error:
            problems.extend(error.problems)
    if problems:
        raise DeclarationError(problems)
    return editions


class RuleBook:
    """Editions of tables, decisions, scorecards and rank classes, found by id, day and place."""

    def __init__(self, editions: Iterable[Edition]) -> None:
        self._editions: dict[tuple[str, str], dict[str, list[Edition]]] = {}
        self._chosen: dict[tuple[str, str, dt.date, str], Edition] = {}
        for edition in editions:
            places = self._editions.setdefault((edition.meta.kind, edition.meta.id), {})
            places.setdefault(edition.meta.jurisdiction, []).append(edition)
        problems = [problem for places in self._editions.values() for problem in _check_places(places)]
        if problems:
            raise DeclarationError(problems)

    @classmethod
    def from_files(cls, *paths: Path | str) -> Self:
        """The book of the given YAML files; raises DeclarationError with the problems of all of them.

        Source: docs/adr/0010 (3): all faults are told, no half-loaded table.
        """
        editions: list[Edition] = []
        problems: list[Problem] = []
        for path in paths:
            try:
                editions.extend(read_editions(path))
            except DeclarationError as error:
                problems.extend(error.problems)
        if problems:
            raise DeclarationError(problems)
        return cls(editions)

    @classmethod
    def from_folder(cls, folder: Path | str) -> Self:
        """The book of all *.yaml files in `folder` and below."""
        return cls.from_files(*sorted(Path(folder).rglob("*.yaml")))

    def __iter__(self) -> Iterator[Edition]:
        """All editions, by kind, id, jurisdiction and first day."""
        for _, places in sorted(self._editions.items()):
            for _, editions in sorted(places.items()):
                yield from sorted(editions, key=lambda edition: edition.meta.effective_from)

    def of(self, owner: str) -> "RuleBook":
        """This book, for whoever asks: where one book serves everybody, see `Books`."""
        return self

    def joined(self, other: "RuleBook") -> "RuleBook":
        """The editions of both books as one; raises DeclarationError where they overlap."""
        return RuleBook([*self, *other])

    def has(self, kind: str, rule_id: str) -> bool:
        """Whether there is any edition of a rule of a kind (`table`, `decision`, …), whenever it is in force."""
        return (kind, rule_id) in self._editions

    def table(self, table_id: str, on: dt.date, jurisdiction: str = "*") -> RuleTable:
        """The edition of a rule table in force on the day `on` at the place `jurisdiction` (an area code or '*').

        Raises:
            InputError: `on` is a datetime; the local date must be decided by whoever knows the zone.
            NoRuleError: no such table, or no edition in force.

        Source: docs/adr/0010 (1): the day and place of the event choose; the most specific jurisdiction wins.
        """
        found = self._choose("table", table_id, on, jurisdiction)
        assert isinstance(found, RuleTable)
        return found

    def decision(self, decision_id: str, on: dt.date, jurisdiction: str = "*") -> DecisionTable:
        """The edition of a decision table in force; arguments and errors as for `table`. Source: docs/adr/0010 (1)."""
        found = self._choose("decision", decision_id, on, jurisdiction)
        assert isinstance(found, DecisionTable)
        return found

    def scorecard(self, scorecard_id: str, on: dt.date, jurisdiction: str = "*") -> Scorecard:
        """The edition of a scorecard in force; arguments and errors as for `table`. Source: docs/adr/0010 (1)."""
        found = self._choose("scorecard", scorecard_id, on, jurisdiction)
        assert isinstance(found, Scorecard)
        return found

    def classes(self, classes_id: str, on: dt.date, jurisdiction: str = "*") -> RankClasses:
        """The edition of rank classes in force; arguments and errors as for `table`. Source: docs/adr/0010 (1)."""
        found = self._choose("classes", classes_id, on, jurisdiction)
        assert isinstance(found, RankClasses)
        return found

    def lookup(self, table_id: str, on: dt.date, jurisdiction: str, **given: object) -> Resolved:
        """The answer of a rule table for an event on the day `on` at the place `jurisdiction`.

        Raises:
            InputError, NoRuleError: as `table` and `RuleTable.lookup`.

        Source: docs/adr/0010 (1, 4).
        """
        return self.table(table_id, on, jurisdiction).lookup(**given)

    def _choose(self, kind: str, rule_id: str, on: dt.date, jurisdiction: str) -> Edition:
        known = self._chosen.get((kind, rule_id, on, jurisdiction))
        if known is not None:  # a datetime never equals a date, so it cannot get past here
            return known
        if isinstance(on, dt.datetime):
            raise InputError(f"{kind} '{rule_id}': {on!r} is a datetime; give the local date of the event.")
        found = self._search(kind, rule_id, on, jurisdiction)
        if len(self._chosen) >= _CACHE_LIMIT:
            self._chosen.clear()
        self._chosen[kind, rule_id, on, jurisdiction] = found
        return found

    def _search(self, kind: str, rule_id: str, on: dt.date, jurisdiction: str) -> Edition:
        places = self._editions.get((kind, rule_id))
        if places is None:
            known = ", ".join(sorted(name for sort, name in self._editions if sort == kind)) or "none"
            raise NoRuleError(f"There is no {kind} '{rule_id}'. Known: {known}.")
        for place in jurisdiction_chain(jurisdiction):
            for edition in places.get(place, ()):
                if edition.meta.in_force(on):
                    return edition
        held = "; ".join(
            f"{edition.meta.edition} for {place} {edition.meta.effective_from}…{edition.meta.effective_to or ''}"
            + (f" (before it a gap: {edition.meta.gap_before})" if edition.meta.gap_before else "")
            for place, editions in sorted(places.items())
            for edition in editions
        )
        raise NoRuleError(
            f"No edition of {kind} '{rule_id}' is in force on {on} for {jurisdiction}. There are: {held}. "
            "Remedy: add the edition that held then, with its citation."
        )


class Books:
    """A book for each owner (a programme), so that two may use one id without touching each other, and a shared one."""

    def __init__(self, shared: RuleBook, own: Mapping[str, RuleBook]) -> None:
        self.shared = shared
        self._own = dict(own)

    def of(self, owner: str) -> RuleBook:
        """The book of an owner; of one that has none, and of "", the shared one.

        Source: docs/topics/rules.md, "A rule table".
        """
        return self._own.get(owner, self.shared)


Rules = RuleBook | Books


def own_book(shared: RuleBook, own: Iterable[Edition]) -> RuleBook:
    """An owner's book: its own editions, and of the shared ones those whose name it does not use itself.

    Raises:
        DeclarationError: an own rule has the name of a shared one without saying that it overrides it, or says so of
            none; or own editions overlap.

    Source: docs/topics/rules.md, "A rule table" (each programme has a book of its own; `overrides`).
    """
    mine = list(own)
    names = {(edition.meta.kind, edition.meta.id) for edition in mine}
    common = {(edition.meta.kind, edition.meta.id) for edition in shared}
    problems = [
        _problem(edition, "overrides", *_CLASHES[edition.meta.overrides])
        for edition in mine
        if edition.meta.overrides != ((edition.meta.kind, edition.meta.id) in common)
    ]
    if problems:
        raise DeclarationError(problems)
    return RuleBook([*(e for e in shared if (e.meta.kind, e.meta.id) not in names), *mine])


_CLASHES: Final = {
    False: ("It has the name of a shared rule.", "Give it another id, or say 'overrides: true'."),
    True: ("It overrides a shared rule, and there is none of that name.", "Remove 'overrides'."),
}


def _check_places(places: dict[str, list[Edition]]) -> Iterator[Problem]:
    for editions in places.values():
        names: set[str] = set()
        for edition in editions:
            if edition.meta.edition in names:
                what = f"Edition '{edition.meta.edition}' of '{edition.meta.id}' is declared twice."
                yield _problem(edition, "edition", what, "Give each edition its own name.")
            names.add(edition.meta.edition)
        editions.sort(key=lambda edition: edition.meta.effective_from)
        for before, after in pairwise(editions):
            yield from _check_neighbours(before, after)


def _check_neighbours(before: Edition, after: Edition) -> Iterator[Problem]:
    head, end = after.meta, before.meta.effective_to
    if end is None or end >= head.effective_from:
        what = f"It begins before edition '{before.meta.edition}' of '{head.id}' ends ({end or 'open'})."
        day = head.effective_from - dt.timedelta(days=1)
        yield _problem(after, "effective_from", what, f"End edition '{before.meta.edition}' on {day}.")
    elif end + dt.timedelta(days=1) < head.effective_from and not head.gap_before:
        what = f"Nothing holds between {end} and {head.effective_from} for '{head.id}': a gap."
        yield _problem(after, "effective_from", what, "Add the missing edition, or say why in 'gap_before'.")


def _problem(edition: Edition, field: str, what: str, remedy: str) -> Problem:
    return Problem(edition.meta.file, edition.meta.line, field, what, RULE, remedy)
