"""The first page waits for nothing: what a process needs to answer is loaded before it listens, and no method is."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

METHODS = ("sklearn", "pandas", "scipy", "lightgbm", "pyarrow", "duckdb", "ibis", "sknetwork", "polars")
PROGRAM = f"""
import sys
import bihuan.server.wsgi as wsgi
import bihuan.server.urls
wsgi.warm_up()
print("loaded", *[name for name in {METHODS!r} if name in sys.modules])
from django.urls import get_resolver
before = set(sys.modules)
from django.template import engines
engines["django"].get_template("faces/public/portal.html")
print("later", *sorted(set(sys.modules) - before))
print("warm", wsgi.is_warm())
"""


def test_pages_are_answered_without_any_method_loaded() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "bihuan.server.settings", "BIHUAN_LOG_LEVEL": "CRITICAL"},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["loaded", "later", "warm True"]


def test_health_needs_neither_django_nor_a_counter() -> None:
    from bihuan.server import wsgi

    said: list[str] = []
    for path in wsgi.LIVE:
        body = b"".join(wsgi.application({"PATH_INFO": path}, lambda status, headers: said.append(status)))
        assert body == b'{"ok": true}'
    assert said == ["200 OK", "200 OK"], "an environment without method, host or input would break Django"
