"""Every role in force: those of the house, and those that rooms above add for their programmes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bihuan.registers.pure.roles import Role, catalogue

Source = Callable[[], Mapping[str, Role]]
_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Let a room above say which further roles there are; asked anew each time, so it must be quick."""
    if source not in _sources:
        _sources.append(source)


def all_roles() -> dict[str, Role]:
    """Return every role by id; a role of the house is never replaced by another of its id."""
    found: dict[str, Role] = {}
    for source in _sources:
        found.update(source())
    return found | dict(catalogue())
