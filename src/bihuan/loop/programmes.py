"""The catalogue of programmes: reads `programme.yaml` files into validated declarations. Pure, no Django.

A programme is a folder under `bihuan/programmes/` or, for a city's own, under `$BIHUAN_HOME/programmes/`.
Every fault names file, line, field, rule and remedy; a faulty programme is never half loaded. Each has a rule book of
its own: its tables, and those of the `shared` folders beside the programmes under names that it does not use itself.
"""

from __future__ import annotations

import threading
import time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from bihuan.declare.model import validated
from bihuan.declare.problems import DeclarationError, Problem, shown
from bihuan.declare.source import Document
from bihuan.loop.folders import SHARED
from bihuan.loop.folders import roots as _roots
from bihuan.loop.indicator_files import forget as forget_indicators
from bihuan.loop.indicator_files import indicator_problems
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programme_checks import findings
from bihuan.loop.table_checks import editions_of, with_short_name
from bihuan.loop.table_checks import problems as table_problems
from bihuan.registers.pure.roles import Role
from bihuan.rules.book import Books, RuleBook, own_book
from bihuan.server.log_lines import log

FILE = "programme.yaml"
CHECK_SECONDS = 2.0


class _Catalogue(NamedTuple):
    """What was read, and when it was last compared with the files."""

    looked: float
    stamped: tuple[tuple[Path, int], ...]
    programmes: dict[str, Programme]
    folders: dict[str, Path]
    book: Books
    aside: dict[Path, DeclarationError]


_lock = threading.Lock()
_known: list[_Catalogue] = []
_edited: dict[Path, tuple[int, DeclarationError]] = {}
type _Edited = tuple[tuple[Path, DeclarationError], ...]


def all_programmes() -> dict[str, Programme]:
    """Return every programme by id, built-in and the city's own. Files are compared at most every CHECK_SECONDS.

    A faulty folder is set aside, see `folders_aside`; the others go on.

    Source: DESIGN §4 (a programme is one folder; a faulty one is set aside)
    """
    return _catalogue().programmes


def local_roles() -> dict[str, Role]:
    """Return the roles that programmes in use declare for themselves, by id.

    Source: docs/adr/0234 (a programme's own role)
    """
    return {
        key: row.role(key, programme.id)
        for programme in all_programmes().values()
        for key, row in programme.roles.items()
    }


def rule_book() -> Books:
    """Return the rule book of each programme in use, and the shared one.

    Source: docs/topics/rules.md, "A rule table".
    """
    return _catalogue().book


def folders_aside() -> dict[Path, DeclarationError]:
    """Return the folders that are not in use, each with what is wrong: a fault, an id or a rule that is another's, or a
    change of what is on record.

    Source: DESIGN §4 (a programme is one folder; a faulty one is set aside)
    """
    return _catalogue().aside


def refuse_folder(folder: Path, error: DeclarationError) -> None:
    """Set a folder aside until one of its files changes (it was edited under an edition that is on record).

    Source: DESIGN §4 (a programme is one folder; a faulty one is set aside)
    """
    with _lock:
        _edited[folder] = (_stamp(folder), error)
        _known.clear()
    log("programme_set_aside", programme=folder.name)


def folder_of(programme_id: str) -> Path:
    """Return the folder that declares a programme; raises KeyError when there is none.

    Source: DESIGN §4 (a programme is one folder; a faulty one is set aside)
    """
    found = _catalogue().folders
    if programme_id not in found:
        raise KeyError(f"no programme {programme_id!r}; known: {', '.join(sorted(found))}")
    return found[programme_id]


def stamps() -> tuple[tuple[Path, int], ...]:
    """Return every programme folder with a number that changes when a declared file in it does."""
    return _catalogue().stamped


def forget_folders() -> None:
    """Look at the files at once the next time."""
    forget_indicators()
    with _lock:
        _known.clear()


def _catalogue() -> _Catalogue:
    known = _known[0] if _known else None
    if known is not None and time.monotonic() - known.looked < CHECK_SECONDS:
        return known
    with _lock:
        stamped = tuple((folder, _stamp(folder)) for folder in (*shared_folders(), *folders()))
        _known[:] = [_Catalogue(time.monotonic(), stamped, *_all(stamped, _still_edited(stamped)))]
        return _known[0]


def _still_edited(stamped: tuple[tuple[Path, int], ...]) -> _Edited:
    """The folders that were refused and have not changed since, each with what was said of it."""
    return tuple((folder, _edited[folder][1]) for folder, stamp in stamped if _edited.get(folder, (0,))[0] == stamp)


def load_programme(path: Path | str) -> Programme:
    """Return the validated programme of a folder or of its `programme.yaml`.

    Raises:
        DeclarationError: with every problem found, each with file, line, field, rule and remedy.

    Source: docs/topics/declarations.md (file, line, field, rule and remedy)
    """
    folder = _folder(Path(path))
    return _load(folder, _stamp(folder), _shared())


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of `programme.yaml`. Source: JSON Schema 2020-12; DESIGN §4."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Programme.model_json_schema(by_alias=True),
    }


