"""Fixture rules for these tests: real mechanisms, unverified numbers, never shipped."""

from pathlib import Path

import pytest

from bihuan.rules.book import RuleBook

TABLES = Path(__file__).parent / "tables"


@pytest.fixture(scope="session")
def book() -> RuleBook:
    """All fixture rules of this folder."""
    return RuleBook.from_folder(TABLES)
