"""The API in a loaded district."""

from __future__ import annotations

import pytest


@pytest.fixture
def district(db: None) -> str:
    """The model district, loaded; every cache of registers and tokens is fresh."""
    from bihuan.faces.api import access
    from bihuan.ledger import keyring
    from bihuan.registers import live
    from tests.shipped import load_shipped

    live.forget_snapshots()
    access.forget_tokens()
    keyring.forget_cached_keys()  # an earlier test's key went with its rows
    load_shipped()
    return "110108"
