"""The forms in use: every `forms/*.yaml` of every programme folder. A faulty file is set aside; the others go on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.documents.forms.pure.declaration import FOLDER, FormDeclaration
from bihuan.documents.forms.pure.loading import load_form
from bihuan.extend import DOORS
from bihuan.faults import Fault
from bihuan.loop.folders import programme_of
from bihuan.loop.shelves import DeclaredShelf


class UnknownForm(Fault):
    """A form that no programme declares."""

    remedy = "see `bihuan form list`; a form is declared in PROGRAMME/forms/NAME.yaml"


class DeclaredForm(NamedTuple):
    """A form, its file, and the id of the programme that takes what is sent."""

    form: FormDeclaration
    file: Path
    programme: str


def _read(file: Path) -> tuple[str, DeclaredForm]:
    found = check_file(file)
    return found.form.form, found


_shelf: DeclaredShelf[DeclaredForm] = DeclaredShelf(FOLDER, "form", _read)


def all_forms() -> dict[str, DeclaredForm]:
    """Return every form by id, in the order of their places.

    Source: docs/topics/forms.md, "Declare".
    """
    found = _shelf.content().found
    return dict(sorted(found.items(), key=lambda item: (item[1].form.place, item[0])))


def forms_aside() -> Mapping[Path, DeclarationError]:
    """Return the files that are not in use, each with what is wrong. Source: docs/topics/forms.md, "Declare"."""
    return _shelf.content().aside


def form_named(name: str) -> DeclaredForm:
    """Return a form by its id.

    Raises:
        UnknownForm: no programme declares it.

    Source: docs/topics/forms.md, "Declare".
    """
    found = all_forms().get(name)
    if found is None:
        known = ", ".join(sorted(all_forms())) or "none"
        raise UnknownForm(f"没有这张表单 · there is no form {name[:80]!r}; known: {known}")
    return found


def check_file(path: Path) -> DeclaredForm:
    """Return the form of a file, with its door asked whether it takes what it is given.

    Raises:
        DeclarationError: with everything that is wrong.

    Source: docs/topics/declarations.md (all problems of a file at once).
    """
    document = Document(path)
    form = load_form(document)
    programme = form.through.programme or programme_of(path)
    problems = list(_door_problems(document, form, programme))
    if problems:
        raise DeclarationError(problems)
    return DeclaredForm(form, path, programme)


def forget_forms() -> None:
    """Look at the files at once the next time."""
    _shelf.forget()


def _door_problems(document: Document, form: FormDeclaration, programme: str) -> list[Problem]:
    doors = {door.name: door for door in DOORS.all()}
    door = doors.get(form.through.door)
    if door is None:
        remedy = f"one of {', '.join(doors)}"
        what = f"there is no door {form.through.door!r}"
        return [document.problem(("through", "door"), what, "a form goes through a door of the house", remedy)]
    found = []
    for name in form.through.values:
        if name not in door.takes and not any(name.startswith(each) for each in door.takes if each.endswith(".")):
            told, remedy = f"{door.name} takes no {name!r}", f"one of {', '.join(door.takes)}"
            found.append(document.problem(("through", "values", name), told, "a door says what it takes", remedy))
    for what, remedy in door.wrong(programme, form.through.case, tuple(form.through.values), form.who == "anybody"):
        found.append(document.problem(("through",), what, "what a form opens is declared", remedy))
    return found
