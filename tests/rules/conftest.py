"""Fixture rules for these tests: real mechanisms, unverified numbers, never shipped."""

from pathlib import Path

import pytest
from hypothesis import settings

from bihuan.rules.book import RuleBook

# A busy machine is no failure: examples have no time limit of their own.
settings.register_profile("rules", deadline=None)
settings.load_profile("rules")

TABLES = Path(__file__).parent / "tables"


@pytest.fixture(scope="session")
def book() -> RuleBook:
    """All fixture rules of this folder."""
    return RuleBook.from_folder(TABLES)
