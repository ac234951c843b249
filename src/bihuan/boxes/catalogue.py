"""The boxes in use: every `boxes/*.yaml` of every programme folder. A faulty file is set aside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from bihuan.boxes.pure.declared import FOLDER, WORDS, BoxFile, read_box_file
from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import Document
from bihuan.faults import Fault
from bihuan.loop.folders import programme_of
from bihuan.loop.shelves import DeclaredShelf
from bihuan.subjects.catalogue import subject_types


class UnknownBox(Fault):
    """A box that no programme declares."""

    remedy = "see `bihuan box list`; a box is declared in PROGRAMME/boxes/NAME.yaml"


class DeclaredBox(NamedTuple):
    """A box and the id of the programme in whose folder it lies."""

    file: BoxFile
    programme: str


def _read(file: Path) -> tuple[str, DeclaredBox]:
    document = Document(file, f"{file.parents[1].name}/{FOLDER}/{file.name}")
    found = read_box_file(document)
    if faults := list(_faults(found, document)):
        raise DeclarationError(faults)
    return found.box, DeclaredBox(found, programme_of(file))


_shelf: DeclaredShelf[DeclaredBox] = DeclaredShelf(FOLDER, "box", _read)


def all_boxes() -> Mapping[str, DeclaredBox]:
    """Return every declared box by its name."""
    return _shelf.content().found


def boxes_aside() -> tuple[Problem, ...]:
    """What is wrong with files that are not in use."""
    return tuple(problem for error in _shelf.content().aside.values() for problem in error.problems)


def box_named(name: str) -> DeclaredBox:
    """Return a box by its name.

    Raises:
        UnknownBox: nobody declares it.
    """
    found = all_boxes()
    if name not in found:
        raise UnknownBox(f"没有密封箱 {name!r} · there is no box {name!r}", f"one of: {', '.join(found) or '(none)'}")
    return found[name]


def _faults(box: BoxFile, document: Document) -> Iterator[Problem]:
    """What one file cannot say alone: its registers, their fields, what it writes, its method."""
    from bihuan.methods.declared.finding import UnknownMethodError, method_named

    types = subject_types()
    asked = [*box.fields_asked, *((each.subject, []) for each in box.barred)]
    for subject, fields in asked:
        if subject not in types:
            rule = f"one of {', '.join(types)}"
            yield document.problem((), f"there is no type of subjects {subject!r}", rule, "correct the spelling")
            continue
        for name in fields:
            if name not in types[subject].open_fields:
                rule = f"one of {', '.join(types[subject].open_fields)}"
                yield document.problem((), f"{subject} has no open field {name!r}", rule, "correct the spelling")
    if box.online is not None and box.online not in box.channels:
        rule = f"one of {', '.join(box.channels)}"
        yield document.problem(("online",), f"there is no channel {box.online!r}", rule, "name a channel of the box")
    said = {*WORDS, *box.values}
    envelopes = [each for each in box.count.inputs.values() if each.source == "envelopes"]
    for word in [*box.to.set.values(), *(word for each in envelopes for word in each.columns.values())]:
        if word not in said and not word.startswith("="):
            rule = f"one of {', '.join(sorted(said))}, or =literal"
            yield document.problem((), f"{word!r} is nothing of an envelope", rule, "correct the spelling")
    try:
        method = method_named(box.count.method)
    except UnknownMethodError as error:
        yield document.problem(("count", "method"), str(error), "a method of the house", "see `bihuan calc --list`")
        return
    wanted = [each.name for each in method.inputs]
    if set(wanted) != set(box.count.inputs):
        yield document.problem(
            ("count", "inputs"), f"{method.name} takes {', '.join(wanted)}", "all of them", "name each"
        )
