"""Where declarations are looked for: with the software, and in the city's own folder; whose a declared file is."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import lru_cache
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


def programme_of(file: Path) -> str:
    """Return the id of the programme in whose folder a declared file lies; without one the folder's name.

    Only the line of the id is read: whoever asks may itself be asked while programmes are loaded.

    Args:
        file: `PROGRAMME/KIND/NAME.yaml`.

    Source: DESIGN §4 (a programme is one folder, named by its id).
    """
    folder = file.resolve().parents[1]
    with suppress(OSError):
        declared = folder / "programme.yaml"
        return _id_in(declared, declared.stat().st_mtime_ns) or folder.name.replace("_", "-")
    return folder.name.replace("_", "-")


_ID = re.compile(r"""^id:[ \t]*["']?([a-z0-9][\w-]*)""", re.MULTILINE)


@lru_cache(maxsize=512)
def _id_in(file: Path, _changed: int) -> str:
    found = _ID.search(file.read_text(encoding="utf-8"))
    return found[1] if found else ""
