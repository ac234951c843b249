"""Several programmes in one play: a world names them, and what one does reaches the others by their own declarations.

    world: water-chain
    name: {zh: …, en: …}
    about: {zh: …, en: …}
    programmes: [surface-water, black-water]

A folder `shared/worlds/NAME/` beside the programmes holds `world.yaml` and a `sample.py` like theirs. The engine knows
no link: effects, watches and series of the programmes are all there is.
Source: docs/topics/play.md, "Worlds"; ADR 0379.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from bihuan.declare.model import Name, Slug, Strict, validated
from bihuan.declare.source import Document
from bihuan.loop.programmes import worlds_folders

FILE = "world.yaml"


class PlayedWorld(Strict):
    """A world as declared: its id, names, and the programmes that are played together; the first leads."""

    world: Slug
    name: Name
    about: Name
    programmes: tuple[Slug, ...] = Field(min_length=2)


def known_worlds() -> dict[str, tuple[PlayedWorld, Path]]:
    """Return every world by id with its folder; of two that claim one id the earlier is in use.

    Raises:
        DeclarationError: a file is wrong, with file, line, field, rule and remedy.

    Source: docs/topics/play.md, "Worlds".
    """
    found: dict[str, tuple[PlayedWorld, Path]] = {}
    for root in worlds_folders():
        for file in sorted(root.glob(f"*/{FILE}")):
            declared = validated(Document(file), PlayedWorld)
            found.setdefault(declared.world, (declared, file.parent))
    return found
