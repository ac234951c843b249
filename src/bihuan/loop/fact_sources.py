"""Which rooms answer questions of a declaration, as far as this process can ask them.

Rooms with tables can be asked once the settings are there (commands and servers set them up first); who only reads a
declaration, as a script or a test of the kernel does, is not stopped by what it does not need.
"""

from __future__ import annotations

from django.apps import apps

from bihuan.extend import FACTS
from bihuan.extend.telling import FactSource


def known_sources() -> dict[str, FactSource] | None:
    """Return the source of each kind; None where no room with tables can be asked.

    Source: DESIGN §14 (`Facts.ask`); docs/adr/0294-about.md.
    """
    return {kind: source for source in FACTS.all() for kind in source.kinds()} if apps.ready else None
