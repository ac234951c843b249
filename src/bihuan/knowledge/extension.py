"""What the knowledge base adds to the house."""

from __future__ import annotations

from bihuan.extend import App


def apps() -> tuple[App, ...]:
    """Articles."""
    return (App("bihuan.knowledge", order=70),)
