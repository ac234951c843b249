"""Shipped rules with one further edition of one of them, as a city would declare it: same file, later dates."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bihuan.declare.source import read_all
from bihuan.loop.kernel.model import Case
from bihuan.loop.kernel.programme import ByDay, CaseType, Programme
from bihuan.loop.programmes import all_programmes, folder_of, shared_folders
from bihuan.loop.table_checks import editions_of
from bihuan.rules.book import Edition, RuleBook, read_editions

Declared = dict[str, Any]
Steps = tuple[str | int, ...]
LATER = "later"
CITED = "notice of the change, article 3"


class Fed(NamedTuple):
    """A clock of a case type, by where its span stands; `table` is empty when the span is written there itself."""

    programme: str
    kind: str
    path: Steps
    table: str

    def __str__(self) -> str:
        return f"{self.programme}-{self.kind}-{'.'.join(map(str, self.path))}-{self.table}"

    def names(self, clock: str, case: Case) -> bool:
        """Whether a clock of a case takes its time from there."""
        if self.path[0] == "clocks":
            return all_programmes()[self.programme].cases[self.kind].clocks[int(self.path[1])].name == clock
        part, _, unit = clock.partition("@")
        if part != ("arrive" if self.path[1] == "arrive" else "finish"):
            return False
        return part == "finish" or (unit in case.parties and case.parties[unit].call == self.path[2])


def spans_of(case: CaseType) -> dict[Steps, Any]:
    """Every span of a case type's clocks, those of called-in units too, by its path.

    A clock to a day of a register follows the register: no edition of a table or a programme gives it its time.
    """
    found: dict[Steps, Any] = {
        ("clocks", n, "within"): clock.within
        for n, clock in enumerate(case.clocks)
        if not isinstance(clock.within, ByDay)
    }
    if case.parties is not None:
        found |= {("parties", "arrive", kind): within for kind, within in case.parties.arrive.items()}
        found["parties", "finish"] = case.parties.finish
    return found


def fed() -> list[Fed]:
    """Every clock of every shipped programme."""
    return [
        Fed(programme.id, kind, path, dict(case.deadline_tables).get(path, ""))
        for programme in all_programmes().values()
        for kind, case in programme.cases.items()
        for path in spans_of(case)
    ]


def shipped() -> list[tuple[str, Edition]]:
    """Every rule of every shipped programme (its last edition), with the programme."""
    last = {(p, e.meta.kind, e.meta.id): e for p in all_programmes() for e in editions_of(folder_of(p))}
    last |= {("hotline", e.meta.kind, e.meta.id): e for folder in shared_folders() for e in editions_of(folder)}
    return [(key[0], edition) for key, edition in last.items()]


def at(declared: Declared, path: Steps, value: Any) -> Declared:
    """A declaration with something else in one place."""
    changed = deepcopy(declared)
    place: Any = changed
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return changed


def redeclared(programme: Programme, kind: str, path: Steps, value: Any, **head: Any) -> Programme:
    """A programme with another value at one place of one case type, and other keys of its own."""
    raw = at(programme.model_dump(mode="json", by_alias=True), ("cases", kind, *path), value)
    return Programme.model_validate({**raw, **head})


def with_later(kind: str, rule: str, begins: date, applies: str, change: Callable[[Declared], None]) -> RuleBook:
    """The shipped book, in which the last edition of a rule ends before `begins` and a changed one follows."""
    own = [e for _, e in shipped() if (e.meta.kind, e.meta.id) == (kind, rule)]
    documents = read_all(Path(own[0].meta.file).read_text(encoding="utf-8"))
    return joined([*documents[:-1], *followed(documents[-1], begins, applies, change)], kind, rule)


def followed(last: Declared, begins: date, applies: str, change: Callable[[Declared], None]) -> list[Declared]:
    """An edition that ends, and the one that follows."""
    later = {**deepcopy(last), "edition": LATER, "effective_from": begins, "applies_to": applies, "citation": CITED}
    later.pop("effective_to", None)
    for row in later.get("rows", []):
        row.pop("citation", None)
    change(later)
    return [{**last, "effective_to": begins - timedelta(days=1)}, later]


def joined(documents: list[Declared], kind: str, rule: str) -> RuleBook:
    """The shipped book with these documents in place of a rule's own."""
    text = "\n---\n".join(json.dumps(document, default=str, ensure_ascii=False) for document in documents)
    folders = [*shared_folders(), *(folder_of(p) for p in all_programmes())]
    rest = [e for folder in folders for e in editions_of(folder) if (e.meta.kind, e.meta.id) != (kind, rule)]
    return RuleBook([*rest, *read_editions("later.yaml", text)])
