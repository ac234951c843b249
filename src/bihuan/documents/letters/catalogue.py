"""The letters in use: every `letters/*.yaml` of every programme folder; a faulty file is set aside."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.documents.letters.pure.declaration import FOLDER, LetterDeclaration
from bihuan.documents.letters.pure.loading import load_letter
from bihuan.documents.letters.pure.terms import Lookup
from bihuan.faults import Fault
from bihuan.loop.folders import roots
from bihuan.loop.kernel.table import table
from bihuan.loop.programmes import shared_folders
from bihuan.loop.table_checks import editions_of
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.book import RuleBook
from bihuan.rules.errors import NoRuleError
from bihuan.rules.resolved import Resolved

CHECK_SECONDS = 2.0


class UnknownLetter(Fault):
    """A letter that no programme declares."""

    remedy = "see `bihuan letter list`; a letter is declared in PROGRAMME/letters/NAME.yaml"


class DeclaredLetter(NamedTuple):
    """A letter, its file, and the folder's programme."""

    letter: LetterDeclaration
    file: Path
    programme: str


class _Shelf(NamedTuple):
    looked: float
    stamped: tuple[tuple[Path, int], ...]
    letters: dict[str, DeclaredLetter]
    aside: dict[Path, DeclarationError]


_lock = threading.Lock()
_known: list[_Shelf] = []


def all_letters() -> dict[str, DeclaredLetter]:
    """Return every letter by name; files are compared at most every CHECK_SECONDS.

    Source: docs/topics/letters.md, "A letter is a file".
    """
    return _shelf().letters


def letters_aside() -> dict[Path, DeclarationError]:
    """Return the files that are not in use, each with what is wrong.

    Source: docs/topics/letters.md, "A letter is a file".
    """
    return _shelf().aside


def letter_named(name: str) -> DeclaredLetter:
    """Return a letter by its name, or of a file by its path.

    Raises:
        UnknownLetter: no programme declares it.
        DeclarationError: the file is faulty.

    Source: docs/topics/letters.md, "A letter is a file".
    """
    if name.endswith((".yaml", ".yml")):
        file = Path(name)
        return DeclaredLetter(load_letter(file), file, file.absolute().parent.parent.name)
    found = all_letters().get(name)
    if found is None:
        known = ", ".join(sorted(all_letters())) or "none"
        raise UnknownLetter(f"没有这种函件 · there is no letter {name!r}; known: {known}")
    return found


def letters_of(programme: str) -> dict[str, DeclaredLetter]:
    """Return the letters of a programme's folder by name."""
    return {name: each for name, each in all_letters().items() if each.programme == programme}


def lookup_for(declared: DeclaredLetter, place: str = "*") -> Lookup:
    """Return what answers the rule tables that a letter names: its folder's, then the shared, then the methods'.

    The files are read as they lie, not through the programmes in use: a letter of a file needs no database.

    Args:
        declared: The letter. place: Jurisdiction.

    Source: docs/topics/rules.md, "A rule table" (each programme has a book of its own).
    """
    folders = (declared.file.absolute().parents[1], *shared_folders())

    def look(name: str, day: date, given: Mapping[str, Any]) -> Resolved:
        for editions in (*map(editions_of, folders), tuple(method_rules())):
            if any(edition.meta.id == name for edition in editions):
                return RuleBook(editions).lookup(name, day, place, **given)
        raise NoRuleError(f"There is no table '{name}' of {declared.programme}, shared, or of the methods.")

    return look


def forget_letters() -> None:
    """Look at the files at once the next time."""
    with _lock:
        _known.clear()


def _shelf() -> _Shelf:
    known = _known[0] if _known else None
    if known is not None and time.monotonic() - known.looked < CHECK_SECONDS:
        return known
    with _lock:
        files = [file for root in roots() for file in sorted(root.glob(f"*/{FOLDER}/*.yaml"))]
        stamped = tuple((file, file.stat().st_mtime_ns) for file in files)
        if known is not None and known.stamped == stamped:
            _known[:] = [known._replace(looked=time.monotonic())]
        else:
            _known[:] = [_Shelf(time.monotonic(), stamped, *_read(files))]
        return _known[0]


def _read(files: list[Path]) -> tuple[dict[str, DeclaredLetter], dict[Path, DeclarationError]]:
    letters: dict[str, DeclaredLetter] = {}
    aside: dict[Path, DeclarationError] = {}
    for file in files:
        try:
            letter = load_letter(file)
            _refuse_unknown(letter, file, letters)
        except DeclarationError as error:
            aside[file] = error
            continue
        letters[letter.letter] = DeclaredLetter(letter, file, file.parents[1].name)
    return letters, aside


def _refuse_unknown(letter: LetterDeclaration, file: Path, known: Mapping[str, DeclaredLetter]) -> None:
    if letter.letter in known:
        told = f"{letter.letter!r} is declared by {known[letter.letter].file} already"
        problem = Problem(str(file), 1, "letter", told, "one letter, one name", "give it another name")
        raise DeclarationError([problem])
    event = letter.occasion.event
    if event is not None and event not in table().kinds:
        rule = f"one of {', '.join(sorted(table().kinds))}"
        raise DeclarationError(
            [Problem(str(file), 1, "occasion.event", f"no event {event!r}", rule, "see docs/reference/events.md")]
        )
