"""The facts in force: registers from the database and every declared rule table, cached by version."""

from datetime import UTC, datetime
from pathlib import Path

from bihuan.loop import programmes, scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.programmes import stamps
from bihuan.loop.store import standing
from bihuan.loop.store.others import StoredCases
from bihuan.registers.live import current_registers
from bihuan.rules.book import Books


def current_facts(now: datetime | None = None) -> LoopFacts:
    """Facts at `now` (default: this moment). Source: DESIGN §3 (facts are a frozen snapshot)."""
    registers = current_registers()
    scope.ensure(registers.district.code)
    return LoopFacts(registers, rule_book(), now or datetime.now(UTC), registers.version, StoredCases())


def rule_book() -> Books:
    """Return the rule tables of each programme in use; what was edited in place is set aside first.

    Source: DESIGN §3 (facts are a frozen snapshot)
    """
    if stamps() not in _looked:
        _looked.clear()
        standing.set_edited_aside()
        _looked.add(stamps())
    return programmes.rule_book()


_looked: set[tuple[tuple[Path, int], ...]] = set()
