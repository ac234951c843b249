"""What the numbers add to the house."""

from __future__ import annotations

from bihuan.extend import App


def apps() -> tuple[App, ...]:
    """Closed months."""
    return (App("bihuan.numbers", order=50),)
