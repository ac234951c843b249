"""To whom cases are forwarded, as declared files: `PROGRAMME/forwards/NAME.yaml`. Pure but for the folders.

    forward: to-north
    name: {zh: 转北区, en: To the northern district}
    programme: hotline
    case: request
    unit: bureau-north          # code of the organisation that stands for them: who dispatches to it forwards
    endpoint: north             # whose address and key BIHUAN_OPEN311_OUT has
    services: {roads.lamp: STREETLIGHT}
    otherwise: OTHER
    words: false
    updates: {in_progress: accept, fixed: submit}

Source: docs/topics/standards.md, "Open311"; docs/adr/0374-open311-out.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

from bihuan.declare.model import Code, Name, Slug, Strict, validated
from bihuan.declare.problems import DeclarationError
from bihuan.declare.source import Document
from bihuan.loop.folders import programme_of
from bihuan.loop.shelves import DeclaredShelf

FOLDER = "forwards"
Follows = Literal["accept", "submit"]


class ForwardDeclaration(Strict):
    """Where cases of a kind go when a person gives them to a unit.

    `services`: our category → their service; `otherwise`: of every other one, without it the case is set aside.
    `words`: whether the words of the report go along; left out, they get category and our number.
    `updates`: their status → what the unit then does here, beside the note that every update leaves.
    """

    forward: Slug
    name: Name
    programme: Slug
    case: Code
    unit: str
    endpoint: Slug
    services: dict[str, str] = {}
    otherwise: str | None = None
    words: bool = False
    updates: dict[Code, Follows] = {}

    def service(self, category: str | None) -> str | None:
        """Return their service for a category of ours. Source: docs/adr/0374-open311-out.md."""
        return self.services.get(category or "", self.otherwise)


class DeclaredForward(NamedTuple):
    """A forward, its file, and the programme in whose folder it lies."""

    forward: ForwardDeclaration
    file: Path
    programme: str


def load_forward(path: Path) -> ForwardDeclaration:
    """Return the validated declaration of a file.

    Raises:
        DeclarationError: with every problem, each with file, line, field, rule and remedy.

    Source: docs/topics/standards.md, "Open311".
    """
    document = Document(path)
    found = validated(document, ForwardDeclaration)
    if not found.services and found.otherwise is None:
        rule = "a case needs a service over there"
        problem = document.problem(["services"], "no service is named", rule, "name `services:` or `otherwise:`")
        raise DeclarationError([problem])
    return found


def _read(file: Path) -> tuple[str, DeclaredForward]:
    found = load_forward(file)
    return found.forward, DeclaredForward(found, file, programme_of(file))


_shelf: DeclaredShelf[DeclaredForward] = DeclaredShelf(FOLDER, "forward", _read)


def all_forwards() -> Mapping[str, DeclaredForward]:
    """Return every forward by name. Source: docs/adr/0374-open311-out.md."""
    return _shelf.content().found


def forwards_aside() -> Mapping[Path, DeclarationError]:
    """Return the files that are not in use. Source: docs/adr/0374-open311-out.md."""
    return _shelf.content().aside


def forget_forwards() -> None:
    """Look at the files at once the next time."""
    _shelf.forget()
