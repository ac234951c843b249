"""Where declarations are looked for: with the software, and in the city's own folder. Pure, reads no file."""

from __future__ import annotations

from pathlib import Path

from bihuan.extend import DECLARATIONS
from bihuan.server.home import current_home

SHARED = "shared"
"""The folder beside the programmes whose declarations belong to several of them."""


def roots() -> list[Path]:
    """Return the folders that hold programme folders: what comes with the software first, then the city's own.

    Source: DESIGN §4 (a programme is one folder, shipped or the city's own)
    """
    return [*shipped(), current_home().path / "programmes"]


def shipped() -> list[Path]:
    """Return the folders of programmes that come with the software and extensions (`extend.DECLARATIONS`).

    Source: docs/adr/0236 (folders of programmes come through the one door)
    """
    return [each.folder for each in DECLARATIONS.all()]
