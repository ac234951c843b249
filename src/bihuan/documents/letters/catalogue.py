"""The letters in use: every `letters/*.yaml` of every programme folder; a faulty file is set aside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from bihuan.books.catalogue import all_books
from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.documents.letters.pure.declaration import FOLDER, LetterDeclaration
from bihuan.documents.letters.pure.loading import load_letter
from bihuan.documents.letters.pure.terms import Lookup
from bihuan.extend import DECLARED
from bihuan.faults import Fault
from bihuan.loop.folders import programme_of
from bihuan.loop.kernel.table import table
from bihuan.loop.programmes import shared_folders
from bihuan.loop.shelves import DeclaredShelf
from bihuan.loop.table_checks import editions_of
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.book import RuleBook
from bihuan.rules.errors import NoRuleError
from bihuan.rules.resolved import Resolved
from bihuan.series.catalogue import current_catalogue as current_series

WATCHES, FORMS = "watches", "forms"


class UnknownLetter(Fault):
    """A letter that no programme declares."""

    remedy = "see `bihuan letter list`; a letter is declared in PROGRAMME/letters/NAME.yaml"


class DeclaredLetter(NamedTuple):
    """A letter, its file, and the id of the programme in whose folder it lies."""

    letter: LetterDeclaration
    file: Path
    programme: str


def all_letters() -> Mapping[str, DeclaredLetter]:
    """Return every letter by name.

    Source: docs/topics/letters.md, "A letter is a file".
    """
    return _shelf.content().found


def letters_aside() -> Mapping[Path, DeclarationError]:
    """Return the files that are not in use, each with what is wrong.

    Source: docs/topics/letters.md, "A letter is a file".
    """
    return _shelf.content().aside


def letter_named(name: str) -> DeclaredLetter:
    """Return a letter by its name, or of a file by its path.

    Raises:
        UnknownLetter: no programme declares it.
        DeclarationError: the file is faulty.

    Source: docs/topics/letters.md, "A letter is a file".
    """
    if name.endswith((".yaml", ".yml")):
        file = Path(name)
        return DeclaredLetter(load_letter(file), file, programme_of(file.absolute()))
    found = all_letters().get(name)
    if found is None:
        known = ", ".join(sorted(all_letters())) or "none"
        raise UnknownLetter(f"没有这种函件 · there is no letter {name!r}; known: {known}")
    return found


def letters_of(programme: str) -> dict[str, DeclaredLetter]:
    """Return the letters of a programme by name. `programme`: its id."""
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
    _shelf.forget()


def _read(file: Path) -> tuple[str, DeclaredLetter]:
    letter = load_letter(file)
    _refuse_unknown(letter, file)
    return letter.letter, DeclaredLetter(letter, file, programme_of(file))


_shelf: DeclaredShelf[DeclaredLetter] = DeclaredShelf(FOLDER, "letter", _read)


def _refuse_unknown(letter: LetterDeclaration, file: Path) -> None:
    occasion = letter.occasion
    if occasion.event is not None and occasion.event not in table().kinds:
        rule = f"one of {', '.join(sorted(table().kinds))}"
        _refuse(file, "event", f"no event {occasion.event!r}", rule, "see docs/reference/events.md")
    if occasion.watch is not None and occasion.watch not in (known := _named(WATCHES)):
        near = get_close_matches(occasion.watch, known, 1)
        remedy = (
            f"did you mean {near[0]!r}?" if near else "declare it in PROGRAMME/watches/, or see `bihuan watch list`"
        )
        _refuse(file, "watch", f"no watch {occasion.watch!r} is in use", "a watch that is declared", remedy)
    _refuse_unknown_source(letter, file)


def _refuse_unknown_source(letter: LetterDeclaration, file: Path) -> None:
    """The form, the entry of a book, or the alarm of a series is declared."""
    occasion = letter.occasion
    if occasion.form is not None and occasion.form not in (forms := _named(FORMS)):
        what = f"no form {occasion.form!r} is in use"
        _refuse(file, "form", what, "a form that is declared", _near(occasion.form, forms))
    if occasion.book is not None:
        books = all_books()
        if occasion.book not in books:
            _refuse(
                file, "book", f"no book {occasion.book!r} is in use", "a declared book", _near(occasion.book, books)
            )
        entries = books[occasion.book].book.entries
        if occasion.entry not in entries:
            what = f"{occasion.book} has no entry {occasion.entry!r}"
            _refuse(file, "entry", what, "a kind of entry of the book", _near(str(occasion.entry), entries))
    if occasion.series is not None:
        series = current_series().series
        if occasion.series not in series:
            what = f"no series {occasion.series!r} is in use"
            _refuse(file, "series", what, "a declared series", _near(occasion.series, series))
        alarms = [each.name for each in series[occasion.series].declared.alarms]
        if occasion.incident not in alarms:
            what = f"{occasion.series} has no alarm {occasion.incident!r}"
            _refuse(file, "incident", what, "an alarm of the series", _near(str(occasion.incident), alarms))


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known := list(known), 1)
    return f"did you mean {near[0]!r}?" if near else f"one of: {', '.join(known) or '-'}"


def _refuse(file: Path, field: str, what: str, rule: str, remedy: str) -> NoReturn:
    document = Document(file)
    raise DeclarationError([document.problem(["occasion", field], what, rule, remedy)])


def _named(kind: str) -> set[str]:
    """What is declared of a kind, as the room that has it tells (`bihuan.extend.DECLARED`)."""
    return {each.name for found in DECLARED.all() if found.name == kind for each in found.find()}
