"""The output of a method, and its rejects, as CSV: UTF-8, RFC 4180 with LF, equal answers are equal bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bihuan.methods.declared.model import Values
from bihuan.methods.declared.rejects import Reject
from bihuan.readers import CsvWriter

HEAD = ("file", "row", "field", "rule", "remedy")


def write_columns(path: Path, columns: Mapping[str, Values]) -> None:
    """Write columns as rows under their names; None is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        CsvWriter(stream, list(columns)).write_columns(columns.values())


def write_document(path: Path, text: str) -> None:
    """Write an answer that is a document, in UTF-8."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_rejects(path: Path, rejects: Sequence[Reject]) -> None:
    """Write every reject; further columns of some of them stand behind the common ones."""
    told = [reject.as_dict() for reject in rejects]
    more = sorted({name for each in told for name in each} - set(HEAD))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = CsvWriter(stream, [*HEAD, *more])
        for each in told:
            writer.write(each.get(name, "") for name in (*HEAD, *more))
