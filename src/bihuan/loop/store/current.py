"""The facts in force: registers from the database and every declared rule table, cached by version."""

from datetime import UTC, datetime
from functools import lru_cache

from bihuan.loop import scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.programmes import all_programmes, folder_of
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
    folders = tuple(folder_of(programme) / "tables" for programme in all_programmes())
    stamp = tuple(sorted((str(f), f.stat().st_mtime_ns) for d in folders for f in d.glob("*.yaml")))
    return _book(stamp)


@lru_cache(maxsize=2)
def _book(stamp: tuple[tuple[str, int], ...]) -> RuleBook:
    return RuleBook.from_files(*(path for path, _ in stamp))
