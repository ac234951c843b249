"""`bihuan locate` as it is called."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from typer.testing import CliRunner

from bihuan.cli.locate import app


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def _file(folder: Path) -> Path:
    file = folder / "in.csv"
    file.write_text("id,t\n9,A市金海棠小区停水\n8,你好\n7,\n", encoding="utf-8")
    return file


def test_every_input_row_gets_an_output_row(tmp_path: Path) -> None:
    out = tmp_path / "places.csv"
    done = CliRunner().invoke(app, [str(_file(tmp_path)), "--text", "t", "--id", "id", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[-1])["places"] == 1
    rows = _rows(out)
    assert list(rows[0]) == ["id", "admin", "street", "place", "start", "end", "confidence"]
    assert [row["id"] for row in rows] == ["9", "8", "7"]
    assert (rows[0]["admin"], rows[0]["place"], rows[0]["start"], rows[0]["end"]) == ("A市", "金海棠小区", "2", "7")
    assert set(list(rows[1].values())[1:]) == {""}


def test_all_candidates_carry_a_rank(tmp_path: Path) -> None:
    out = tmp_path / "places.csv"
    known = tmp_path / "known.csv"
    known.write_text("id,name\nk1,金海棠小区\n", encoding="utf-8")
    told = [str(_file(tmp_path)), "--text", "t", "--out", str(out), "--all", "--gazetteer", str(known)]
    done = CliRunner().invoke(app, told)
    assert done.exit_code == 0, done.output
    rows = [row for row in _rows(out) if row["id"] == "9"]  # found by its name
    assert [row["rank"] for row in rows] == [str(i + 1) for i in range(len(rows))]
    assert rows[0]["entry"] == "k1"


def test_default_points_without_coordinates_name_the_remedy(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [str(_file(tmp_path)), "--defaults"])
    assert done.exception is not None
    assert "longitude" in str(done.exception)


def test_a_learnt_name_is_located_as_its_place(tmp_path: Path) -> None:
    file, known, learnt, out = (tmp_path / name for name in ("in.csv", "known.csv", "learnt.jsonl", "places.csv"))
    file.write_text("id,t\n1,A市老云谷的路灯不亮\n", encoding="utf-8")
    known.write_text("id,name\nk1,北斗云谷\n", encoding="utf-8")
    learnt.write_text(json.dumps({"name": "老云谷", "entry": "k1"}) + "\nno json\n", encoding="utf-8")
    told = [str(file), "--text", "t", "--out", str(out), "--gazetteer", str(known), "--corrections", str(learnt)]
    done = CliRunner().invoke(app, told)
    assert done.exit_code == 0, done.output
    assert _rows(out)[0]["place"] == "老云谷"
    assert "learnt.jsonl, line 2" in done.output


def test_corrections_without_known_places_name_the_remedy(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, [str(_file(tmp_path)), "--text", "t", "--corrections", str(tmp_path / "x.jsonl")])
    assert done.exception is not None
    assert "there are none" in str(done.exception)
