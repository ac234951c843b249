"""File names of the built front end, from Vite's manifest."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static

DIST = Path(__file__).parent.parent / "static" / "faces" / "dist"
MANIFEST = DIST / "manifest.json"


def scripts(entry: str) -> list[str]:
    """URLs of the module script of an entry such as `main`."""
    return [_url(_chunk(entry)["file"])]


def styles(entry: str) -> list[str]:
    """URLs of the style sheets an entry brings along."""
    return [_url(file) for file in _chunk(entry).get("css", [])]


def _chunk(entry: str) -> dict[str, Any]:
    if not MANIFEST.exists():
        raise ImproperlyConfigured(
            f"the front end is not built ({MANIFEST} is missing); run `npm ci && npm run build` in frontend/"
        )
    chunk: dict[str, Any] = _manifest(MANIFEST.stat().st_mtime_ns)[f"src/{entry}.ts"]
    return chunk


@lru_cache(maxsize=2)
def _manifest(_stamp: int) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
    return read


def _url(file: str) -> str:
    # Vite's names carry their own hash; hashing them again would load a module twice under two names.
    return f"{static('faces/').rstrip('/')}/dist/{file}"
