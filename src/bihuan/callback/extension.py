"""What the call-back adds to the house."""

from __future__ import annotations

from bihuan.extend import Holds, Kept, PersonalPlace


def kept() -> tuple[Kept, ...]:
    """Samples drawn in public."""
    return (Kept("draws", "draws", "*.json"),)


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    return (PersonalPlace("draws/", Holds.TRACE, "case numbers drawn for a call-back"),)
