"""Reconciliation with the city above: where its list and figures differ from ours, line by line, never overwritten.

The city's file holds lines of kind `order` (`number`, and any of `state`, `unit`, `due`, `result`, `closed_at`) and of
kind `figure` (`period`, `indicator`, optional `area` or `unit`, `numerator`, `denominator`). Only what it states is
compared. Which side is right is for people to find out.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from bihuan.loop.kernel.clocks import iso
from bihuan.loop.kernel.states import OPEN_STATES
from bihuan.loop.models import CaseRow, ClockRow, ReportRow
from bihuan.loop.store import current_facts
from bihuan.loop.store.read import case_of
from bihuan.numbers.periods import Month, PeriodError
from bihuan.numbers.report import Report, month_report
from bihuan.readers.faults import FileError, RowFault, file_error
from bihuan.readers.jsonlines import open_jsonlines
from bihuan.readers.source import open_parts
from bihuan.readers.table import Limits

CHUNK = 500


@dataclass(frozen=True)
class CityDifference:
    """One disagreement. `what` is missing_here, missing_there, state, unit, due, result, closed_at or figure."""

    what: str
    number: str
    ours: str
    theirs: str
    our_number: str = ""


@dataclass
class ImportReconciliation:
    """What was compared and where it differs."""

    source: str
    orders: int = 0
    figures: int = 0
    agreeing: int = 0
    differences: list[CityDifference] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON object of `bihuan reconcile --json`. Source: docs/topics/import.md, "The city above"."""
        kinds: dict[str, int] = {}
        for each in self.differences:
            kinds[each.what] = kinds.get(each.what, 0) + 1
        return {
            "source": self.source,
            "orders": self.orders,
            "figures": self.figures,
            "agreeing": self.agreeing,
            "differing": len(self.differences),
            "by_kind": kinds,
            "differences": [asdict(each) for each in self.differences[:1000]],
            "rejected": self.rejected[:100],
        }

    def text(self) -> str:
        """For people. Source: docs/topics/import.md, "The city above"."""
        head = f"{self.orders} orders and {self.figures} figures compared: {self.agreeing} agree"
        lines = [f"{d.what:14} {d.number}  ours: {d.ours or '–'}  theirs: {d.theirs or '–'}" for d in self.differences]
        return "\n".join([head, *lines[:50], *self.rejected[:20]])


def compare_with_city(path: Path, source: str = "city") -> ImportReconciliation:
    """Compare the city's file with our cases and figures.

    Args:
        path: JSON lines, plain, .gz or .zip.
        source: The city's source name, as in the mapping its orders came by.

    Raises:
        FileError: the file cannot be read.

    Source: docs/topics/import.md, "The city above"; docs/reference/import-format.md.
    """
    result = ImportReconciliation(source)
    facts = current_facts()
    codes = {span.id: span.code for span in facts.registers.organisations}
    named: set[str] = set()
    chunk: list[dict[str, Any]] = []
    months: dict[str, Report] = {}
    for line, row in _rows(path, result):
        if row.get("kind") == "figure":
            _figure(line, row, months, result, path.name)
        elif row.get("kind", "order") == "order" and row.get("number"):
            named.add(str(row["number"]))
            chunk.append(row)
            if len(chunk) == CHUNK:
                _orders(chunk, codes, result)
                chunk = []
        else:
            fault = RowFault("missing", line, "number", params={"target": "number"})
            result.rejected.append(fault.sentence(path.name))
    _orders(chunk, codes, result)
    if named:
        ours = ReportRow.objects.filter(external_source=source).values_list("external_number", flat=True)
        for number in sorted({n for n in ours.iterator() if n} - named):
            result.differences.append(CityDifference("missing_there", number, "known", ""))
    return result


