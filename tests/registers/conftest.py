"""The model district, and snapshots that outlive no test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture
def haidian(db: None) -> None:
    """The shipped model district, loaded."""
    from tests.shipped import load_shipped

    load_shipped()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """No snapshot of a rolled-back district may outlive its test."""
    from bihuan.registers import live

    live.forget_snapshots()
    yield
    live.forget_snapshots()
