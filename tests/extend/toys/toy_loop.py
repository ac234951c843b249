"""Endless work of somebody else."""

from __future__ import annotations

from bihuan.extend import Loop

done: list[int] = []


def loops() -> tuple[Loop, ...]:
    """One loop."""
    return (Loop("toys", _wind, 60.0, "上发条", "winding of toys", patience=30),)


def _wind() -> int:
    done.append(1)
    return 0
