"""The WSGI application served by Granian, warm: what the first page needs is loaded before anybody may ask for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.server.settings")
Start = Callable[..., Any]
LIVE = ("/healthz", "/health/live")
WARM = ("bihuan.loop.store:current_facts",)
"""What rooms above keep in the process for every page; named, never imported here."""

_django = get_wsgi_application()
_warm = False


def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """Django behind the one answer that needs nothing: whether this process lives, also on a full disk."""
    if environ.get("PATH_INFO") in LIVE:
        start_response("200 OK", [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        return [b'{"ok": true}']
    answer: Iterable[bytes] = _django(environ, start_response)
    return answer


def is_warm() -> bool:
    """Whether `warm` has run in this process or in the one it was forked from."""
    return _warm


def warm() -> None:
    """Load the URL table, every template and what pages share; a part that cannot be loaded now is loaded when asked.

    Without it each process's first visitor waited 3 to 23 seconds.
    """
    global _warm
    import structlog
    from django.conf import settings
    from django.template import TemplateDoesNotExist, engines
    from django.urls import get_resolver
    from django.utils.translation import override

    for code, _name in settings.LANGUAGES:
        with override(code):
            _ = get_resolver().reverse_dict
    for name in _templates():
        try:
            engines["django"].get_template(name)
        except TemplateDoesNotExist:  # it extends one of a part that is not installed; nobody will ask for it
            continue
    for target in WARM:
        module, _, function = target.partition(":")
        try:
            getattr(import_module(module), function)()
        except Exception as error:  # noqa: BLE001  # no district yet, or no database at this moment: pages will say so themselves
            structlog.get_logger(__name__).warning("not warm", part=target, error=type(error).__name__)
    _warm = True


def _templates() -> list[str]:
    """Names of our own pages' templates."""
    from importlib.util import find_spec
    from pathlib import Path

    found = find_spec("bihuan.faces")
    if found is None or found.origin is None:
        return []
    folder = Path(found.origin).parent / "templates"
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.html"))
