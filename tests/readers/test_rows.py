"""Rows one by one: their lines and names, and where unreadable ones go."""

import csv
import gzip
import json
from pathlib import Path

import pytest

from bihuan.declare.problems import Problem
from bihuan.readers import FileError, Rejects, read_rows, row_fault
from tests.readers.helpers import write

TEXT = 'Code,名称,note\nA,甲,x\n,乙,\nB,丙\nC,"丁\n丁",y\n'


def test_rows_know_file_line_and_the_reader_s_column_names(tmp_path: Path) -> None:
    path = write(tmp_path / "things.csv", TEXT)
    with Rejects(tmp_path / "out.jsonl") as rejects:
        rows = list(read_rows(path, ("code", "名称"), rejects=rejects))
    assert [(row.file, row.line, row.cells["code"], row.cells["名称"]) for row in rows] == [
        ("things.csv", 2, "A", "甲"),
        ("things.csv", 3, "", "乙"),
        ("things.csv", 5, "C", "丁\n丁"),
    ]
    (told,) = map(json.loads, (tmp_path / "out.jsonl").read_text().splitlines())
    assert (told["file"], told["line"], told["code"], told["rule"] != "", told["remedy"] != "") == (
        "things.csv", 4, "cells", True, True,
    )  # fmt: skip


def test_a_missing_column_names_what_was_found(tmp_path: Path) -> None:
    path = write(tmp_path / "things.csv", TEXT)
    with Rejects(tmp_path / "out.csv") as rejects, pytest.raises(FileError, match="lon is missing; found: Code, 名称"):
        list(read_rows(path, ("lon",), rejects=rejects))
    assert not (tmp_path / "out.csv").exists()


def test_two_alike_columns_are_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path / "things.csv", "Code,CODE\n1,2\n")
    with Rejects(tmp_path / "out.csv") as rejects, pytest.raises(FileError, match="alike"):
        list(read_rows(path, ("code",), rejects=rejects))


def test_a_file_cut_off_gives_its_rows_and_says_so(tmp_path: Path) -> None:
    whole = gzip.compress(b"code\n" + b"".join(b"%d\n" % n for n in range(100_000)))
    path = write(tmp_path / "cut.csv.gz", whole[:-2000])
    with Rejects(tmp_path / "out.csv") as rejects:
        count = sum(1 for _ in read_rows(path, ("code",), rejects=rejects))
    assert 0 < count < 100_000
    with (tmp_path / "out.csv").open(newline="") as stream:
        assert {row["code"] for row in csv.DictReader(stream)} == {"truncated", "cut"}


def test_rejects_take_faults_and_problems_and_run_no_formula(tmp_path: Path) -> None:
    path = write(tmp_path / "things.csv", "code,name\n=1+2,-5\n")
    with Rejects(tmp_path / "out.csv", "zh") as rejects:
        for row in read_rows(path, ("code",), rejects=rejects):
            rejects.write(row.file, [row_fault(row, "not_a_number", "code")])
            rejects.write(row.file, [Problem("things.csv", row.line, "name", "is -5", "at least 0", "correct it")])
    with (tmp_path / "out.csv").open(newline="") as stream:
        first, second = csv.DictReader(stream)
    assert (first["line"], first["field"], first["value"], first["remedy"]) == (
        "2",
        "code",
        "'=1+2",
        "使用数字与小数点",
    )
    assert (second["line"], second["field"], second["rule"]) == ("2", "name", "at least 0")
