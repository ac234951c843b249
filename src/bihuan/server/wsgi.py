"""The WSGI application served by Granian, warm: what the first page needs is loaded before anybody may ask for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bihuan.server.settings")
Start = Callable[..., Any]
LIVE = ("/healthz", "/health/live")

_django = get_wsgi_application()
_warm = False


def application(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """Django behind the one answer that needs nothing: whether this process lives, also on a full disk.

    Source: PEP 3333 (WSGI); docs/topics/operations.md, "Watching" (`/health/live`)
    """
    if environ.get("PATH_INFO") in LIVE:
        start_response("200 OK", [("Content-Type", "application/json"), ("Cache-Control", "no-store")])
        return [b'{"ok": true}']
    answer: Iterable[bytes] = _django(environ, start_response)
    return answer


def is_warm() -> bool:
    """Return whether `warm_up` has run in this process or in the one it was forked from.

    Source: docs/adr/0236 (rooms say what is loaded before the first request)
    """
    return _warm


def warm_up() -> None:
    """Load the URL table, every template and what pages share; a part that cannot be loaded now is loaded when asked.

    Without it each process's first visitor waited 3 to 23 seconds.

    Source: docs/adr/0236 (rooms say what is loaded before the first request)
    """
    global _warm
    from django.conf import settings
    from django.template import TemplateDoesNotExist, engines
    from django.urls import get_resolver
    from django.utils.translation import override

    from bihuan.extend import WARM
    from bihuan.server.log_lines import log

    for code, _name in settings.LANGUAGES:
        with override(code):
            _ = get_resolver().reverse_dict
    for name in _templates():
        try:
            engines["django"].get_template(name)
        except TemplateDoesNotExist:  # it extends one of a part that is not installed; nobody will ask for it
            continue
    for part in WARM.all():
        try:
            part.load()
        except Exception as error:  # noqa: BLE001  # no district yet, or no database at this moment: pages will say so themselves
            log("not_warm", part=part.name, error=type(error).__name__)
    _warm = True


def _templates() -> list[str]:
    """Names of our own pages' templates: those that lie in the package of an app that a room has added."""
    from django.apps import apps

    from bihuan.extend import APPS

    folders = [Path(apps.get_app_config(app.label).path) / "templates" for app in apps.get_app_configs() if app.name in
               {each.name for each in APPS.all()}]  # fmt: skip
    return sorted(str(path.relative_to(folder)) for folder in folders for path in folder.rglob("*.html"))
