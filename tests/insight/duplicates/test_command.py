"""`bihuan duplicates` on files: what it writes, in which order, and how it refuses."""

import csv
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from bihuan.cli.duplicates import app
from bihuan.insight.duplicates.synthetic import make_events

pytestmark = pytest.mark.slow


@pytest.fixture
def stream(tmp_path: Path) -> Path:
    reports, event = make_events(150, seed=8)
    first = {}
    rows = []
    for at, own in enumerate(event.tolist()):
        parent = reports.ids[first.setdefault(own, at)]
        rows.append(
            (reports.ids[at], reports.times[at], reports.lon[at], reports.lat[at], reports.texts[at], reports.kinds[at],
             parent if parent != reports.ids[at] else "")
        )  # fmt: skip
    file = tmp_path / "stream.csv"
    with file.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows([("id", "time", "lon", "lat", "text", "kind", "parent"), *reversed(rows)])
    return file


COLUMNS = ["--time", "time", "--lon", "lon", "--lat", "lat", "--text", "text", "--category", "kind"]


def run(*arguments: str) -> tuple[int, dict[str, object]]:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, json.loads(done.stdout.splitlines()[-1])


def rows_of(file: Path) -> list[list[str]]:
    return list(csv.reader(file.open(encoding="utf-8")))


def test_one_best_parent_per_report_with_ids_as_in_the_file(stream: Path, tmp_path: Path):
    code, told = run(str(stream), *COLUMNS, "--id", "id", "--out", str(tmp_path / "p.csv"))
    header, *rows = rows_of(tmp_path / "p.csv")
    assert code == 0
    assert header == ["id", "parent_id", "score"]
    assert len({row[0] for row in rows}) == len(rows) == told["proposed"] == told["rows"]
    truth = {row[0]: row[-1] or row[0] for row in rows_of(stream)[1:]}
    assert sum(truth[a] == truth[b] for a, b, _ in rows) > 0.9 * len(rows)


def test_candidates_are_all_written_best_first(stream: Path, tmp_path: Path):
    run(str(stream), *COLUMNS, "--id", "id", "--out", str(tmp_path / "one.csv"))
    run(str(stream), *COLUMNS, "--id", "id", "--candidates", "--out", str(tmp_path / "all.csv"))
    best, ranked = rows_of(tmp_path / "one.csv")[1:], rows_of(tmp_path / "all.csv")[1:]
    assert len(ranked) > 2 * len(best)
    for one, two in pairwise(ranked):
        assert one[0] != two[0] or float(one[2]) >= float(two[2])
    first = {}
    for row in ranked:
        first.setdefault(row[0], row)
    assert all(first[row[0]] == row for row in best)


def test_training_writes_a_model_the_command_uses(stream: Path, tmp_path: Path):
    columns = ["--time", "time", "--lon", "lon", "--lat", "lat", "--category", "kind", "--id", "id"]
    code, told = run("train", str(stream), *columns, "--parent", "parent", "--out", str(tmp_path / "m.json"))
    assert code == 0
    assert told["children"] > 20
    assert told["recall"] > 0.9
    code, told = run(str(stream), *columns, "--model", str(tmp_path / "m.json"), "--out", str(tmp_path / "p.csv"))
    assert told["proposed"] > 50


def test_what_is_missing_is_named(stream: Path, tmp_path: Path):
    from bihuan.console.output import Failure

    with pytest.raises(Failure, match="which column is the time"):
        run(str(stream), "--out", str(tmp_path / "p.csv"))
    (tmp_path / "m.json").write_text("{}")
    with pytest.raises(Failure, match=r"no duplicates model"):
        run(str(stream), *COLUMNS, "--model", str(tmp_path / "m.json"), "--out", str(tmp_path / "p.csv"))


def written(file: Path, *rows: tuple[object, ...]) -> str:
    with file.open("w", newline="", encoding="utf-8") as handle:
        csv.writer(handle).writerows(rows)
    return str(file)


WORDS = "La farola de la calle Mayor 12 no funciona"


