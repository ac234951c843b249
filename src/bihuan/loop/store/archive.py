"""Recorded editions, read back for the cases that still follow them."""

from functools import lru_cache
from pathlib import Path

from bihuan.declare.source import read
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.models import EditionRow
from bihuan.loop.programmes import folder_of


@lru_cache(maxsize=64)
def archived(programme: str, edition: str) -> Programme:
    """Return the declaration of an edition that is no longer the present one.

    Raises:
        KeyError: it was never recorded (`bihuan init` and `serve` record every edition they meet).

    Source: docs/adr/0001 (3); DESIGN §3 (old cases stay explainable)
    """
    row = EditionRow.objects.filter(programme=programme, edition=edition).first()
    if row is not None:
        return Programme.recorded(row.declared)
    kept = _beside(programme, edition)
    if kept is None:
        raise KeyError(f"edition {edition} of programme {programme} is not on record; restore its declaration")
    return Programme.recorded(read(kept))


def _beside(programme: str, edition: str) -> Path | None:
    """The file of an earlier edition that a programme keeps in `editions/`, for cases older than the record itself."""
    try:
        file = folder_of(programme) / "editions" / f"{edition}.yaml"
    except KeyError:
        return None
    return file if file.exists() else None
