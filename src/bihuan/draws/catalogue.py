"""The draws in use: every `draws/*.yaml` of every programme folder. A faulty file is set aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.draws.pure.declared import FOLDER, WORDS, DrawFile, read_draw_file
from bihuan.faults import Fault
from bihuan.loop.folders import programme_of
from bihuan.loop.shelves import DeclaredShelf
from bihuan.subjects.catalogue import subject_types


class UnknownDraw(Fault):
    """A draw that no programme declares."""

    remedy = "see `bihuan draw list`; a draw is declared in PROGRAMME/draws/NAME.yaml"


class DeclaredDraw(NamedTuple):
    """A draw and the id of the programme in whose folder it lies."""

    file: DrawFile
    programme: str


def _read(file: Path) -> tuple[str, DeclaredDraw]:
    document = Document(file, f"{file.parents[1].name}/{FOLDER}/{file.name}")
    found = read_draw_file(document)
    if faults := list(_faults(found, document)):
        raise DeclarationError(faults)
    return found.draw, DeclaredDraw(found, programme_of(file))


_shelf: DeclaredShelf[DeclaredDraw] = DeclaredShelf(FOLDER, "draw", _read)


def all_draws() -> Mapping[str, DeclaredDraw]:
    """Return every declared draw by its name."""
    return _shelf.content().found


def draws_aside() -> tuple[Problem, ...]:
    """What is wrong with files that are not in use."""
    return tuple(problem for error in _shelf.content().aside.values() for problem in error.problems)


def draw_named(name: str) -> DeclaredDraw:
    """Return a draw by its name.

    Raises:
        UnknownDraw: nobody declares it.
    """
    found = all_draws()
    if name not in found:
        raise UnknownDraw(
            f"没有抽取方案 {name!r} · there is no draw {name!r}", f"one of: {', '.join(found) or '(none)'}"
        )
    return found[name]


def _faults(draw: DrawFile, document: Document) -> Iterator[Problem]:
    """What one file cannot say alone: its registers, their fields, what it writes."""
    types = subject_types()
    for subject, fields in draw.fields_asked.items():
        if subject not in types:
            rule = f"one of {', '.join(types)}"
            yield document.problem((), f"there is no type of subjects {subject!r}", rule, "correct the spelling")
            continue
        for name in fields:
            if name not in types[subject].open_fields:
                rule = f"one of {', '.join(types[subject].open_fields)}"
                yield document.problem((), f"{subject} has no open field {name!r}", rule, "correct the spelling")
    for word in draw.tasks.set.values():
        if word not in WORDS and not word.startswith("="):
            rule = f"one of {', '.join(WORDS)}, or =literal"
            yield document.problem(("tasks", "set"), f"{word!r} is nothing of a draw", rule, "correct the spelling")
