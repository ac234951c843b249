"""Kinds of damage that files bring, each with inputs of our own: the right value, or a refusal with a word."""

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bihuan.cli.frames import read_frame
from bihuan.console.output import Failure
from bihuan.intake.values import DigitsLostError, identifier_of, text_of
from bihuan.readers import open_tables
from bihuan.readers.dates import Zone, forms_of, parse_moment
from bihuan.readers.faults import FileError
from tests.intake.helpers import mapping, records
from tests.readers.helpers import rows, write

SHANGHAI = mapping().exact_zone
HEAD = "id,opened,title\n"


def codes(faults: list[Any]) -> list[tuple[str, int]]:
    return [(f.code, f.line) for f in faults]


# -- encodings -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codec", "words"),
    [
        ("big5", "巷口的路燈三天都不亮了"),
        ("euc-kr", "가로등이 고장났습니다"),
        ("shift_jis", "街灯が切れています"),
        ("euc-jp", "道路に穴があいています"),
        ("cp1252", "Die Straße ist überall kaputt und très dégradée"),
        ("cp1251", "Не горит фонарь на улице"),
        ("iso-8859-2", "Nie świeci latarnia przy ulicy Żółwiej proszę wysłać kogoś"),
        ("iso-8859-7", "Δεν ανάβει το φως στον δρόμο"),
        ("koi8-r", "Мусор не вывозят уже неделю"),
        ("gb18030", "小区里的路灯三天都不亮了"),
        ("utf-16", "路灯不亮"),
        ("utf-16-le", "lamp 路灯"),
        ("utf-16-be", "lamp 路灯"),
        ("utf-32", "路灯不亮"),
    ],
)
def test_an_encoding_is_found_or_asked_for(tmp_path: Path, codec: str, words: str) -> None:
    good, faults, _ = rows(write(tmp_path / "a.csv", f"{HEAD}1,2024-03-01,{words}\n".encode(codec)))
    assert [r["title"] for r in good] == [words]
    assert not faults


@pytest.mark.parametrize(
    "content", ["珺禤".encode("gb18030"), "联通".encode("gb18030"), b"\xc4\xe3\xba", "Preis 5 €".encode("iso-8859-15")]
)
def test_too_little_to_tell_is_refused_with_the_way_out(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "a.csv", b"id,title\n1," + content + b"\n")
    with pytest.raises(FileError, match="--encoding gb18030") as error:
        open_tables(path)
    assert error.value.fault.code == "encoding_unsure"
    assert rows(write(tmp_path / "b.csv", "id,title\n1,珺禤\n".encode("gb18030")), encoding="GB-18030")[0]


@pytest.mark.parametrize("label", ["UTF-16", "utf_16", "U16", "unicode"])
def test_any_spelling_of_a_codec(tmp_path: Path, label: str) -> None:
    path = write(tmp_path / "a.csv", "id,title\n1,路灯\n".encode("utf-16"))
    assert [r["title"] for r in rows(path, encoding=label)[0]] == ["路灯"]


@pytest.mark.parametrize("label", ["nonsense", "hex", "", "utf-9", "idna"])
def test_an_unknown_codec_names_known_ones(tmp_path: Path, label: str) -> None:
    path = write(tmp_path / "a.csv", "id,title\n1,a\n")
    if not label:
        assert rows(path, encoding=label)[0]
        return
    with pytest.raises(FileError, match="gb18030") as error:
        open_tables(path, encoding=label)
    assert error.value.fault.code == "encoding"


def test_broken_bytes_refuse_their_line_in_every_encoding(tmp_path: Path) -> None:
    wide = "id,title\n1,好\n".encode("utf-16-le") + b"\x00\xd8" + "2,坏\n3,好\n".encode("utf-16-le")
    good, faults, _ = rows(write(tmp_path / "a.csv", b"\xff\xfe" + wide))
    assert ([r["id"] for r in good], [f.code for f in faults]) == (["1", "3"], ["undecodable"])
    good, faults, _ = rows(write(tmp_path / "b.csv", "id,title\n1,a\ufffdb\n2,ok\n"))
    assert codes(faults) == [("undecodable", 2)]
    glued = f"id,title\n1,{'小区路灯不亮'}\n2,井盖丢失了\n3,噪音扰民\n".encode("gb18030") + "4,垃圾无人清运\n".encode()
    good, faults, _ = rows(write(tmp_path / "c.csv", glued))
    assert (len(good), codes(faults)) == (3, [("mixed_encoding", 5)])


