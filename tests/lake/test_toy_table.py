"""A room of somebody else gives a table to the lake by one row, and the lake names no room."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import bihuan
from bihuan.extend import LakeCut
from bihuan.lake import extract, manifest
from bihuan.lake.engines import open_lake
from bihuan.lake.tables import schemas
from bihuan.loop.lake_tables import TABLES
from tests.extend.conftest import installed  # noqa: F401 - a fixture, asked for by name
from tests.loop.district import registers

TOY = """
from bihuan.extend import LakeColumn, LakeCut, LakeTable, lake_moment, lake_month


def _rows(cut: LakeCut) -> str:
    at = "e.recorded_at"
    return (f"SELECT l.index, {lake_moment(at)}, l.index % 2 = 0, NULL, NULL, {lake_month(at, cut.zone)} FROM ledger_entry l "
            f"JOIN loop_event e ON e.id = l.event_id WHERE l.index >= {cut.since} AND l.index < {cut.until} ORDER BY 1")


def lake_tables() -> tuple[LakeTable, ...]:
    columns = (LakeColumn("leaf", "long"), LakeColumn("at", "moment"), LakeColumn("even", "flag"), LakeColumn("spot", "cell"))
    return (LakeTable("toys", "玩具", "Toys", columns, _rows),)
"""  # noqa: E501


@pytest.mark.slow
@pytest.mark.django_db
def test_a_table_of_somebody_else_is_in_the_lake(
    installed: Any,  # noqa: F811
    tmp_path: Path,
) -> None:
    from bihuan.lake import sync
    from tests.numbers.month.world import World

    installed("toys", TOY.replace("l.index % 2 = 0", "(l.index % 2 = 0)::text"))
    World(seed=5, cases=5)
    done = sync.sync_lake(tmp_path / "lake", registers=registers())
    told = manifest.read_manifest(tmp_path / "lake")
    assert told is not None
    assert told.rows("toys") == told.size == done.until > 5
    with open_lake(tmp_path / "lake", told, "duckdb") as lake:
        rows = lake.rows(lake.table("toys"))
    assert [row["leaf"] for row in rows] == list(range(told.size))
    assert rows[0]["even"] is True
    assert {row["spot"] for row in rows} == {None}


def test_the_schemas_are_those_that_rooms_give() -> None:
    assert {table.name for table in TABLES} == {"events", "clocks", "cases"}
    assert set(schemas()) == {
        "events", "clocks", "cases", "subjects", "observations", "book_lines", "letters", "certificates",
        "certificate_steps", "watch_incidents",
    }  # fmt: skip
    assert schemas()["cases"].field("h3_9").type == "string"


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        (LakeCut("1' OR true", "Asia/Shanghai", 0, 1), "no district code"),
        (LakeCut("110108", "Asia/Nowhere'", 0, 1), "no IANA zone"),
        (LakeCut("110108", "Asia/Shanghai", 0, 1, ("2026-1'",)), "no month"),
    ],
)
def test_nothing_but_codes_zones_and_months_comes_into_sql(tmp_path: Path, cut: LakeCut, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        next(extract.copy_rows(tmp_path, TABLES[0], cut))


def test_reading_for_the_lake_names_no_table_of_a_room() -> None:
    folder = Path(bihuan.__path__[0]) / "lake"
    for name in ("extract.py", "tables.py", "engines.py", "manifest.py"):
        text = (folder / name).read_text(encoding="utf-8")
        assert not re.search(r"\bloop_\w+|bihuan\.(loop|registers|numbers|ledger)\b", text), name
