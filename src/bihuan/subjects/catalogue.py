"""Every declared type of subjects: those of the house, and those in the folders of programmes.

`shared/NAME.yaml` beside this file belongs to all; `PROGRAMME/subjects/NAME.yaml` comes with a programme, shipped or
the city's own. A file that changed is read anew within two seconds (`declare.stamped`).

Source: docs/topics/subjects.md, "A new type".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.declare.stamped import StampedReading, files_in, files_of
from bihuan.declare.types import field_types
from bihuan.extend import DECLARATIONS
from bihuan.faults import Fault
from bihuan.server.home import current_home
from bihuan.subjects.pure.derived_checks import wrong_derived
from bihuan.subjects.pure.types import LINK, SubjectType, read_type, unknown_targets

SHARED = Path(__file__).resolve().parent / "shared"
FOLDER = "subjects"


class UnknownType(Fault):
    """There is no type of subjects of that name."""


class _Read(NamedTuple):
    types: dict[str, SubjectType]
    files: dict[str, Path]
    aside: tuple[Problem, ...]


def subject_types() -> dict[str, SubjectType]:
    """Return every type by id, in the order in which lists show them; a city's own that has a fault is left out.

    Raises:
        DeclarationError: with everything that is wrong in any of the files that are shipped.

    Source: docs/topics/subjects.md, "A new type".
    """
    return _current().types


def file_of(kind: str) -> Path:
    """Return the file that declares a type, which must be one. Source: docs/topics/subjects.md, "A new type"."""
    return _current().files[kind]


def subject_type(name: str) -> SubjectType:
    """Return a type by its id, or a link by `TYPE:LINK`.

    Raises:
        UnknownType: there is none; names those there are.

    Source: docs/topics/subjects.md, "A new type".
    """
    base, _, link = name.partition(LINK)
    known = subject_types()
    if base not in known:
        raise UnknownType(
            f"没有对象类型 {base!r} · there is no type of subjects {base!r}", f"one of: {', '.join(known)}"
        )
    if not link:
        return known[base]
    if link not in known[base].links:
        raise UnknownType(
            f"{base} 没有关系 {link!r} · {base} has no link {link!r}",
            f"one of: {', '.join(known[base].links) or '(none)'}",
        )
    return known[base].link_type(link)


def set_aside() -> tuple[Problem, ...]:
    """What is wrong with the city's own types; those types are left out, all others are in use."""
    return _current().aside


def forget() -> None:
    """Read the files anew at the next question."""
    _reading.forget()


def files() -> Iterator[Path]:
    """Every file that declares a type: shared ones, then those of shipped programmes, then the city's own.

    Source: docs/topics/subjects.md, "A new type".
    """
    roots = [each.folder for each in DECLARATIONS.all()] + [current_home().path / "programmes"]
    yield from files_of(SHARED)
    yield from files_in(roots, FOLDER)


def check_folder(folder: Path) -> list[str]:
    """Return the ids of the types that a programme's folder declares, read together with all others.

    Raises:
        DeclarationError: with everything that is wrong in that folder's files.

    Source: docs/topics/subjects.md, "A new type".
    """
    own = sorted((folder / FOLDER).glob("*.yaml"))
    others = [path for path in files() if path.resolve() not in {each.resolve() for each in own}]
    try:
        found = read_types(iter([*others, *own]))
    except DeclarationError as error:
        problems = [each for each in error.problems if each.file.startswith(f"{folder.resolve().name}/")]
        if problems:
            raise DeclarationError(problems) from error
        return []
    return [name for name, (_, document) in found.items() if document.path in own]


def read_types(paths: Iterator[Path]) -> dict[str, tuple[SubjectType, Document]]:
    """Return the types that files declare, with their files.

    Raises:
        DeclarationError: with everything that is wrong in any of them, a name that two files take included.

    Source: docs/topics/subjects.md, "A new type".
    """
    found: dict[str, tuple[SubjectType, Document]] = {}
    problems: list[Problem] = []
    for path in paths:
        document = Document(path, f"{path.parent.parent.name}/{path.parent.name}/{path.name}")
        try:
            kind = _declared(document)
        except DeclarationError as error:
            problems += error.problems
            continue
        if kind.id in found:
            what = f"the type {kind.id!r} is declared in {found[kind.id][1].name} already"
            problems.append(document.problem(("id",), what, "one file declares a type", "give it another id"))
        else:
            found[kind.id] = (kind, document)
    if not problems:
        problems = unknown_targets(found) or wrong_derived(found)
    if problems:
        raise DeclarationError(problems)
    return dict(sorted(found.items(), key=lambda item: (item[1][0].place, item[0])))


MOST_TEXTS = 2_000
"""How many texts of files a process remembers."""
_known: dict[tuple[tuple[str, ...], str], SubjectType] = {}


def _declared(document: Document) -> SubjectType:
    """What a file declares: it depends on its text and the field types there are; all are read when one changes."""
    key = tuple(field_types()), document.text
    if key not in _known:
        kind = read_type(document)
        if len(_known) >= MOST_TEXTS:
            _known.clear()
        _known[key] = kind
    return _known[key]


def _current() -> _Read:
    return _reading.content()


def _read_all(paths: Sequence[Path]) -> _Read:
    own = current_home().path / "programmes"
    read = read_types(iter([path for path in paths if not path.is_relative_to(own)]))
    read, aside = _with_own(read, [path for path in paths if path.is_relative_to(own)])
    types = {name: kind for name, (kind, _) in read.items()}
    return _Read(types, {name: document.path for name, (_, document) in read.items()}, aside)


_reading = StampedReading(lambda: list(files()), _read_all)


def _with_own(
    read: dict[str, tuple[SubjectType, Document]], own: list[Path]
) -> tuple[dict[str, tuple[SubjectType, Document]], tuple[Problem, ...]]:
    """The types with the city's own: all of those, or, when one has a fault, each that stands by itself."""
    if not own:
        return read, ()
    shipped = [document.path for _, document in read.values()]
    try:
        return read_types(iter([*shipped, *own])), ()
    except DeclarationError as error:
        problems = error.problems
    for path in own:
        with suppress(DeclarationError):
            read = read_types(iter([*(document.path for _, document in read.values()), path]))
    return read, problems
