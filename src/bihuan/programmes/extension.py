"""What the programmes add to the house: themselves."""

from __future__ import annotations

from pathlib import Path

from bihuan.extend import Declarations


def declarations() -> tuple[Declarations, ...]:
    """The folders beside this file."""
    return (Declarations(Path(__file__).resolve().parent),)
