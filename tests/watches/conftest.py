"""The toy programme beside the model district."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest

from tests.watches.toys import forget, write_toys


@pytest.fixture
def toys(db: None) -> Iterator[None]:
    """The toy programme with its watches; the model district."""
    from bihuan.registers import live
    from bihuan.server.home import current_home
    from tests.shipped import load_shipped

    load_shipped()
    folder = write_toys(current_home().path)
    yield
    shutil.rmtree(folder, ignore_errors=True)
    forget()
    live.forget_snapshots()
