"""What a phone recorded becomes rows: GPX and tables of fixes; what is no GPX is said."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from bihuan.readers.gpx import NotGpx, read_gpx
from bihuan.subjects import made
from bihuan.subjects.catalogue import subject_types

GPX = (
    '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
    '<wpt lat="1" lon="2"><time>2024-05-01T00:00:00Z</time></wpt>'
    "<trk><name>%s</name>%s<trkseg>%s</trkseg></trk></gpx>"
)
POINT = '<trkpt lat="39.9%02d" lon="116.300000"><ele>40</ele><time>2024-05-01T08:%02d:00+08:00</time></trkpt>'
POINTS = "".join(POINT % (n, n) for n in range(12))
DAY = date(2024, 5, 1)


@pytest.fixture(autouse=True)
def posts(monkeypatch: pytest.MonkeyPatch) -> None:
    """One post, as the register would say it."""
    told = {"reach": ["R1"], "holder": ["C7"], "above": ["water-affairs"], "street": ["110108001"]}
    monkeypatch.setattr(made.asking, "columns", lambda *a: (["CP001"], {name: told[name] for name in a[4]}))


def rows(path: Path, called: str) -> tuple[list[dict[str, str]], int]:
    """What is loaded of a file, and how many rows of it are rejected."""
    kind = subject_types()["patrol-track"]
    with made.rows_made(kind, path, called, subject_types(), "110108", DAY) as found:
        with found.path.open(encoding="utf-8", newline="") as file:
            told = list(csv.DictReader(file)) if found.path != path else []
        return told, len(found.rejects)


@pytest.mark.parametrize(
    ("name", "kind"), [("Morning", ""), ("1", "<type>CP001</type>"), ("Morning", "<desc>CP001</desc>")]
)
def test_a_walk_of_a_phone_is_a_track_of_its_post(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / "file.gpx"
    path.write_text(GPX % (name, kind, POINTS), encoding="utf-8")
    ((row,), rejected) = rows(path, "CP001_20240501.gpx")
    assert rejected == 0
    assert row["number"] == (name if name != "1" else "CP001_20240501-1")
    assert (row["post"], row["reach"], row["by"], row["walked"]) == ("CP001", "R1", "C7", "2024-05-01")
    assert row["begun"].startswith("2024-05-01T08:00:00")
    assert row["line"].count(";") == 11


def test_a_walk_of_nobody_is_told(tmp_path: Path) -> None:
    path = tmp_path / "file.gpx"
    path.write_text(GPX % ("Morning", "", POINTS), encoding="utf-8")
    assert rows(path, "holiday.gpx") == ([], 12)


def test_a_table_of_fixes_is_taken_and_a_table_of_tracks_left_as_it_is(tmp_path: Path) -> None:
    fixes, tracks = tmp_path / "fixes.csv", tmp_path / "tracks.csv"
    lines = [f"T1,CP001,2024-05-01T08:{n:02}:00+08:00,116.3,39.9{n:02}" for n in range(5)]
    fixes.write_text("track,post,time,lon,lat\n" + "\n".join(lines), encoding="utf-8")
    tracks.write_text("number,post,reach\nT1,CP001,R1\n", encoding="utf-8")
    assert [row["number"] for row in rows(fixes, "fixes.csv")[0]] == ["T1"]
    assert rows(tracks, "tracks.csv") == ([], 0)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("no xml", "is no GPX"), ("<kml/>", "not gpx"), (GPX % ("x", "", ""), "no track point"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><gpx/>', "is no GPX"),
    ],
)  # fmt: skip
def test_what_is_no_gpx_is_said(text: str, what: str) -> None:
    with pytest.raises(NotGpx, match=what):
        read_gpx(text.encode(), "walk.gpx")
