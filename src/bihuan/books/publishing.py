"""An account as open data: a Fiscal Data Package, one CSV with what the columns are, summed up by a register's fields.

Source: Fiscal Data Package 1.0 (Frictionless Data; Open Knowledge), columnType taxonomy.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from bihuan.books.balances import balances
from bihuan.books.declaration import BookDeclaration
from bihuan.books.pure.amounts import write_amount
from bihuan.faults import Fault
from bihuan.readers import CsvWriter, replace_file
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker

PROFILE, DATA = "fiscal-data-package", "data.csv"
ANYBODY = Looker("system:publish", frozenset())


class NotPublished(Fault):
    """Something that the book does not publish."""

    remedy = "see `publishes:` in the book's file"


def write_package(book: BookDeclaration, name: str, at: date, folder: Path, district: str) -> dict[str, Any]:
    """Write what an account held at the end of a day as `datapackage.json` and `data.csv`.

    Args:
        book: Declares the publication `name`. at: The day. folder: Is made. district: Whose register is asked.

    Returns:
        `rows`, `total` (which is the account's own total), `unit`, `unknown`: subjects that no register knows.

    Raises:
        NotPublished: the book has no such publication.

    Source: Fiscal Data Package 1.0; docs/topics/books.md, "Open data".
    """
    declared = book.publishes.get(name)
    if declared is None:
        known = ", ".join(book.publishes) or "none"
        raise NotPublished(f"没有这项发布 · {book.book} does not publish {name!r}; known: {known}")
    account, kind = book.accounts[declared.account], subject_type(declared.about)
    keys, fields = asking.columns(district, kind, asking.Viewpoint(at), ANYBODY, list(declared.columns))
    of = {key: tuple(fields[column][place] for column in declared.columns) for place, key in enumerate(keys)}
    sums: dict[tuple[str, ...], int] = defaultdict(int)
    unknown = 0
    for line in balances(book.book, at):
        if line.account == declared.account and line.balance:
            unknown += line.subject not in of
            sums[of.get(line.subject, ("",) * len(declared.columns))] += line.balance
    scale = book.scale(account.unit)
    rows = [[*columns, write_amount(amount, scale)] for columns, amount in sorted(sums.items())]
    folder.mkdir(parents=True, exist_ok=True)
    with replace_file(folder / DATA) as stream:
        writer = CsvWriter(stream, [*declared.columns, "amount"])
        for row in rows:
            writer.write(row)
    told = json.dumps(_described(book, name, at), ensure_ascii=False, indent=2, sort_keys=True)
    (folder / "datapackage.json").write_text(told + "\n", encoding="utf-8")
    total = write_amount(sum(sums.values()), scale)
    return {"name": name, "at": at.isoformat(), "rows": len(rows), "total": total, "unit": account.unit,
            "unknown": unknown}  # fmt: skip


def _described(book: BookDeclaration, name: str, at: date) -> dict[str, Any]:
    declared = book.publishes[name]
    fields = subject_type(declared.about).fields
    columns: list[dict[str, Any]] = [
        {"name": field, "title": f"{fields[field].name.zh} · {fields[field].name.en}", "type": "string",
         "columnType": kind}
        for field, kind in declared.columns.items()
    ]  # fmt: skip
    unit = book.accounts[declared.account].unit
    columns.append({"name": "amount", "title": f"金额 · Amount ({unit})", "type": "number", "columnType": "value",
                    "decimalChar": ".", "bareNumber": True})  # fmt: skip
    return {
        "profile": PROFILE, "name": f"{book.book}-{name}", "title": f"{declared.name.zh} · {declared.name.en}",
        "created": at.isoformat(), "edition": book.digest,
        "resources": [
            {"name": name, "path": DATA, "format": "csv", "encoding": "utf-8", "profile": "tabular-data-resource",
             "schema": {"fields": columns}}
        ],
    }  # fmt: skip
