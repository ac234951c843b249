"""Which programmes can be played, said before a database is made for it.

Source: docs/topics/play.md, "The answer".
"""

from __future__ import annotations

import re

from bihuan.faults import Fault
from bihuan.loop.programmes import FILE as DECLARED
from bihuan.loop.programmes import folders, worlds_folders

FILE = "sample.py"


class NothingToPlay(Fault):
    """There is no such programme, or it has no sample."""


def require_sample(name: str) -> None:
    """Refuse a name that no folder declares, and a programme without a sample; the declaration is not read.

    Args:
        name: Id of the programme, or of a world.

    Raises:
        NothingToPlay: no such programme, or it has no sample.

    Source: docs/topics/play.md, "The answer".
    """
    said = re.compile(rf"^id:\s*[\"']?{re.escape(name)}[\"']?\s*(#.*)?$", re.MULTILINE)
    files = [folder / DECLARED for folder in folders()]
    found = [file.parent for file in files if file.is_file() and said.search(file.read_text("utf-8", "replace"))]
    if not found and _world(name):
        return
    if not found:
        raise NothingToPlay(f"没有事项 {name} · no programme named {name}", "`bihuan programme check` lists them")
    if not any((folder / FILE).exists() for folder in found):
        raise NothingToPlay(f"事项 {name} 没有样例 · programme {name} has no {FILE}", "write one: docs/topics/play.md")


def _world(name: str) -> bool:
    """Whether a world is called so; its file is read by whoever plays it."""
    said = re.compile(rf"^world:\s*[\"']?{re.escape(name)}[\"']?\s*(#.*)?$", re.MULTILINE)
    files = (file for root in worlds_folders() for file in root.glob("*/world.yaml"))
    return any(said.search(file.read_text("utf-8", "replace")) and (file.parent / FILE).exists() for file in files)
