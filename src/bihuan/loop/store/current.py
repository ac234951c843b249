"""The facts in force: registers from the database and every declared rule table, cached by version."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from bihuan.loop import scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.programmes import stamps
from bihuan.loop.store.others import StoredCases
from bihuan.registers.live import current_registers
from bihuan.rules.book import RuleBook


def current_facts(now: datetime | None = None) -> LoopFacts:
    """Facts at `now` (default: this moment)."""
    registers = current_registers()
    scope.ensure(registers.district.code)
    return LoopFacts(registers, rule_book(), now or datetime.now(UTC), registers.version, StoredCases())


def rule_book() -> RuleBook:
    """Every rule table of every declared programme."""
    return _book(stamps())


@lru_cache(maxsize=2)
def _book(stamped: tuple[tuple[Path, int], ...]) -> RuleBook:
    return RuleBook.from_files(*(file for folder, _ in stamped for file in sorted((folder / "tables").glob("*.yaml"))))
