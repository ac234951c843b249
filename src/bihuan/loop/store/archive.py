"""Recorded editions, read back for the cases that still follow them."""

from functools import lru_cache

from bihuan.loop.kernel.programme import Programme
from bihuan.loop.models import EditionRow


@lru_cache(maxsize=64)
def archived(programme: str, edition: str) -> Programme:
    """The declaration of an edition that is no longer the present one.

    Raises:
        KeyError: it was never recorded (`bihuan init` and `serve` record every edition they meet).
    """
    row = EditionRow.objects.filter(programme=programme, edition=edition).first()
    if row is None:
        raise KeyError(f"edition {edition} of programme {programme} is not on record; restore its declaration")
    return Programme.recorded(row.declared)