def test_a_file_of_texts_only_in_any_order_with_repeated_ids(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    head, out = ("code", "when", "what"), str(tmp_path / "p.csv")
    rows = [("b", "2031-01-02 08:00:00", WORDS), ("x", "2031-01-02 07:00:00", "Mucho ruido de noche en la plaza"),
            ("a", "2031-01-01 08:00:00", WORDS), ("a", "2031-01-03 08:00:00", WORDS)]  # fmt: skip
    columns = ["--id", "code", "--time", "when", "--text", "what", "--out", out]
    code, _ = run(written(tmp_path / "f.csv", head, *rows), *columns, "--top", "3")
    assert code == 0
    assert [row[:2] for row in rows_of(tmp_path / "p.csv")[1:]] == [["b", "a"], ["a", "b"]]


def test_reports_of_one_moment_are_compared_once(tmp_path: Path):
    rows = [(n, "2031-01-01 08:00:00", WORDS) for n in "abc"]
    file = written(tmp_path / "f.csv", ("code", "when", "what"), *rows)
    run(file, "--id", "code", "--time", "when", "--text", "what", "--out", str(tmp_path / "p.csv"), "--top", "9")
    pairs = {frozenset(row[:2]) for row in rows_of(tmp_path / "p.csv")[1:]}
    assert pairs == {frozenset("ab"), frozenset("ac"), frozenset("bc")}
    assert len(rows_of(tmp_path / "p.csv")) == 1 + len(pairs)


def test_points_alone_are_enough(tmp_path: Path):
    rows = [(f"{n}", f"2031-01-0{1 + n % 9} 08:00:00", -3.7 + 0.02 * (n % 5), 40.4) for n in range(10)]
    file = written(tmp_path / "f.csv", ("code", "when", "x", "y"), *rows)
    columns = ["--id", "code", "--time", "when", "--lon", "x", "--lat", "y", "--candidates"]
    run(file, *columns, "--out", str(tmp_path / "p.csv"))
    found = [(int(a), int(b)) for a, b, _ in rows_of(tmp_path / "p.csv")[1:]]
    assert found
    assert all(a % 5 == b % 5 for a, b in found)


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        ([("code", "when"), ("a", "2031-01-01")], [], "neither a point nor a text nor an address"),
        ([("code", "when", "what"), ("a", "yesterday", WORDS)], ["--text", "what"], "for example 'yesterday'"),
        ([("code", "when", "what"), ("a", "2031-01-01", WORDS)], ["--text", "nothing"], "no column 'nothing'"),
    ],
)
def test_a_file_without_what_is_needed_is_refused(
    tmp_path: Path, rows: list[tuple[str, ...]], options: list[str], message: str
):
    from bihuan.console.output import Failure

    file = written(tmp_path / "f.csv", *rows)
    with pytest.raises(Failure, match=message):
        run(file, "--id", "code", "--time", "when", *options, "--out", str(tmp_path / "p.csv"))


def test_points_that_are_no_degrees_are_told(tmp_path: Path):
    rows = [(n, "2031-01-01 08:00:00", "440291,5", "4474254,1", WORDS) for n in "ab"]
    file = written(tmp_path / "f.csv", ("code", "when", "x", "y", "what"), *rows)
    columns = ["--id", "code", "--time", "when", "--lon", "x", "--lat", "y", "--text", "what"]
    done = CliRunner().invoke(app, [file, *columns, "--out", str(tmp_path / "p.csv"), "--json"])
    assert "440291,5" in done.stderr
    assert "without points" in done.stderr
    assert len(rows_of(tmp_path / "p.csv")) == 2


def test_parents_are_read_from_closing_texts(stream: Path, tmp_path: Path):
    from bihuan.console.output import Failure

    header, *rows = rows_of(stream)
    told = [[*row[:-1], f"Closed: Duplicate of case {row[-1]}." if row[-1] else "Closed: done"] for row in rows]
    file = written(tmp_path / "closed.csv", tuple(header), *map(tuple, told))
    columns = [
        "--time",
        "time",
        "--lon",
        "lon",
        "--lat",
        "lat",
        "--category",
        "kind",
        "--id",
        "id",
        "--parent",
        "parent",
    ]
    out = ["--out", str(tmp_path / "m.json")]
    _, plain = run("train", str(stream), *columns, *out)
    _, found = run("train", file, *columns, "--pattern", r"duplicate of case ([^\s.]+)", *out)
    assert found == plain
    with pytest.raises(Failure, match="has no group"):
        run("train", file, *columns, "--pattern", "duplicate", *out)


def test_boston_parents_are_found(shared_data: Path, tmp_path: Path):
    from bihuan.cli.duplicates import parents_of
    from bihuan.cli.frames import read_frame

    file = shared_data / "data/service_requests/boston_2011_07_10.csv.gz"
    run(str(file), "--preset", "boston", "--out", str(tmp_path / "p.csv"))
    frame = read_frame(file, "boston")
    rows = np.argsort(frame.times("time"), kind="stable")
    parents, _ = parents_of(frame, rows, None)
    best = {row[0]: row[1] for row in rows_of(tmp_path / "p.csv")[1:]}
    ids = [frame.ids[row] for row in rows]
    asked = [at for at, parent in enumerate(parents) if 0 <= parent < at]
    assert len(asked) > 90
    assert np.mean([best.get(ids[at]) == ids[parents[at]] for at in asked]) > 0.7
