"""Every role in force: those of the house, and those that rooms above add for their programmes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bihuan.registers.pure.roles import Role, catalogue

Source = Callable[[], Mapping[str, Role]]
_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Let a room above say which further roles there are; asked anew each time, so it must be quick.

    Source: docs/adr/0234 (a programme's own role; an id names one role in the house)
    """
    if source not in _sources:
        _sources.append(source)


def all_roles() -> dict[str, Role]:
    """Return every role by id; a role of the house is never replaced by another of its id.

    Source: docs/adr/0234 (a programme's own role; an id names one role in the house)
    """
    found: dict[str, Role] = {}
    for source in _sources:
        found.update(source())
    return found | dict(catalogue())
