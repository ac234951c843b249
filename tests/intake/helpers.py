"""Small tools of the intake tests: make a mapping in one line, read a file by it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bihuan.intake.mapping import Mapping
from bihuan.intake.records import Converter
from bihuan.intake.reports import ImportedRecord
from bihuan.readers import Limits, open_tables
from bihuan.readers.faults import RowFault

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
