"""The handovers in use: every `handovers/*.yaml` of every programme folder; a faulty file is set aside, others go on.

Source: DESIGN §14; docs/adr/0231, docs/adr/0310-handovers.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.stamped import StampedReading, files_in
from bihuan.faults import Fault
from bihuan.handovers.declaration import FOLDER, HandoverFile, load_handover
from bihuan.loop.folders import programme_of, roots


class UnknownHandover(Fault):
    """No handover of that name is declared."""

    remedy = "`bihuan handover list` tells which there are"


@dataclass(frozen=True)
class DeclaredHandover:
    """A handover, its file, and the folder's programme."""

    declared: HandoverFile
    file: Path
    programme: str


@dataclass(frozen=True)
class HandoversKnown:
    """Handovers by name, and the problems of files that were set aside."""

    found: dict[str, DeclaredHandover] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def known_handovers() -> HandoversKnown:
    """Return what is declared; read again when a file has changed. Source: docs/adr/0310-handovers.md."""
    return _reading.content()


def handover_named(name: str) -> DeclaredHandover:
    """Return a handover.

    Raises:
        UnknownHandover: none of that name is declared.

    Source: docs/adr/0310-handovers.md
    """
    found = known_handovers().found
    if name not in found:
        raise UnknownHandover(f"没有交接 {name} · no handover {name!r}; known: {', '.join(sorted(found)) or 'none'}")
    return found[name]


def _read(files: Sequence[Path]) -> HandoversKnown:
    found: dict[str, DeclaredHandover] = {}
    problems: list[Problem] = []
    for path in files:
        try:
            declared = load_handover(path)
        except DeclarationError as error:
            problems += error.problems
            continue
        found[declared.handover] = DeclaredHandover(declared, path, programme_of(path))
    return HandoversKnown(found, tuple(sorted(problems)))


_reading = StampedReading(lambda: files_in(roots(), FOLDER), _read)
