"""The catalogue of field types: every module of this package is one type, and finding it needs no list.

A type of another package joins by a folder appended to this package's `__path__`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from bihuan.declare.fieldtype import FieldType

_known: dict[tuple[str, ...], Mapping[str, FieldType]] = {}


def field_types() -> Mapping[str, FieldType]:
    """Return every type by name, in alphabetical order.

    Raises:
        TypeError: two modules declare one name.

    Source: docs/adr/0231 (the catalogue is the folder; a name twice is an error)
    """
    places = tuple(__path__)
    if places not in _known:
        _known[places] = _found()
    return _known[places]


def field_type(name: str) -> FieldType:
    """Return a type by name; raises KeyError naming the known ones.

    Source: docs/adr/0231 (the catalogue is the folder; a name twice is an error)
    """
    known = field_types()
    if name not in known:
        raise KeyError(f"no field type {name!r}; known: {', '.join(known)}")
    return known[name]


def _found() -> Mapping[str, FieldType]:
    found: dict[str, FieldType] = {}
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda each: each.name):
        type_: FieldType = importlib.import_module(f"{__name__}.{module.name}").TYPE
        if type_.name in found:
            raise TypeError(f"two field types are called {type_.name!r}; rename the one in {module.name}.py")
        found[type_.name] = type_
    return dict(sorted(found.items()))
