"""Batches of columns become records: reports with their history, by a mapping.

Works column by column; a row that cannot be used yields one fault and leaves the others alone.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from bihuan.declare.types.place import MICRO
from bihuan.intake.mapping import CODED, TIMES, Mapping, Target
from bihuan.intake.reports import History, ImportedRecord, NewReport, Reporter
from bihuan.intake.values import (
    AHEAD,
    BadRows,
    identifier_of,
    read_codes,
    read_moments,
    read_positions,
    read_texts,
    text_of,
)
from bihuan.readers.faults import RowFault
from bihuan.readers.table import Batch

WORDS: tuple[Target, ...] = ("id", "title", "text", "address", "name", "phone", "email", "outcome", "result", "number")
REPORTED = ("opened", "title", "text", "category", "area", "urgency", "channel", "address", "number", "name", "phone")
AFTERWARDS = ("dispatched", "due", "closed", "status", "unit", "outcome", "result")
FAR = datetime(2100, 1, 1, tzinfo=UTC)


@dataclass
class Converter:
    """Turns batches of one table into records.

    Args:
        mapping: What the columns mean.
        found: Target → the table's own column name, from `Mapping.match`.
        programme, kind: Where the reports go.
        now: No report is later than this (with a day's tolerance).
        prefix: Start of idempotency keys.
    """

    mapping: Mapping
    found: dict[str, str]
    programme: str
    kind: str
    now: datetime
    prefix: str = ""
    _outcomes: list[tuple[Callable[[str], Any], str]] = field(init=False)
    _duplicate: Callable[[str], re.Match[str] | None] | None = field(init=False, default=None)
    _placeholders: frozenset[tuple[int, int]] = field(init=False)

    def __post_init__(self) -> None:
        mapping = self.mapping
        self.prefix = self.prefix or f"import:{mapping.source}:"
        self._outcomes = [(re.compile(r.pattern, re.IGNORECASE).search, r.outcome) for r in mapping.outcomes]
        if mapping.duplicates and "duplicates" in self.found:
            self._duplicate = re.compile(mapping.duplicates.pattern, re.IGNORECASE).search
        self._placeholders = frozenset(
            (round(float(lon) * MICRO), round(float(lat) * MICRO)) for lon, lat in mapping.placeholders
        )
        self._earliest = datetime.fromisoformat(mapping.earliest).replace(tzinfo=UTC)

    def records(self, batch: Batch) -> tuple[list[ImportedRecord], list[RowFault]]:
        """Return the records of a batch and the faults of its rows (the reader's own included), in file order.

        Source: docs/topics/import.md, "Import a file" (wrong rows are rejected with their reason)
        """
        bad = BadRows(batch.lines)
        columns = self._columns(batch, bad)
        columns["place"] = self._places(batch, bad)
        columns["fields"] = self._fields(batch, bad)
        columns["duplicate"] = self._duplicates(batch)
        self._required(columns, bad)
        out = []
        for row in range(len(batch.lines)):
            if row in bad.faults:
                continue
            record = self._record(row, batch.lines[row], columns, bad)
            if record is not None:
                out.append(record)
        faults = sorted([*batch.faults, *bad.faults.values()], key=lambda f: f.line)
        return out, faults

    # -- columns -----------------------------------------------------------------------------------

    def _columns(self, batch: Batch, bad: BadRows) -> dict[str, list[Any]]:
        mapping, size = self.mapping, len(batch.lines)
        out: dict[str, list[Any]] = {}
        for target in (*WORDS, *CODED, *TIMES):
            column = self.found.get(target)
            if column is None:
                constant = mapping.constants.get(target)
                out[target] = [constant if constant is not None else ("" if target in WORDS else None)] * size
                continue
            cells = batch.columns[column]
            if target in TIMES:
                latest = FAR if target == "due" else self.now + AHEAD
                span = (self._earliest, latest)
                out[target] = read_moments(cells, column, mapping.form(target), mapping.exact_zone, span, bad)
            elif target in CODED:
                out[target] = read_codes(cells, column, mapping.values.get(target), bad)
            else:
                limit = mapping.text_limit if target in ("text", "result", "outcome") else 1000
                read = identifier_of if target in ("id", "number") else text_of
                out[target] = read_texts(cells, column, limit, bad, read)
        return out

    def _places(self, batch: Batch, bad: BadRows) -> list[tuple[int, int] | None]:
        lon, lat = self.found.get("longitude"), self.found.get("latitude")
        if lon is None or lat is None:
            return [None] * len(batch.lines)
        return read_positions(batch.columns[lon], batch.columns[lat], (lon, lat), self._placeholders, bad)

    def _fields(self, batch: Batch, bad: BadRows) -> list[dict[str, str]]:
        names = [(key[7:], column) for key, column in self.found.items() if key.startswith("fields:")]
        if not names:
            return [{}] * len(batch.lines)
        columns = [read_texts(batch.columns[column], column, self.mapping.text_limit, bad) for _, column in names]
        keys = [name for name, _ in names]
        return [{k: v for k, v in zip(keys, row, strict=True) if v} for row in zip(*columns, strict=True)]

    def _duplicates(self, batch: Batch) -> list[str | None]:
        if self._duplicate is None:
            return [None] * len(batch.lines)
        out: list[str | None] = []
        for cell in batch.columns[self.found["duplicates"]]:
            match = self._duplicate(cell) if isinstance(cell, str) and cell else None
            out.append(identifier_of(match[1]) if match else None)
        return out

    def _required(self, columns: dict[str, list[Any]], bad: BadRows) -> None:
        for target in self.mapping.required:
            if target in columns:
                for row, value in enumerate(columns[target]):
                    if value is None or value == "":
                        bad.add(row, "missing", self.found[target], target=target)
        for row, (title, text) in enumerate(zip(columns["title"], columns["text"], strict=True)):
            if not title and not text:
                bad.add(row, "missing", self.found.get("title") or self.found.get("text", ""), target="title")

    # -- rows --------------------------------------------------------------------------------------

    def _record(self, row: int, line: int, columns: dict[str, list[Any]], bad: BadRows) -> ImportedRecord | None:
        get = {name: values[row] for name, values in columns.items()}
        if get["status"] == "open":  # a date in the closing column is then the last update
            get["closed"] = None
        opened, closed, warnings = get["opened"], get["closed"], []
        if closed is not None and closed < opened:
            bad.add(row, "before_opened", self.found.get("closed", ""), closed.isoformat(), opened=opened.isoformat())
            return None
        if get["status"] == "closed" and closed is None:
            bad.add(row, "missing", self.found.get("closed", self.found.get("status", "")), target="closed")
            return None
        if get["due"] is not None and get["due"] <= opened:
            warnings.append("due_before_opened")
            get["due"] = None
        reported = _digest([get[k] for k in REPORTED] + [get["place"], *get["fields"].values()])
        afterwards = _digest([get[k] for k in AFTERWARDS] + [get["duplicate"]])
        known = get["id"] or f"content-{reported.hex()}"
        report = self._report(known, get)
        history = self._history(get) if self.mapping.history else None
        return ImportedRecord(line, known, reported + afterwards, report, history, tuple(warnings))

    def _report(self, known: str, get: dict[str, Any]) -> NewReport:
        reporter = None
        if get["name"] or get["phone"] or get["email"]:
            reporter = Reporter(name=get["name"], phone=get["phone"], email=get["email"])
        return NewReport(
            key=self.prefix + known,
            programme=self.programme,
            kind=self.kind,
            channel=get["channel"] or "file",
            at=get["opened"],
            title=get["title"] or get["text"][:60],
            text=get["text"],
            category=get["category"],
            area=get["area"],
            urgency=get["urgency"],
            place=get["place"],
            address=get["address"],
            reporter=reporter,
            external_number=get["number"] or get["id"] or None,
            due={self.mapping.clock: get["due"]} if get["due"] is not None else None,
            fields=get["fields"],
        )

    def _history(self, get: dict[str, Any]) -> History:
        outcome = "closed"
        if get["closed"] is not None and get["outcome"]:
            outcome = next((o for search, o in self._outcomes if search(get["outcome"])), "closed")
        return History(
            source=self.mapping.source,
            unit=get["unit"],
            dispatched_at=get["dispatched"],
            closed_at=get["closed"],
            outcome=outcome,
            result=get["result"],
            duplicate_of=get["duplicate"],
        )


def _digest(values: list[Any]) -> bytes:
    """Eight bytes over the values; equal content gives equal bytes for ever."""
    return blake2b("\x1f".join(["" if v is None else str(v) for v in values]).encode(), digest_size=8).digest()
