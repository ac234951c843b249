"""Signs: what the code on a board outside opens for anybody, `PROGRAMME/signs/NAME.yaml`, over a register.

    name: {zh: 河长公示牌, en: Sign of a river chief}
    over: river-sign
    shows: [river, chief, phone]
    place: position
    area: street
    report: {zh: 随手报, en: Report it}

A sign shows only fields that it names, of what still stands; its code leads back to it, its report begins at its place.
Source: docs/topics/views.md, "Signs"; ISO/IEC 18004 (QR code).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.server.checks import CheckFinding
from bihuan.subjects.catalogue import subject_types

FOLDER, RULE = "signs", "a sign is over a declared type that anybody may read, and names its open fields"


class SignFile(Strict):
    """A sign: the register it is over, the fields it shows, where it stands, and what its button for a report says."""

    name: Name
    about: Name | None = None
    over: Slug
    shows: tuple[Code, ...] = Field(min_length=1, max_length=12)
    place: Code | None = None
    area: Code | None = None
    report: Name | None = None


class DeclaredSign(NamedTuple):
    """A declared sign and where it lies."""

    programme: str
    name: str
    declared: SignFile


def signs_of(programme: str) -> dict[str, DeclaredSign]:
    """Return the signs of a programme by name; one with a fault is left out. Source: docs/topics/views.md, "Signs"."""
    found = {}
    for path in sorted((folder_of(programme) / FOLDER).glob("*.yaml")):
        sign = _read(programme, path, path.stat().st_mtime_ns)
        if sign is not None:
            found[sign.name] = sign
    return found


def sign_over(kind: str) -> DeclaredSign | None:
    """Return the first sign over a type of subjects. Source: docs/topics/views.md, "Signs"."""
    for name in all_programmes():
        for sign in signs_of(name).values():
            if sign.declared.over == kind:
                return sign
    return None


def read_sign(programme: str, path: Path) -> DeclaredSign:
    """Return the sign that a file declares.

    Raises:
        DeclarationError: with every fault.

    Source: docs/topics/views.md, "Signs".
    """
    document = Document(path, f"{path.parent.parent.name}/{FOLDER}/{path.name}")
    declared = validated(document, SignFile)
    problems = list(_faults(document, declared))
    if problems:
        raise DeclarationError(problems)
    return DeclaredSign(programme, path.stem, declared)


def find_faults() -> CheckFinding:
    """What `bihuan doctor` says of signs. Source: docs/topics/views.md, "Signs"."""
    count, problems = 0, list[Problem]()
    for name in all_programmes():
        for path in sorted((folder_of(name) / FOLDER).glob("*.yaml")):
            try:
                read_sign(name, path)
                count += 1
            except DeclarationError as error:
                problems += error.problems
    if problems:
        return CheckFinding("signs", "error", f"{len(problems)} faults in signs: {problems[0]}", "correct the file")
    return CheckFinding("signs", "ok", f"{count} signs of programmes are in use")


def _faults(document: Document, declared: SignFile) -> Iterator[Problem]:
    kind = subject_types().get(declared.over)
    if kind is None:
        yield document.problem(["over"], f"there is no type {declared.over!r}", RULE, "correct the spelling")
        return
    if kind.purpose is not None:
        yield document.problem(["over"], f"{kind.id} stands behind a fence", "a sign is public", "another type")
    named = [("shows", field) for field in declared.shows]
    named += [(name, field) for name, field in (("place", declared.place), ("area", declared.area)) if field]
    for step, field in named:
        if field not in kind.open_fields:
            yield document.problem([step], f"{kind.id} has no open field {field!r}", RULE, "correct it")


@cache
def _read(programme: str, path: Path, stamp: int) -> DeclaredSign | None:
    del stamp  # a changed file is read anew
    try:
        return read_sign(programme, path)
    except DeclarationError:
        return None
