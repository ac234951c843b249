"""Fixtures of the tests of log lines (tests/server/flows.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Iterator[None]:
    """The log of a test without a database: it has the lines the test names, and no mark."""
    from tests.server.flows import checked

    with checked(request.function.lines):
        yield


@pytest.fixture
def flow(request: pytest.FixtureRequest, db: None, django_capture_on_commit_callbacks: Any) -> Iterator[None]:
    """The same with the model district and its people."""
    from tests.server.flows import checked_in_the_district

    with checked_in_the_district(request.function.lines, django_capture_on_commit_callbacks):
        yield
