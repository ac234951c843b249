"""An account as a Fiscal Data Package: its sums are the account's own, its columns say what they are."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from bihuan.books import publishing
from bihuan.books.balances import BalanceLine
from bihuan.books.catalogue import book_named
from bihuan.books.publishing import NotPublished, write_package

LINES = {
    "L1": ("2026", "health", "210", "302"),
    "L2": ("2026", "health", "210", "302"),
    "L3": ("2026", "x", "205", "301"),
}
FIELDS = ("year", "department", "function", "economic")


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lines of the budget with what was spent of each, one that no register knows, and another account."""

    def columns(*given: Any) -> Any:
        return list(LINES), {name: [row[n] for row in LINES.values()] for n, name in enumerate(FIELDS)}

    lines = [
        ("spent", "L1", 1050),
        ("spent", "L2", 250),
        ("spent", "L3", 1),
        ("granted", "L1", 999),
        ("spent", "L4", 0),
    ]
    monkeypatch.setattr(publishing.asking, "columns", columns)
    monkeypatch.setattr(
        publishing, "balances", lambda book, at: [BalanceLine(a, s, "CNY", n, 0, 0) for a, s, n in lines]
    )


def test_sums_by_function_and_class_are_the_accounts_own(held: None, tmp_path: Path) -> None:
    book = book_named("authority").book
    told = write_package(book, "spending", date(2026, 12, 31), tmp_path, "110108")
    assert (told["rows"], told["total"], told["unknown"]) == (2, "13.01", 0)
    with (tmp_path / "data.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["function"], row["economic"], row["amount"]) for row in rows] == [
        ("210", "302", "13.00"), ("205", "301", "0.01"),
    ]  # fmt: skip
    package = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    assert package["profile"] == "fiscal-data-package"
    kinds = {field["name"]: field["columnType"] for field in package["resources"][0]["schema"]["fields"]}
    assert kinds == {
        "year": "date:fiscal-year", "department": "administrative-classification:generic:code",
        "function": "functional-classification:generic:code", "economic": "economic-classification:generic:code",
        "amount": "value",
    }  # fmt: skip
    with pytest.raises(NotPublished):
        write_package(book, "nothing", date(2026, 12, 31), tmp_path, "110108")


def test_what_no_register_knows_is_counted(held: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing.asking, "columns", lambda *given: ([], {name: [] for name in FIELDS}))
    told = write_package(book_named("authority").book, "spending", date(2026, 12, 31), tmp_path, "110108")
    assert (told["unknown"], told["total"]) == (3, "13.01")
