"""Where declarations are looked for: with the software, and in the city's own folder. Pure, reads no file."""

from __future__ import annotations

from pathlib import Path

from bihuan.server.home import current_home

BUILT_IN = Path(__file__).resolve().parent.parent / "programmes"
SHARED = "shared"
"""The folder beside the programmes whose declarations belong to several of them."""


def roots() -> list[Path]:
    """Return the folders that hold programme folders: what comes with the software first, then the city's own."""
    return [BUILT_IN, current_home().path / "programmes"]
