"""The model district behind a live server, and Debian's Chromium in front of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bihuan.faces.parts.assets import MANIFEST
from tests.faces.browser import Visitor

BACKEND = "django.contrib.auth.backends.ModelBackend"
ROOT = Path(__file__).parents[2]
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"


def load() -> None:
    """The shipped model district with its demonstration log-ins and its knowledge base."""
    from bihuan.knowledge.load import load_folder
    from bihuan.loop import scope
    from bihuan.loop.programmes import folder_of
    from tests.shipped import load_shipped

    load_shipped(users=True)
    load_folder(folder_of("hotline") / "knowledge", district="110108", on=date(2026, 1, 1))
    scope.ensure("110108")


def forget() -> None:
    """No snapshot of a rolled-back district may outlive its test."""
    from bihuan.registers import live

    live.forget_snapshots()


@pytest.fixture
def district(transactional_db: None) -> Iterator[None]:
    """The model district, committed, for a live server."""
    load()
    yield
    forget()


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The model district, loaded once for a module in a transaction that is rolled back in the end."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        load()
        yield
        transaction.set_rollback(True)
    forget()


@pytest.fixture(scope="session")
def built() -> None:
    """The built front end; pages cannot be drawn without it."""
    if not MANIFEST.exists():
        pytest.skip("the front end is not built; run `npm ci && npm run build` in frontend/")


_PLAYING: list[Any] = []


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """A headless Chromium with a fresh profile; closed with this package, since its event loop stays in the thread."""
    sync_api = pytest.importorskip("playwright.sync_api")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium; apt-get install chromium fonts-wqy-microhei")
    # Playwright's synchronous API keeps an event loop in this thread, which Django would otherwise take for async code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # One of it for every package that has a browser at this moment: a second one in the thread is refused.
    playwright = _PLAYING[0] if _PLAYING else sync_api.sync_playwright().start()
    _PLAYING.append(playwright)
    browser = playwright.chromium.launch(
        executable_path=found, args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    )
    yield browser
    browser.close()
    _PLAYING.pop()
    if not _PLAYING:
        playwright.stop()
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def as_(district: None, built: None) -> Callable[[str | None], Client]:
    """A client signed in as a demonstration user, or nobody."""

    from bihuan.registers.models import User

    def sign_in(username: str | None) -> Client:
        client = Client()
        if username:
            client.force_login(User.objects.get(username=username), backend=BACKEND)
        return client

    return sign_in


@pytest.fixture
def visitor(chromium: Any, built: None, district: None, live_server: Any) -> Iterator[Any]:
    """`visitor(user=None, language="zh", width=1440)`: somebody at the live server, signed in when named."""
    contexts: list[Any] = []

    def come(user: str | None = None, language: str = "zh", width: int = 1440) -> Visitor:
        context = chromium.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        code = "en" if language == "en" else "zh-hans"
        context.add_cookies([{"name": "django_language", "value": code, "url": live_server.url}])
        person = Visitor(context.new_page(), live_server.url)
        if user:
            person.sign_in(user)
        return person

    yield come
    for context in contexts:
        context.close()
