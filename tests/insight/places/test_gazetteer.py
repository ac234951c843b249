"""Import with faults told, conflicts, and learning from corrections."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bihuan.insight.places import Gazetteer, KnownPlace
from bihuan.insight.places.coordinates import wgs84_to_gcj02


def test_csv_with_bad_rows_keeps_the_good_ones_and_tells_the_others(tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    lon, lat = wgs84_to_gcj02(116.3, 39.95)
    file.write_text(
        "id,name,aliases,kind,area,lon,lat,crs\n"
        f"a,海棠苑,老海棠;海棠院,estate,110108,{lon},{lat},GCJ-02\n"
        "b,苑,,estate,,,,\n"
        "c,青松里,,estate,,9999,1,WGS-84\n"
        "d,白杨里,,estate,,116,39,MARS\n"
        "a,重复名,,estate,,,,\n",
        encoding="utf-8",
    )
    known = Gazetteer.read(file)
    assert set(known.entries) == {"a", "c", "d"}
    assert known.entries["a"].lon == pytest.approx(116.3, abs=1e-7)
    assert known.entries["c"].lon is None
    assert [(fault.line, fault.field) for fault in known.faults] == [
        (3, "name"), (4, "lon, lat, crs"), (5, "lon, lat, crs"), (6, "id"),
    ]  # fmt: skip
    assert "places.csv, line 3, name" in str(known.faults[0])


def test_a_file_without_names_says_what_is_missing(tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text("title\nx\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no column `name`"):
        Gazetteer.read(file)


def test_geojson_polygon_is_known_by_a_point_inside(tmp_path: Path) -> None:
    file = tmp_path / "places.geojson"
    ring = [[116, 39], [117, 39], [117, 40], [116, 40], [116, 39]]
    feature = {"id": 7, "properties": {"name": "海棠苑"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    broken = {"id": 8, "properties": {"name": "青松里"}, "geometry": {"type": "Polygon", "coordinates": "x"}}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, broken]}), encoding="utf-8")
    known = Gazetteer.read(file)
    assert known.entries["7"].lon == pytest.approx(116.5)
    assert known.entries["8"].lon is None
    assert [fault.line for fault in known.faults] == [2]


def test_the_longest_name_wins_and_width_does_not_matter() -> None:
    known = Gazetteer([KnownPlace("a", "海棠"), KnownPlace("b", "海棠苑Ａ座")])
    assert known.matches("去海棠苑A座和海棠") == [(1, 6, "b"), (7, 9, "a")]


def test_a_confirmed_name_is_learnt_once_kept_and_replayed(tmp_path: Path) -> None:
    journal = tmp_path / "learnt.jsonl"
    known = Gazetteer([KnownPlace("a", "海棠苑"), KnownPlace("b", "青松里")])
    assert known.learn("老海棠", "a", journal, by="desk")
    assert not known.learn("老海棠", "a", journal)
    assert not known.learn("青松里", "a", journal)
    with pytest.raises(KeyError):
        known.learn("新名字", "zzz", journal)
    assert known.matches("老海棠停水")[0].entry == "a"
    with journal.open("a", encoding="utf-8") as handle:
        handle.write("not json\n")
    again = Gazetteer([KnownPlace("a", "海棠苑")])
    assert again.replay(journal) == 1
    assert again.matches("老海棠停水")[0].entry == "a"
    assert [fault.line for fault in again.faults] == [2]


def test_a_name_of_two_places_is_reported() -> None:
    known = Gazetteer([KnownPlace("a", "海棠苑"), KnownPlace("b", "海棠苑二区", ("海棠苑",))])
    assert known.conflicts() == {"海棠苑": ["a", "b"]}


def test_written_and_read_again_is_the_same(tmp_path: Path) -> None:
    known = Gazetteer([KnownPlace("a", "海棠苑", ("老海棠",), "estate", "11", 116.0, 39.0), KnownPlace("b", "青松里")])
    known.write(tmp_path / "x.csv")
    assert Gazetteer.read(tmp_path / "x.csv").entries == known.entries
