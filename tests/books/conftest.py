"""The toy books, declared; and a transaction that works for the district with the application's rights."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.books.declared import working, write_books


@pytest.fixture
def books() -> Iterator[None]:
    """Two declared books."""
    from bihuan.books import catalogue
    from bihuan.server.home import current_home

    write_books(current_home().path)
    yield
    shutil.rmtree(current_home().path / "programmes" / "toy", ignore_errors=True)
    catalogue.forget_books()


@pytest.fixture
def desk(books: None, app_role: None) -> Iterator[None]:
    """Work for the district as the application."""
    with working():
        yield
