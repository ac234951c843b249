"""The output of a method, and its rejects, as CSV: UTF-8, RFC 4180 with LF, equal answers are equal bytes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from bihuan.methods.declared.model import Values
from bihuan.methods.declared.rejects import Reject

HEAD = ("file", "row", "field", "rule", "remedy")


def write_columns(path: Path, columns: Mapping[str, Values]) -> None:
    """Write columns as rows under their names; None is an empty cell."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))


def write_document(path: Path, text: str) -> None:
    """Write an answer that is a document, in UTF-8."""
    path.write_text(text, encoding="utf-8", newline="\n")


def write_rejects(path: Path, rejects: Sequence[Reject]) -> None:
    """Write every reject; further columns of some of them stand behind the common ones."""
    told = [reject.as_dict() for reject in rejects]
    more = sorted({name for each in told for name in each} - set(HEAD))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [*HEAD, *more], lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(told)
