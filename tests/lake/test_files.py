"""A lake from files, on the command line, without server and database."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow


def _bihuan(*words: str, home: Path) -> dict[str, Any]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "BIHUAN_DB", "DATABASE"))}
    done = subprocess.run(
        [sys.executable, "-m", "bihuan.cli", *words, "--json"],
        capture_output=True, text=True, check=False, env=environment | {"BIHUAN_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_a_file_becomes_a_lake_and_answers(tmp_path: Path) -> None:
    header = "case_enquiry_id,open_dt,closed_dt,case_status,case_title,type,neighborhood,latitude,longitude"
    rows = [
        f"{i},2011-07-0{1 + i % 5} 10:00:00,2011-07-09 1{i % 3}:00:00,Closed,t,Pothole,Dorchester,42.3,-71.1"
        for i in range(9)
    ]
    file = tmp_path / "reports.csv"
    file.write_text("\n".join([header, *rows, "9,never,,Open,t,Graffiti,Allston,,"]) + "\n", encoding="utf-8")
    done = _bihuan("lake", "sync", str(file), "--preset", "boston", home=tmp_path)
    assert (done["cases"], done["events"], done["undated"]) == (9, 18, 1)
    repeats = _bihuan("lake", "ask", "repeat-places", home=tmp_path)["rows"]
    assert [(r["category"], r["cases"], r["days"]) for r in repeats] == [("Pothole", 9, 5)]
    funnel = _bihuan("lake", "ask", "funnel", home=tmp_path)["rows"]
    assert {(r["came_from"], r["went_to"]): r["moves"] for r in funnel} == {
        ("", "received"): 9,
        ("received", "closed"): 9,
    }
    assert _bihuan("lake", "verify", home=tmp_path)["ok"] is True


def test_a_real_file(tmp_path: Path, shared_data: Path) -> None:
    file = shared_data / "data" / "service_requests" / "boston_2011_07_10.csv.gz"
    done = _bihuan("lake", "sync", str(file), "--preset", "boston", home=tmp_path)
    assert done["cases"] == 41827
    rows = _bihuan("lake", "ask", "rolling-counts", "--period", "2011-08", home=tmp_path)["rows"]
    with gzip.open(file, "rt", encoding="utf-8") as handle:
        expected = Counter(
            (r["neighborhood"].strip(), r["type"].strip().split(".")[0])
            for r in csv.DictReader(handle)
            if r["open_dt"].startswith("2011-08")
        )
    mine: Counter[tuple[str, str]] = Counter()
    for row in rows:
        mine[(row["area"], row["category"])] += row["cases"]
    assert mine == expected


@pytest.mark.parametrize("words", [("lake", "ask", "funnel"), ("lake", "verify")])
def test_no_lake_says_how_to_make_one(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bihuan.cli", *words, "--lake", str(tmp_path / "none"), "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "bihuan lake sync" in done.stdout + done.stderr
