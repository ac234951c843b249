"""Which addresses only programs call: their errors are problem documents, never pages."""

from __future__ import annotations

from functools import cache

from bihuan.extend import PAGES

API = "/api/"


@cache
def prefixes() -> tuple[str, ...]:
    """Return the beginnings of all addresses that only programs call. Source: docs/adr/0368-wires.md."""
    return (API, *(f"/{page.route.partition('<')[0]}" for page in PAGES.all() if page.programs))


def for_programs(path: str) -> bool:
    """Return whether an address is one that only programs call. Source: RFC 9457; docs/adr/0368-wires.md."""
    return path.startswith(prefixes())
