"""The closed catalogue of rules: one file each. A file's `KIND` is found by itself; nothing else names it."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from bihuan.watches.model import WatchKind


@cache
def kinds() -> dict[str, WatchKind]:
    """Return every kind of rule by name.

    Source: docs/adr/0282-watches.md (2, one file each).
    """
    modules = sorted(each.name for each in pkgutil.iter_modules(__path__))
    found = [importlib.import_module(f"{__name__}.{name}").KIND for name in modules]
    return {kind.name: kind for kind in found}
