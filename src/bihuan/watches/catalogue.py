"""Every declared watch: the files of all programme folders, each checked; a broken one is set aside, the others look.

Source: DESIGN §14; docs/adr/0231, docs/adr/0282-watches.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bihuan.declare.editions import short_digest
from bihuan.declare.model import validated
from bihuan.declare.problems import DeclarationError, Problem, shown
from bihuan.declare.source import Document
from bihuan.declare.stamped import StampedReading, files_in
from bihuan.faults import Fault
from bihuan.loop.folders import programme_of, roots
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programmes import all_programmes, stamps
from bihuan.series.catalogue import current_catalogue as current_series
from bihuan.watches.declared import FOLDER, WatchBase, faults_of, watch_form
from bihuan.watches.model import Over

RULE = "a watch is declared once, and opens what its programme declares"


class UnknownWatch(Fault):
    """No watch of that name is declared."""

    remedy = "`bihuan watch list` tells which there are"


@dataclass(frozen=True)
class Watch:
    """A declared watch under its name.

    Args:
        name: Of its file. programme: Id of the programme whose folder it lies in. file: As problems name it.
        declared: What it says. digest: Of what it says, blind to layout.
    """

    name: str
    programme: str
    file: str
    declared: WatchBase
    digest: str

    @property
    def opens_in(self) -> str:
        """The programme of the cases that it opens."""
        opens = self.declared.opens
        return (opens.programme if opens is not None else None) or self.programme


@dataclass(frozen=True)
class WatchCatalogue:
    """Watches by name, and the problems of the files that were set aside."""

    watches: Mapping[str, Watch]
    problems: tuple[Problem, ...] = ()

    def get(self, name: str) -> Watch:
        """Return a watch.

        Raises:
            UnknownWatch: none of that name is declared.

        Source: docs/adr/0282-watches.md (1, one file declares a watch).
        """
        try:
            return self.watches[name]
        except KeyError:
            known = ", ".join(sorted(self.watches)) or "none"
            raise UnknownWatch(f"没有监看规则 {name} · no watch {name!r} is declared; known: {known}") from None


def current_catalogue() -> WatchCatalogue:
    """Return the watches that the software, its extensions and the city declare; read again when a file has changed.

    Source: docs/adr/0282-watches.md (1, one file declares a watch).
    """
    return _reading.content()


def forget_watches() -> None:
    """Read the files anew at the next question: a type, series or book that a watch names may have changed."""
    _reading.forget()


def read_catalogue(files: Iterable[Path]) -> WatchCatalogue:
    """Read declarations; what cannot be used becomes problems.

    Source: docs/adr/0282-watches.md (1, one file declares a watch).
    """
    found: dict[str, Watch] = {}
    problems: list[Problem] = []
    for path in files:
        try:
            watch = read_watch(path)
        except DeclarationError as error:
            problems += error.problems
            continue
        if watch.name in found:
            what = f"a watch of this name is declared in {found[watch.name].file} already"
            problems.append(
                Problem(shown(path), 1, "(file)", what, "one name, one watch", "rename one of the two files")
            )
        else:
            found[watch.name] = watch
    return WatchCatalogue(found, tuple(sorted(problems)))


_reading = StampedReading(lambda: files_in(roots(), FOLDER), read_catalogue, stamps)


def read_watch(path: Path) -> Watch:
    """Read one declaration.

    Raises:
        DeclarationError: with every fault, by line.

    Source: docs/adr/0282-watches.md (1, one file declares a watch).
    """
    document = Document(path)
    declared = validated(document, watch_form())
    programme = programme_of(path)
    content = json.dumps(document.value, sort_keys=True, ensure_ascii=False, default=str)
    watch = Watch(path.stem, programme, shown(path), declared, short_digest(content))
    faults = [*faults_of(declared), *_case_faults(watch)]
    if faults:
        raise DeclarationError([document.problem(steps, what, rule, remedy) for steps, what, rule, remedy in faults])
    return watch


def _type_looked_at(over: Over) -> str:
    """The type of the subjects that a watch speaks of: its own, that of its series, or what its cases are about."""
    if over.series is not None:
        series = current_series().series.get(over.series)
        return series.declared.subject if series is not None else ""
    if over.cases is not None and over.case is not None:
        programme = all_programmes().get(over.cases)
        kind = programme.cases.get(over.case) if programme is not None else None
        return kind.about.subject if kind is not None and kind.about is not None else ""
    return over.subject or ""


def _case_faults(watch: Watch) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    """What the declared case lacks: its programme, its kind, its form's fields."""
    opens = watch.declared.opens
    if opens is None:
        return
    programme: Programme | None = all_programmes().get(watch.opens_in)
    if programme is None:
        yield ("opens", "programme"), f"no programme {watch.opens_in!r} is in use", RULE, "name a declared programme"
        return
    if opens.case not in programme.cases:
        yield (
            ("opens", "case"),
            f"{programme.id} has no case {opens.case!r}",
            RULE,
            f"one of: {', '.join(programme.cases)}",
        )
        return
    about, over = programme.cases[opens.case].about, _speaks_of(watch)
    if about is not None and opens.subject is None and over != about.subject:
        yield (
            ("opens", "subject"),
            f"{programme.id}.{opens.case} is about {about.subject!r}, the watch looks at {over or 'something else'!r}",
            RULE,
            f"name the field that leads to a {about.subject}",
        )
    known = programme.cases[opens.case].fields
    for name in opens.fields:
        if name not in known:
            yield (
                ("opens", "fields", name),
                f"the form has no field {name!r}",
                RULE,
                f"one of: {', '.join(known) or '-'}",
            )


def _speaks_of(watch: Watch) -> str | None:
    """The type of the subjects that its incidents are about."""
    over, kind = watch.declared.over, watch.declared.when.kind
    said = kind.type_of(over, watch.declared.when.rule) if kind.type_of is not None else None
    return said or _type_looked_at(over) or None
