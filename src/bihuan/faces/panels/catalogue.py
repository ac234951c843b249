"""Every declared view: those of shipped programmes and the city's own; a file with a fault is left out and told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from bihuan.declare.model import validated
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.faces.panels import kinds
from bihuan.faces.panels.declared import PanelFile, PanelKind, ViewFile
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.registers.roles import all_roles
from bihuan.subjects.catalogue import subject_types

FOLDER = "views"
RULE = "a view is made of panels of the catalogue, and names what is declared"


@dataclass(frozen=True)
class View:
    """A declared view: of which programme, its name in addresses, what it says, its panels with their kinds."""

    programme: str
    name: str
    declared: ViewFile
    panels: tuple[tuple[PanelKind, PanelFile], ...]


@cache
def panel_kinds() -> dict[str, PanelKind]:
    """Return every kind of panel by name: one file each in `kinds/`. Source: docs/topics/views.md."""
    found: list[PanelKind] = []
    for each in sorted(iter_modules(kinds.__path__), key=lambda module: module.name):
        found.append(import_module(f"{kinds.__name__}.{each.name}").KIND)
    return {kind.name: kind for kind in found}


def views_of(programme: str) -> dict[str, View]:
    """Return the views of a programme by name; one with a fault is left out.

    Source: docs/topics/views.md.
    """
    found: dict[str, View] = {}
    for path in sorted((folder_of(programme) / FOLDER).glob("*.yaml")):
        view = _read(programme, path, path.stat().st_mtime_ns)
        if isinstance(view, View):
            found[view.name] = view
    return found


def check_views(programme: str, folder: Path) -> list[str]:
    """Return the names of the views in a folder.

    Raises:
        DeclarationError: with everything that is wrong in any of them.

    Source: docs/topics/views.md.
    """
    names: list[str] = []
    problems: list[Problem] = []
    for path in sorted((folder / FOLDER).glob("*.yaml")):
        try:
            names.append(read_view(programme, path).name)
        except DeclarationError as error:
            problems += error.problems
    if problems:
        raise DeclarationError(problems)
    return names


def read_view(programme: str, path: Path) -> View:
    """Return the view that a file declares.

    Raises:
        DeclarationError: with every fault.

    Source: docs/topics/views.md.
    """
    document = Document(path, f"{path.parent.parent.name}/{FOLDER}/{path.name}")
    declared = validated(document, ViewFile)
    panels: list[tuple[PanelKind, PanelFile]] = []
    problems = [document.problem(*each) for each in _role_faults(programme, declared)]
    for index, raw in enumerate(declared.panels):
        kind = panel_kinds().get(str(raw.get("kind")))
        at = ("panels", index)
        if kind is None:
            what = f"there is no panel of kind {raw.get('kind')!r}"
            problems.append(document.problem((*at, "kind"), what, RULE, f"one of {', '.join(panel_kinds())}"))
            continue
        try:
            panel = validated(document, kind.model, raw, at)
        except DeclarationError as error:
            problems += error.problems
            continue
        panels.append((kind, panel))
        problems += [
            document.problem((*at, *steps), what, rule, remedy)
            for steps, what, rule, remedy in kind.faults(programme, panel)
        ]
    if declared.of is not None and declared.of not in subject_types():
        what = f"there is no type {declared.of!r}"
        problems.append(document.problem(("of",), what, RULE, "a register of subjects"))
    if problems:
        raise DeclarationError(problems)
    return View(programme, path.stem, declared, tuple(panels))


def views_about(kind: str) -> list[View]:
    """Return every view that is the page of one subject of a type. Source: docs/topics/views.md, "Of one subject"."""
    return [each for name in all_programmes() for each in views_of(name).values() if each.declared.of == kind]


def _role_faults(programme: str, declared: ViewFile) -> Iterator[tuple[tuple[str | int, ...], str, str, str]]:
    known = {*all_roles()}
    if programme in all_programmes():
        known |= set(all_programmes()[programme].roles)
    for index, role in enumerate(declared.roles):
        if role not in known:
            yield ("roles", index), f"there is no role {role!r}", RULE, f"one of {', '.join(sorted(known))}"
    if declared.public and declared.roles:
        yield ("public",), "a public view names roles", "what some may see is nothing for anybody", "leave out `roles`"


@cache
def _read(programme: str, path: Path, stamp: int) -> View | None:
    del stamp  # a changed file is read anew
    try:
        return read_view(programme, path)
    except DeclarationError:
        return None
