"""Units that a historical file names and the registers do not know.

A mapping with `register_units: true` enters them as departments of the district, unverified and without duties, so that
history keeps its duty-bearers. Through the registers' own door, with its own checks.
"""

from collections.abc import Iterable

from bihuan.intake.mapping import Mapping
from bihuan.intake.reports import ImportedRecord
from bihuan.loop.facts import LoopFacts
from bihuan.loop.store import current_facts
from bihuan.readers.faults import file_error
from bihuan.registers.loading import load_rows
from bihuan.registers.pure.files import TableLine

COLUMNS = ("code", "name_zh", "name_en", "kind", "parent", "verified")


def unknown_units(records: Iterable[ImportedRecord], facts: LoopFacts) -> set[str]:
    """Codes of units in the records that the registers do not know.

    Source: docs/topics/import.md, "History replays its own timeline".
    """
    codes = {r.history.unit for r in records if r.history and r.history.unit}
    return {code for code in codes if code not in facts.registers.organisations}


def enter_units(codes: Iterable[str], mapping: Mapping, facts: LoopFacts) -> LoopFacts:
    """Enter units and return facts that know them.

    Raises:
        FileError: the registers refuse them.

    Source: docs/topics/import.md, "History replays its own timeline" (`register_units`).
    """
    words = {code: word for word, code in mapping.values.get("unit", {}).items() if code}
    graph = facts.registers.organisations.at(facts.now.date())
    top = graph.fallback()
    rows = [_row(mapping.id, code, words.get(code, code), top.code if top else "") for code in sorted(codes)]
    outcome = load_rows("organisations", rows, facts.registers.district.code)
    if outcome.rejects:
        raise file_error(mapping.id, "mapping", field="values.unit", detail=str(outcome.rejects[0]))
    return current_facts()


def _row(mapping: str, code: str, name: str, parent: str) -> TableLine:
    cells = (code, name, name, "department", parent, "false")
    return TableLine(f"{mapping} values.unit {code}", dict(zip(COLUMNS, cells, strict=True)))
