"""Collect styles and scripts into the data folder, and again when what was built has changed since."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bihuan.server.home import Home


def collect_static(home: Home) -> int:
    """Copy static files, hashed and compressed, into the home; unchanged ones are kept. Django must have started.

    Args:
        home: Its `static` receives the files, its `run` the stamp of what was collected.

    Returns:
        How many files the folder holds.

    Source: Django, `collectstatic`; docs/topics/operations.md, "The data folder".
    """
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    stamp_file(home).write_text(stamp_sources(), encoding="ascii")
    return sum(1 for path in home.static.rglob("*") if path.is_file())


def renew_static(home: Home) -> bool:
    """Collect again when a source has changed since it was collected: names of yesterday's build lead nowhere.

    A home into which nothing was ever collected serves the sources themselves and is left alone.

    Source: docs/topics/operations.md, "The data folder".
    """
    if not (home.static / "staticfiles.json").exists():
        return False
    stamp = stamp_file(home)
    if stamp.exists() and stamp.read_text(encoding="ascii") == stamp_sources():
        return False
    collect_static(home)
    return True


def stamp_file(home: Home) -> Path:
    """Return where the stamp of the collected files stands. Source: docs/topics/operations.md, "The data folder"."""
    return home.run / "static.stamp"


def stamp_sources() -> str:
    """Return a digest of every static file's name, size and time: hexadecimal, the same until one is built anew."""
    from django.contrib.staticfiles.finders import get_finders

    found = sorted((name, storage.path(name)) for finder in get_finders() for name, storage in finder.list(None))
    digest = hashlib.sha256()
    for name, path in found:
        known = Path(path).stat()
        digest.update(f"{name}\0{known.st_size}\0{known.st_mtime_ns}\n".encode())
    return digest.hexdigest()