def folders() -> list[Path]:
    return [file.parent for root in _roots() for file in sorted(root.glob(f"*/{FILE}")) if file.parent.name != SHARED]


def shared_folders() -> list[Path]:
    """Return the folders of rules that belong to no programme: what comes with the software, and the city's own.

    Source: docs/topics/rules.md, "A rule table".
    """
    return [root / SHARED for root in _roots() if (root / SHARED / "tables").is_dir()]


def worlds_folders() -> list[Path]:
    """Return the folders in which worlds stand, several programmes in one play each.

    Source: docs/topics/play.md, "Worlds".
    """
    return [root / SHARED / "worlds" for root in _roots() if (root / SHARED / "worlds").is_dir()]


def faulty_shared() -> dict[Path, DeclarationError]:
    """Return the shared folders that cannot be used, each with what is wrong.

    Source: docs/topics/rules.md, "A rule table".
    """
    return _common(tuple((folder, _stamp(folder)) for folder in shared_folders()), ())[1]


def _shared() -> RuleBook:
    """Return the shared rules that hold together now."""
    return _common(tuple((folder, _stamp(folder)) for folder in shared_folders()), ())[0]


@cache
def _common(stamped: tuple[tuple[Path, int], ...], edited: _Edited) -> tuple[RuleBook, dict[Path, DeclarationError]]:
    """The shared rules, folder by folder; one that is faulty, or claims what an earlier one says, is set aside."""
    book, aside, refused = RuleBook(()), {}, dict(edited)
    for folder, _ in stamped:
        try:
            if folder in refused:
                raise refused[folder]
            if faults := list(indicator_problems(folder)):
                raise DeclarationError(faults)
            book = RuleBook([*book, *editions_of(folder)])
        except DeclarationError as error:
            aside[folder] = DeclarationError([with_short_name(problem) for problem in error.problems])
    return book, aside


def _folder(path: Path) -> Path:
    return path.parent if path.name == FILE or path.suffix in (".yaml", ".yml") else path


def _stamp(folder: Path) -> int:
    """Return a number that changes when any declared file of the folder changes."""
    files = [folder / FILE, *folder.glob("*.yaml"), *folder.glob("tables/*.yaml"), *folder.glob("indicators/*.*")]
    return max((f.stat().st_mtime_ns for f in files if f.exists()), default=0)


@cache
def _all(
    stamped: tuple[tuple[Path, int], ...], edited: _Edited
) -> tuple[dict[str, Programme], dict[str, Path], Books, dict[Path, DeclarationError]]:
    """Return what holds together, folder by folder; of two that claim one id the earlier is in use."""
    programmes: dict[str, Programme] = {}
    owners: dict[str, Path] = {}
    books: dict[str, RuleBook] = {}
    common = tuple(each for each in stamped if each[0].name == SHARED)
    shared, aside = _common(common, tuple(each for each in edited if each[0].name == SHARED))
    aside, refused = dict(aside), dict(edited)
    for folder, stamp in ((folder, stamp) for folder, stamp in stamped if folder.name != SHARED):
        try:
            if folder in refused:
                raise refused[folder]
            programme = _load(folder, stamp, shared)
            if programme.id in owners:
                raise DeclarationError([_doubled(folder, owners[programme.id], programme.id)])
            taken = [(role, other) for role in programme.roles for other in programmes.values() if role in other.roles]
            if taken:
                raise DeclarationError([_doubled_role(folder, role, other.id) for role, other in taken])
            books[programme.id] = own_book(shared, editions_of(folder))
        except DeclarationError as error:
            aside[folder] = error
            continue
        owners[programme.id] = folder
        programmes[programme.id] = programme
    return programmes, owners, Books(shared, books), aside


def _doubled(folder: Path, other: Path, programme_id: str) -> Problem:
    what = f"{programme_id!r} is already the id of {other}"
    return Problem(
        shown(folder / FILE),
        1,
        "id",
        what,
        "one id names one programme",
        "choose another id",
    )


def _doubled_role(folder: Path, role: str, other: str) -> Problem:
    what = f"{role!r} is already a role of the programme {other}"
    return Document(folder / FILE).problem(("roles", role), what, "one id names one role", "choose another id")


@cache
def _load(folder: Path, _stamp: int, shared: RuleBook) -> Programme:
    document = Document(folder / FILE)
    programme = validated(document, Programme)
    problems = [document.problem(f.steps, f.what, f.rule, f.remedy) for f in findings(programme, folder)]
    problems += table_problems(programme, folder, shared)
    problems += indicator_problems(folder)
    if problems:
        raise DeclarationError(problems)
    return programme