def write_differences(result: ImportReconciliation, out: Path) -> None:
    """Write every difference as JSON lines. Source: docs/topics/import.md, "The city above"."""
    with out.open("w", encoding="utf-8") as stream:
        for each in result.differences:
            stream.write(json.dumps(asdict(each), ensure_ascii=False) + "\n")


def _rows(path: Path, result: ImportReconciliation) -> Iterator[tuple[int, dict[str, Any]]]:
    limits = Limits()
    for part in open_parts(path, limits):
        table = open_jsonlines(part, limits, None)
        for batch in table.batches():
            result.rejected += [fault.sentence(table.name) for fault in batch.faults]
            for i, line in enumerate(batch.lines):
                yield line, {name: cells[i] for name, cells in batch.columns.items() if cells[i] is not None}
        if table.damage:
            raise FileError(table.name, table.damage[0])


def _orders(rows: Iterable[dict[str, Any]], codes: dict[str, str], result: ImportReconciliation) -> None:
    wanted = {str(row["number"]): row for row in rows}
    if not wanted:
        return
    reports = dict(
        ReportRow.objects.filter(external_source=result.source, external_number__in=list(wanted)).values_list(
            "external_number", "case_id"
        )
    )
    cases = {row.id: row for row in CaseRow.objects.filter(id__in=list(reports.values()))}
    clocks = {
        row.case_id: row.due for row in ClockRow.objects.filter(case_id__in=list(cases), name="feedback")
    }  # the clock that the city sets (see the preset `city-order`)
    for number, row in wanted.items():
        result.orders += 1
        case = cases.get(reports.get(number))  # type: ignore[arg-type]  # None finds nothing
        if case is None:
            result.differences.append(CityDifference("missing_here", number, "", str(row.get("state", "known"))))
            continue
        found = list(_case(number, row, case, clocks.get(case.id), codes))
        result.differences += found
        result.agreeing += not found


def _case(
    number: str, row: dict[str, Any], case: CaseRow, due: datetime | None, codes: dict[str, str]
) -> Iterator[CityDifference]:
    verification = case_of(case.fold).verification
    lead = codes.get(case.lead, case.lead) if case.lead else ""
    ours = {
        "state": "open" if case.state in OPEN_STATES else "closed",
        "unit": lead,
        "result": verification.result or "" if verification else "",
    }
    for name, value in ours.items():
        if name in row and str(row[name]) != value:
            yield CityDifference(name, number, str(value), str(row[name]), case.number)
    for name, at in (("due", due), ("closed_at", case.ended_at)):
        if name in row and not _same(at, str(row[name])):
            yield CityDifference(name, number, iso(at) if at else "", str(row[name]), case.number)


def _same(ours: datetime | None, theirs: str) -> bool:
    """Equal to the second: other systems keep no finer time."""
    try:
        told = datetime.fromisoformat(theirs)
    except ValueError:
        return False
    return ours is not None and told.tzinfo is not None and abs((ours - told).total_seconds()) < 1


def _figure(line: int, row: dict[str, Any], months: dict[str, Report], result: ImportReconciliation, file: str) -> None:
    try:
        period = str(row["period"])
        report = months.get(period) or months.setdefault(period, month_report(Month.parse(period)))
        dimension = "area" if row.get("area") else "unit" if row.get("unit") else "district"
        found = report.numbers(str(row["indicator"]), dimension)  # type: ignore[arg-type]  # one of its three words
        key = str(row.get("area") or row.get("unit") or "*")
        number = found.get(key)
    except (KeyError, PeriodError) as error:
        raise file_error(file, "mapping", line=line, detail=f"figure: {error}") from error
    result.figures += 1
    ours = "" if number is None else f"{getattr(number, 'numerator', '')}/{getattr(number, 'denominator', '')}"
    theirs = f"{row.get('numerator', '')}/{row.get('denominator', '')}"
    name = f"{period} {row['indicator']} {key}"
    if ours != theirs:
        result.differences.append(CityDifference("figure", name, ours, theirs))
    else:
        result.agreeing += 1
