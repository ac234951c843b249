"""Rule tables that methods use and no programme owns: `methods/tables/`, read once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bihuan.rules.book import RuleBook

FOLDER = Path(__file__).resolve().parent.parent / "tables"


@cache
def method_rules() -> RuleBook:
    """Every edition of every table in `methods/tables/`. Source: docs/topics/rules.md, "A rule table"."""
    return RuleBook.from_folder(FOLDER)
