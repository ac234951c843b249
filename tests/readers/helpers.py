"""Small tools: write a small file, read one to its end."""

from pathlib import Path
from typing import Any

from bihuan.readers import RowFault, open_tables


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


def write(path: Path, content: str | bytes) -> Path:
    """Write a small file."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
