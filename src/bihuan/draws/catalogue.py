"""The draws in use: every `draws/*.yaml` of every programme folder. A faulty file is set aside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.draws.pure.declared import FOLDER, WORDS, DrawFile, read_draw_file
from bihuan.faults import Fault
from bihuan.loop.folders import roots
from bihuan.subjects.catalogue import subject_types

CHECK_SECONDS = 2.0


class UnknownDraw(Fault):
    """A draw that no programme declares."""

    remedy = "see `bihuan draw list`; a draw is declared in PROGRAMME/draws/NAME.yaml"


class DeclaredDraw(NamedTuple):
    """A draw and the folder of the programme that declares it."""

    file: DrawFile
    folder: str


class _Known(NamedTuple):
    looked: float
    stamped: tuple[tuple[Path, int], ...]
    draws: dict[str, DeclaredDraw]
    aside: tuple[Problem, ...]


_known: list[_Known] = []


def all_draws() -> dict[str, DeclaredDraw]:
    """Return every declared draw by its name."""
    return _catalogue().draws


def draws_aside() -> tuple[Problem, ...]:
    """What is wrong with files that are not in use."""
    return _catalogue().aside


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


def _catalogue() -> _Known:
    known = _known[0] if _known else None
    if known is not None and time.monotonic() - known.looked < CHECK_SECONDS:
        return known
    stamped = tuple(
        (file, file.stat().st_mtime_ns) for root in roots() for file in sorted(root.glob(f"*/{FOLDER}/*.yaml"))
    )
    fresh = (
        known._replace(looked=time.monotonic()) if known is not None and known.stamped == stamped else _read(stamped)
    )
    _known[:] = [fresh]
    return fresh


def _read(stamped: tuple[tuple[Path, int], ...]) -> _Known:
    draws: dict[str, DeclaredDraw] = {}
    aside: list[Problem] = []
    for file, _ in stamped:
        document = Document(file, f"{file.parents[1].name}/{FOLDER}/{file.name}")
        try:
            found = read_draw_file(document)
        except DeclarationError as error:
            aside += error.problems
            continue
        faults = list(_faults(found, document, draws))
        if faults:
            aside += faults
        else:
            draws[found.draw] = DeclaredDraw(found, file.parents[1].name)
    return _Known(time.monotonic(), stamped, draws, tuple(aside))


def _faults(draw: DrawFile, document: Document, others: dict[str, DeclaredDraw]) -> Iterator[Problem]:
    """What one file cannot say alone: its name, its registers, their fields, what it writes."""
    if draw.draw in others:
        yield document.problem(("draw",), f"{draw.draw!r} is declared twice", "one file, one draw", "rename it")
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
