"""Small tools of the intake tests: read a file to its end, make a mapping in one line."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bihuan.intake.faults import RowFault
from bihuan.intake.mapping import Mapping
from bihuan.intake.readers import Limits, open_tables
from bihuan.intake.records import Converter
from bihuan.intake.reports import ImportedRecord

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def mapping(**more: Any) -> Mapping:
    """A mapping with id, opened, title; more by keyword."""
    base: dict[str, Any] = {
        "id": "test",
        "name": {"zh": "测试", "en": "Test"},
        "source": "test",
        "columns": {"id": "id", "opened": "opened", "title": "title"},
        "required": ["id", "opened", "title"],
    }
    return Mapping.model_validate({**base, **more})


def rows(path: Path, **options: Any) -> tuple[list[dict[str, Any]], list[RowFault], list[RowFault]]:
    """All rows of all tables of a file, the faults of rows, and the damage of the file."""
    out: list[dict[str, Any]] = []
    faults: list[RowFault] = []
    damage: list[RowFault] = []
    for table in open_tables(path, **options):
        for batch in table.batches():
            faults += batch.faults
            for i, line in enumerate(batch.lines):
                out.append({"_line": line, **{name: cells[i] for name, cells in batch.columns.items()}})
        damage += table.damage
    return out, faults, damage


def records(path: Path, by: Mapping, batch: int = 2000) -> tuple[list[ImportedRecord], list[RowFault]]:
    """All records and faults of a file under a mapping."""
    out: list[ImportedRecord] = []
    faults: list[RowFault] = []
    for table in open_tables(path, by.wanted, limits=Limits(batch=batch), formulas=by.formulas):
        converter = Converter(by, by.match(table.name, table.columns), "hotline", "request", NOW)
        for part in table.batches():
            good, bad = converter.records(part)
            out += good
            faults += bad
    return out, faults


def write(path: Path, content: str | bytes) -> Path:
    """Write a small file."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
