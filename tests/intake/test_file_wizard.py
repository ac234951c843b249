"""The wizard, archives, identifiers and JSON: what is asked, what is refused, and with which word."""

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from bihuan.cli.frames import read_frame
from bihuan.console.output import Failure, as_line
from bihuan.intake.propose import propose_mapping
from bihuan.readers import open_tables
from bihuan.readers.faults import FileError
from tests.intake.test_file_kinds import book
from tests.readers.helpers import write


def test_the_wizard_finds_the_header_and_reads_negations(tmp_path: Path) -> None:
    lines = "某区诉求明细表\n统计时间：2024年3月\n编号,受理时间,诉求内容,状态,办结时间\n"
    for n, (state, closed) in enumerate(
        [("已办结", "2024-03-09"), ("未办结", ""), ("办理中", ""), ("甩单", "2024-03-09")] * 3
    ):
        lines += f"G{n},2024-03-0{n % 9 + 1},路灯{n},{state},{closed}\n"
    text = propose_mapping(write(tmp_path / "a.csv", lines))
    assert 'id: "编号"' in text
    for line in (
        '"已办结": closed',
        '"未办结": open',
        '"办理中": open',
        '"甩单": closed    # CHECK: by its closing dates',
    ):
        assert line in text
    us = "id;created;title;status\n" + "".join(f"{n};0{n}/03/2024 09:05;t{n};Not resolved\n" for n in range(1, 9))
    text = propose_mapping(write(tmp_path / "b.csv", us))
    assert "# CHECK: every date fits dmy too" in text
    assert '"Not resolved": open' in text


def test_members_of_an_archive_succeed_or_fail_singly(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("out/m1.csv", "id,title\n1,a\n")
        archive.writestr("out/.DS_Store", b"\0\0\0\1Bud1")
        archive.writestr("__MACOSX/out/._m1.csv", b"junk")
        archive.writestr("out/Thumbs.db", b"\xd0\xcf\x11\xe0")
        archive.writestr("out/photo.jpg", b"\xff\xd8\xff")
        archive.writestr("out/empty.csv", b"")
        archive.writestr("out/m2.csv", "id,title\n2,b\n")
    failed: list[FileError] = []
    tables = open_tables(path, failed=failed)
    assert [t.name for t in tables] == ["a.zip!out/m1.csv", "a.zip!out/m2.csv"]
    assert [(e.file, e.fault.code) for e in failed] == [
        ("a.zip!out/photo.jpg", "format"),
        ("a.zip!out/empty.csv", "empty"),
    ]
    raw = bytearray(path.read_bytes())
    for at in [i for i in range(len(raw) - 4) if bytes(raw[i : i + 4]) in (b"PK\x03\x04", b"PK\x01\x02")]:
        raw[at + (8 if raw[at + 2] == 3 else 10)] = 9  # every member now claims Deflate64
    with pytest.raises(FileError, match="Deflate64") as error:
        open_tables(write(tmp_path / "b.zip", bytes(raw)))
    assert error.value.fault.code == "packing"


def test_repeated_ids_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frame = read_frame(write(tmp_path / "a.csv", "id,text\nA7,x\nA7,y\nB1,z\n"))
    assert frame.ids == ["1", "2", "3"]
    assert "A7 in lines 2 and 3" in capsys.readouterr().err


def test_a_file_of_a_header_alone_says_so(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no rows below the header"):
        read_frame(write(tmp_path / "a.csv", "id,time,area\n"))
    book(tmp_path / "b.xlsx", s=[["id", "time"]])
    with pytest.raises(Failure, match="no rows below the header"):
        read_frame(tmp_path / "b.xlsx")


def test_json_never_says_nan() -> None:
    said = as_line({"a": float("nan"), "b": [1.5, float("inf")], "c": {"d": (float("-inf"), "NaN")}})
    assert json.loads(said) == {"a": None, "b": [1.5, None], "c": {"d": [None, "NaN"]}}


@pytest.mark.parametrize(
    ("lon", "lat", "place"),
    [
        ("116,30", "39,98", (116300000, 39980000)),
        ("NULL", "\\N", None),
        (float("nan"), float("nan"), None),
        ("0", "0", None),
        ("39.98", "116.30", "no_such_place"),
        ("356012.5", "5640010.2", "no_such_place"),
        ("1_1", "5", "not_a_number"),
        ("116.3", "", "not_a_number"),
    ],
)
def test_places(lon: Any, lat: Any, place: Any) -> None:
    from bihuan.intake.values import BadRows, read_positions

    bad = BadRows([1])
    found = read_positions([lon], [lat], ("lon", "lat"), frozenset(), bad)
    assert (bad.faults[0].code if bad.faults else found[0]) == place