# -- identifiers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('="000123"', "000123"),
        ("'000123", "000123"),
        ("’007", "007"),
        ("\u200bA-1\ufeff", "A-1"),
        ("\xa0A 1\xa0", "A 1"),
        ("A\u200d1", "A1"),
        (101000000001.0, "101000000001"),
        (20190301120000123456, "20190301120000123456"),
        (Decimal("20190301120000123456"), "20190301120000123456"),
        (Decimal("12.00"), "12"),
        (float("nan"), ""),
        ("NULL", ""),
        ("\\N", ""),
        ("nan", ""),
        ("3E12", "3E12"),
        ("O'Brien", "O'Brien"),
    ],
)
def test_identifiers_are_text(cell: Any, text: str) -> None:
    assert identifier_of(cell) == text


@pytest.mark.parametrize("cell", [2.0190301120000123e19, float(1 << 53), "1.0E+17", "2.01903E+19", Decimal("1E+20")])
def test_lost_digits_are_a_fault_of_their_own(cell: Any, tmp_path: Path) -> None:
    with pytest.raises(DigitsLostError):
        identifier_of(cell)


def test_lost_digits_refuse_the_row_in_import_and_the_file_in_commands(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", HEAD + "2.01903E+19,2024-03-01,a\n000124,2024-03-01,b\n")
    good, faults = records(path, mapping())
    assert ([r.id for r in good], codes(faults)) == (["000124"], [("digits_lost", 2)])
    with pytest.raises(FileError, match="digits were lost"):
        read_frame(path)


def test_a_number_format_with_leading_zeros_is_a_code(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for line in (["id", "title"], [123, "a"], [45, "b"]):
        page.append(line)
    page["A2"].number_format = "000000"
    book.save(tmp_path / "a.xlsx")
    assert [r["id"] for r in rows(tmp_path / "a.xlsx")[0]] == ["000123", 45]


def test_words_for_nothing_are_nothing_but_not_in_sentences() -> None:
    assert text_of("NULL") == ""
    assert text_of("nan pao") == "nan pao"
    assert text_of("None of the lamps works") == "None of the lamps works"


# -- Parquet and JSON ----------------------------------------------------------------------------------


def test_every_type_of_parquet_becomes_a_plain_cell(tmp_path: Path) -> None:
    at = dt.datetime(2024, 3, 1, 9, 5)
    table = pa.table({
        "ns": pa.array([at], pa.timestamp("ns")),
        "zoned": pa.array([at.replace(tzinfo=dt.UTC)], pa.timestamp("ns", "UTC")),
        "bytes": pa.array(["路灯".encode()], pa.binary()),
        "list": pa.array([["x", "y"]]),
        "struct": pa.array([{"lat": 1.5, "at": {"name": "n"}}]),
        "decimal": pa.array([Decimal("20190301120000123456")], pa.decimal128(20)),
        "dictionary": pa.array(["a"]).dictionary_encode(),
        "nan": pa.array([float("nan")]),
        "date": pa.array([at.date()]),
        "large": pa.array(["l"], pa.large_string()),
        "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int64())),
    })  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    row = rows(tmp_path / "a.parquet")[0][0]
    assert (row["ns"], row["zoned"]) == (at, at.replace(tzinfo=row["zoned"].tzinfo))
    assert (row["bytes"], row["list"], row["decimal"], row["dictionary"]) == (
        "路灯", '["x", "y"]', Decimal("20190301120000123456"), "a",
    )  # fmt: skip
    assert (row["struct.lat"], row["struct.at.name"], row["nan"], row["large"]) == (1.5, "n", None, "l")
    pq.write_table(
        pa.table({"t": pa.array([at], pa.timestamp("ns"))}),
        tmp_path / "b.parquet",
        use_deprecated_int96_timestamps=True,
    )
    assert rows(tmp_path / "b.parquet")[0][0]["t"] == at


def test_bytes_that_are_no_text_and_names_that_stand_twice(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": pa.array([b"1", b"\xff\xfe"], pa.binary())}), tmp_path / "a.parquet")
    good, faults, _ = rows(tmp_path / "a.parquet")
    assert ([r["id"] for r in good], codes(faults)) == (["1"], [("undecodable", 2)])
    pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["id", "id"]), tmp_path / "b.parquet")
    with pytest.raises(FileError) as error:
        rows(tmp_path / "b.parquet")
    assert error.value.fault.code == "header_repeated"


def test_json_numbers_lists_and_keys(tmp_path: Path) -> None:
    lines = '{"id":20190301120000123456,"a":[1,{"b":2}],"f":1.0E+17}\n{"id":1,"id":2}\n{"id":3,"t":"\\ufffd"}\n'
    good, faults, _ = rows(write(tmp_path / "a.jsonl", lines))
    assert (good[0]["id"], json.loads(good[0]["a"])) == (20190301120000123456, [1, {"b": 2}])
    with pytest.raises(DigitsLostError):
        identifier_of(good[0]["f"])
    assert codes(faults) == [("not_json", 2), ("undecodable", 3)]


# -- columns -------------------------------------------------------------------------------------------


def test_the_exact_name_goes_before_a_similar_one_and_two_similar_are_an_error() -> None:
    by = mapping(columns={"id": "id", "opened": "Created Date", "title": "title", "closed": "closed"})
    assert by.match("f", ["created_date", "id", "Created Date", "title"])["opened"] == "Created Date"
    assert by.match("f", ["CREATED DATE", "id", "title"])["opened"] == "CREATED DATE"
    with pytest.raises(FileError, match="alike") as error:
        by.match("f", ["created_date", "created-date", "id", "title"])
    assert error.value.fault.code == "header_alike"
    found = by.match("f", ["id", "Created Date", "title", "closed_at"])
    assert by.absent(["id", "Created Date", "title", "closed_at"], found) == "closed (closed) (closed ≈ closed_at?)"


# -- workbooks and CSV ---------------------------------------------------------------------------------


def book(path: Path, **sheets: list[list[Any]]) -> openpyxl.Workbook:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, lines in sheets.items():
        page = made.create_sheet(name)
        for line in lines:
            page.append(line)
    made.save(path)
    return made


def test_every_sheet_is_accounted_for(tmp_path: Path) -> None:
    path, head = tmp_path / "a.xlsx", ["id", "title"]
    made = book(
        path,
        Jan=[head, [1, "a"]],
        Feb=[["title lines"], head, [2, "b"]],
        Notes=[["free words"]],
        Old=[head, [9, "z"]],
        Empty=[],
    )
    made["Old"].sheet_state = "hidden"
    made.save(path)
    tables = open_tables(path, ["id", "title"])
    assert [t.name for t in tables] == ["a.xlsx!Jan", "a.xlsx!Feb"]
    assert [(f.code, f.value) for f in tables[0].remarks] == [("sheet_hidden", "Old"), ("sheet_other", "Notes")]
    assert [t.name for t in open_tables(path, ["id", "title"], sheet="Old")] == ["a.xlsx!Old"]
    assert [t.name for t in open_tables(path)] == ["a.xlsx!Jan", "a.xlsx!Feb"], "without names: those like the first"


def test_hidden_rows_and_columns_are_read_and_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    made = book(path, s=[["id", "title", "area"], *([n, f"t{n}", "x"] for n in range(1, 6)), []])
    page = made["s"]
    for line in (2, 4, 7):  # row 7 is empty
        page.row_dimensions[line].hidden = True
    page.column_dimensions["C"].hidden = True
    page.column_dimensions["Z"].hidden = True  # holds nothing
    made.save(path)
    good, faults, _ = rows(path)
    assert ([r["id"] for r in good], faults) == ([1, 2, 3, 4, 5], [])
    remarks = open_tables(path)[0].remarks
    assert [(f.code, f.params) for f in remarks] == [
        ("rows_hidden", {"count": 2}),
        ("columns_hidden", {"columns": "area"}),
    ]
    assert "2 个隐藏行" in remarks[0].sentence("a.xlsx", "zh")


def test_a_hidden_mark_is_found_across_the_chunks_of_a_big_sheet(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    made = book(path, s=[["id", "title"], *([n, "路灯不亮" * 5] for n in range(1, 20_001))])
    for line in range(2, 20_002, 100):
        made["s"].row_dimensions[line].hidden = True
    made.save(path)
    assert [(f.code, f.params) for f in open_tables(path)[0].remarks] == [("rows_hidden", {"count": 200})]


def test_merged_ranges_are_filled_and_cells_beyond_the_header_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    made = book(
        path,
        s=[["id", "title", "area"], [1, "a", "万寿路"], [2, "b", None], [3, "c", "x", None, "note"], [4, "d", "y"]],
    )
    made["s"].merge_cells("C2:C3")
    made["s"].merge_cells("A1:A1")
    made.save(path)
    good, faults, _ = rows(path)
    assert [(r["id"], r["area"]) for r in good] == [(1, "万寿路"), (2, "万寿路"), (4, "y")]
    assert [(f.code, f.line, f.field, f.value) for f in faults] == [("beyond_header", 4, "E", "note")]
    assert [f.code for f in open_tables(path)[0].remarks] == ["merged_filled"]


def test_an_open_quote_that_swallows_rows_costs_only_its_own(tmp_path: Path) -> None:
    swallowed = HEAD + '1,2024-03-01,"pipe leaks\n2,2024-03-02,second\n3,2024-03-03,3"\n4,2024-03-04,fourth\n'
    good, faults, _ = rows(write(tmp_path / "a.csv", swallowed))
    assert ([r["id"] for r in good], codes(faults)) == (["2", "3", "4"], [("quote", 2)])
    two = HEAD + '1,2024-03-01,"a\n2,2024-03-02,"b\n3,2024-03-03,c\n'
    good, faults, _ = rows(write(tmp_path / "b.csv", two))
    assert "3" in [r["id"] for r in good]
    assert faults
    real = HEAD + '1,2024-03-01,"dear sirs, the lamp, please\nsecond, third, line"\n2,2024-03-02,b\n'
    good, faults, _ = rows(write(tmp_path / "c.csv", real))
    assert ([r["id"] for r in good], faults) == (["1", "2"], [])


# -- dates ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "utc"),
    [
        ("2019/3/1 上午9:05", "2019-03-01T01:05:00"),
        ("2019/3/1 下午3:05:00", "2019-03-01T07:05:00"),
        ("2019年3月1日 下午12:05", "2019-03-01T04:05:00"),
        ("2019/3/1 上午12:05", "2019-02-28T16:05:00"),
        ("2019/3/1 中午12:30", "2019-03-01T04:30:00"),
        ("2019/3/1 24:00", "2019-03-01T16:00:00"),
    ],
)
def test_chinese_clocks(cell: str, utc: str) -> None:
    found = parse_moment(cell, "ymd", SHANGHAI)
    assert isinstance(found, dt.datetime)
    assert found.replace(tzinfo=None).isoformat() == utc


@pytest.mark.parametrize(
    "cell", ["2019/3/1 下午15:05", "2019/3/1 上午", "2019/3/1 24:01", "2019/3/1 9:05:60", "2019/2/30"]
)
def test_impossible_clocks_are_no_dates(cell: str) -> None:
    assert parse_moment(cell, "ymd", SHANGHAI) == "not_a_date"


def test_a_column_has_one_form_and_two_are_asked(tmp_path: Path) -> None:
    zone: Zone = SHANGHAI
    assert forms_of(["13/04/2024", "01/02/2024"], zone) == ["dmy"]
    assert forms_of(["04/13/2024", "01/02/2024"], zone) == ["mdy"]
    assert forms_of(["03/04/2024", "01/02/2024"], zone) == ["mdy", "dmy"]
    assert forms_of(["04/04/2024"], zone) == ["mdy"], "the same day either way"
    path = write(tmp_path / "a.csv", "id,time\n1,03/04/2024\n2,01/02/2024\n3,soon\n")
    with pytest.raises(Failure, match="cannot be told apart") as error:
        read_frame(path, time="time").times()
    assert "--dates" in error.value.remedy
    assert str(read_frame(path, dates="dmy", time="time").times()[0]) == "2024-04-02T16:00:00"
    with pytest.raises(Failure, match="no form"):
        read_frame(path, dates="xyz")


def test_rows_left_out_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "a.csv", "id,time\n1,2024-03-01\n2,soon\n3,later\n")
    frame = read_frame(path, time="time")
    frame.times()
    frame.times()
    said = capsys.readouterr().err
    assert said.count("2 of 3 rows have no readable time") == 1
    assert "line 3" in said
