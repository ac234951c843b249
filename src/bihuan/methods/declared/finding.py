"""Methods by name: everything that stands at the extension point `methods`."""

from __future__ import annotations

from bihuan.extend import METHODS
from bihuan.faults import Fault
from bihuan.methods.declared.model import Method


class UnknownMethodError(Fault, KeyError):
    """There is no method of that name."""

    def __str__(self) -> str:
        return str(self.args[0])


def method_named(name: str) -> Method:
    """The method called `name`.

    Raises:
        UnknownMethodError: there is none.

    Source: docs/adr/0265 (modules of the folder are found by looking)
    """
    found = next((each for each in METHODS.all() if each.name == name), None)
    if found is None:
        raise UnknownMethodError(f"没有算法“{name}” · there is no such method {name!r}", "`bihuan calc --list`")
    method: Method = found.declared()
    return method


def all_methods() -> list[Method]:
    """Every method, by name. Source: docs/adr/0265 (modules of the folder are found by looking)."""
    return [each.declared() for each in sorted(METHODS.all(), key=lambda each: each.name)]
