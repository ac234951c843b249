"""Readers: every way a file can be broken has a clear answer, and the rest of the file is still read."""

import gzip
import json
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bihuan.readers import Limits, open_tables
from bihuan.readers.faults import FAULTS, FileError
from bihuan.readers.source import bytes_of
from bihuan.readers.text import detect_encoding, read_lines
from tests.examples import examples
from tests.readers.helpers import rows, write

THREE = "id,title\n1,one\n2,two\n3,three\n"


def codes(faults: list) -> list[tuple[str, int]]:
    return [(f.code, f.line) for f in faults]


def test_csv_plain_gz_and_zip_read_the_same(tmp_path: Path) -> None:
    plain = write(tmp_path / "a.csv", THREE)
    packed = write(tmp_path / "a.csv.gz", gzip.compress(THREE.encode()))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("inner/a.csv", THREE)
    want = rows(plain)
    assert [r["title"] for r in want[0]] == ["one", "two", "three"]
    assert [r["_line"] for r in want[0]] == [2, 3, 4]
    assert rows(packed) == want
    assert rows(tmp_path / "a.zip") == want


def test_a_zip_with_several_members_is_several_tables(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", THREE)
        archive.writestr("b.jsonl", '{"id": 9, "title": "nine"}\n')
    tables = open_tables(tmp_path / "two.zip")
    assert [t.name for t in tables] == ["two.zip!a.csv", "two.zip!b.jsonl"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_encodings_are_detected(tmp_path: Path, encoding: str) -> None:
    text = "编号,主题\n1,小区停水，无人处理\n2,路灯不亮\n"
    good, faults, _ = rows(write(tmp_path / "zh.csv", text.encode(encoding)))
    assert [r["主题"] for r in good] == ["小区停水，无人处理", "路灯不亮"]
    assert not faults


def test_undecodable_bytes_reject_their_line_only(tmp_path: Path) -> None:
    content = "id,title\n1,好\n".encode() + b"2,\xff\xfe\xc3\n" + "3,也好\n".encode()
    good, faults, _ = rows(write(tmp_path / "a.csv", content))
    assert [r["id"] for r in good] == ["1", "3"]
    assert codes(faults) == [("undecodable", 3)]
    assert faults[0].field == "title"


def test_an_open_quote_costs_one_line_not_the_rest_of_the_file(tmp_path: Path) -> None:
    content = 'id,title\n1,one\n2,"never closed\n' + "".join(f"{i},row\n" for i in range(3, 2000))
    good, faults, _ = rows(write(tmp_path / "a.csv", content))
    assert len(good) == 1998
    assert codes(faults) == [("quote", 3)]


def test_a_quoted_field_over_several_lines_keeps_its_first_line_number(tmp_path: Path) -> None:
    good, faults, _ = rows(write(tmp_path / "a.csv", 'id,title\n1,"two\nlines"\n2,next\n'))
    assert [(r["_line"], r["title"]) for r in good] == [(2, "two\nlines"), (4, "next")]
    assert not faults


def test_cells_that_do_not_fit_the_header_are_refused(tmp_path: Path) -> None:
    good, faults, _ = rows(write(tmp_path / "a.csv", "id,title\n1,a,b\n2\n3,ok\n4,ok,,\n"))
    assert [r["id"] for r in good] == ["3", "4"]
    assert codes(faults) == [("cells", 2), ("cells", 3)]


def test_nul_and_enormous_line(tmp_path: Path) -> None:
    content = b"id,title\n1,a\0b\n2," + b"x" * 5000 + b"\n3,ok\n"
    good, faults, _ = rows(write(tmp_path / "a.csv", content), limits=Limits(line=1000))
    assert [r["id"] for r in good] == ["3"]
    assert codes(faults) == [("nul", 2), ("line_too_long", 3)]


def test_truncated_gzip_imports_what_was_read_and_says_so(tmp_path: Path) -> None:
    text = "id,title\n" + "".join(f"{i},title number {i * 7919}\n" for i in range(20_000))
    whole = gzip.compress(text.encode())
    good, faults, damage = rows(write(tmp_path / "a.csv.gz", whole[: len(whole) // 2]))
    assert 5_000 < len(good) < 15_000
    assert [f.code for f in damage] == ["truncated"]
    assert [f.code for f in faults] == ["cut"]
    assert all(r["title"] == f"title number {int(r['id']) * 7919}" for r in good)


def test_corrupt_gzip_is_damage_not_a_crash(tmp_path: Path) -> None:
    text = "id,title\n" + "".join(f"{i},title number {i * 7919}\n" for i in range(50_000))
    whole = bytearray(gzip.compress(text.encode()))
    whole[len(whole) // 2 : len(whole) // 2 + 50] = bytes(50)
    good, _, damage = rows(write(tmp_path / "a.csv.gz", bytes(whole)))
    assert damage
    assert damage[0].code == "corrupt"
    assert len(good) > 1000


def test_unpacked_size_is_bounded(tmp_path: Path) -> None:
    bomb = write(tmp_path / "a.csv.gz", gzip.compress(b"id,title\n" + b"1,x\n" * 2_000_000))
    with pytest.raises(FileError) as error:
        rows(bomb, limits=Limits(unpacked=1 << 20))
    assert error.value.fault.code == "bomb"


def test_jsonlines_bad_lines_are_refused_one_by_one(tmp_path: Path) -> None:
    content = '{"id": 1, "place": {"lat": 1.5}}\nnot json\n[1]\n\n{"id": 2, "t": "a\\u0000"}\n{"id": 3}\n'
    good, faults, _ = rows(write(tmp_path / "a.jsonl", content))
    assert [r["id"] for r in good] == [1, 3]
    assert good[0]["place.lat"] == 1.5
    assert codes(faults) == [("not_json", 2), ("not_json", 3), ("nul", 5)]


def test_one_json_array_is_read_element_by_element(tmp_path: Path) -> None:
    good, faults, _ = rows(write(tmp_path / "a.json", json.dumps([{"id": 1, "at": {"lat": 2}}, 7, {"id": 3}])))
    assert [(r["_line"], r["id"], r["at.lat"]) for r in good] == [(1, 1, 2), (3, 3, None)]
    assert codes(faults) == [("not_json", 2)]
    with pytest.raises(FileError, match="damaged"):
        rows(write(tmp_path / "b.json", '[{"id": 1}, '))


def test_parquet_rows_and_types(tmp_path: Path) -> None:
    table = pa.table({"id": [1, 2, 3], "title": ["a", "b\0", None]})
    pq.write_table(table, tmp_path / "a.parquet")
    good, faults, _ = rows(tmp_path / "a.parquet")
    assert [r["id"] for r in good] == [1, 3]
    assert codes(faults) == [("nul", 2)]


def test_truncated_parquet_is_a_clear_answer(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": list(range(1000))}), tmp_path / "a.parquet")
    whole = (tmp_path / "a.parquet").read_bytes()
    write(tmp_path / "a.parquet", whole[: len(whole) - 40])
    with pytest.raises(FileError, match="damaged"):
        rows(tmp_path / "a.parquet")


def workbook(path: Path, lines: list[list[object]], sheet: str = "Sheet1") -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for line in lines:
        page.append(line)
    book.save(path)
    return path


def test_workbook_title_lines_above_the_header(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["2026年工单明细"], [], ["编号", "主题"], [7, "停水"]])
    good, faults, _ = rows(path, wanted=["编号", "主题"])
    assert [(r["_line"], r["编号"], r["主题"]) for r in good] == [(4, 7, "停水")]
    assert not faults


def test_formulas_are_refused_unless_the_mapping_takes_their_values(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["id", "title"], [1, "a"], [2, '="b"&"c"'], [3, "#N/A"], [4, "d"]])
    good, faults, _ = rows(path)
    assert [r["id"] for r in good] == [1, 4]
    assert codes(faults) == [("formula", 3), ("cell_error", 4)]
    assert faults[0].field == "title"
    assert [r["id"] for r in rows(path, formulas="value")[0]] == [1, 2, 4]


def test_not_a_workbook_and_missing_sheet(tmp_path: Path) -> None:
    with pytest.raises(FileError) as error:
        rows(write(tmp_path / "a.xlsx", b"PK\x03\x04 but no zip"))
    assert error.value.fault.code == "corrupt"
    path = workbook(tmp_path / "b.xlsx", [["id"], [1]])
    with pytest.raises(FileError, match="Sheet1"):
        rows(path, sheet="nope")


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_empty_files(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FileError) as error:
        rows(write(tmp_path / "a.csv", content))
    assert error.value.fault.code == "empty"


def test_header_with_the_same_name_twice(tmp_path: Path) -> None:
    with pytest.raises(FileError) as error:
        rows(write(tmp_path / "a.csv", "id,title,id\n1,a,2\n"))
    assert error.value.fault.code == "header_repeated"


def test_unknown_format_and_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="format"):
        rows(write(tmp_path / "a.docx", b"something"))
    with pytest.raises(FileError, match="no such file"):
        rows(tmp_path / "gone.csv")


def test_detection_is_not_swayed_by_single_broken_lines() -> None:
    good = "主题,小区停水\n".encode() * 20
    assert detect_encoding(good + b"\xff\xfe\xc3\xc3\n") == "utf-8"
    assert detect_encoding("主题,小区停水\n".encode("gb18030") * 20 + b"\xff\xff\n") == "gb18030"
    assert detect_encoding(b"plain ascii\n") == "utf-8"


def test_every_fault_has_words_in_both_languages() -> None:
    for code, words in FAULTS.items():
        assert set(words) == {"zh", "en"}, code
        assert all(all(part for part in words[lang]) for lang in words), code


@settings(max_examples=examples(200), deadline=None)
@given(
    content=st.lists(st.text(alphabet='ab,"\n\r中é', max_size=12), max_size=30),
    chunk=st.integers(1, 40),
)
def test_lines_do_not_depend_on_how_the_bytes_arrive(content: list[str], chunk: int) -> None:
    data = "\n".join(content).encode()
    source = bytes_of(data)
    source.chunks = iter([data[i : i + chunk] for i in range(0, len(data), chunk)])
    pieces = [line.text for line in read_lines(source, "utf-8", 1 << 20)]
    assert "".join(pieces).encode() == data
    whole = [line.text for line in read_lines(bytes_of(data), "utf-8", 1 << 20)]
    assert pieces == whole


@settings(max_examples=examples(150), deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_crash_the_csv_reader(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = write(tmp_path_factory.mktemp("junk") / "a.csv", b"id,title\n" + junk + b"\n5,last\n")
    try:
        good, faults, _ = rows(path, limits=Limits(line=4096), wanted=["id", "title"])
    except FileError as error:
        good, faults = [], [error.fault]
        if error.fault.code != "encoding_unsure":
            raise
    assert all(isinstance(r["id"], str) for r in good)
    assert all(f.words("zh") and f.words("en") for f in faults)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.parquet", "a.xlsx", "a.zip"])
def test_how_much_has_been_read_is_known_while_reading(tmp_path: Path, name: str) -> None:
    path, text = tmp_path / name, "id,title\n" + "".join(f"{i},{'title ' * 90}{i}\n" for i in range(4000))
    if name.endswith("parquet"):
        pq.write_table(pa.table({"id": list(range(4000))}), path)
    elif name.endswith("xlsx"):
        workbook(path, [["id"], *([i] for i in range(4000))])
    elif name.endswith("zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("a.csv", text)
    elif name.endswith("jsonl"):
        write(path, "".join(f'{{"id": {i}, "t": "{"x" * 400}"}}\n' for i in range(4000)))
    else:
        write(path, gzip.compress(text.encode()) if name.endswith("gz") else text)
    table = open_tables(path, limits=Limits(batch=1000))[0]
    shares = [table.share() for _ in table.batches()]
    assert shares == sorted(shares)
    assert shares[0] < 1.0 or name == "a.csv.gz"  # so small when packed that it is read at once
    assert shares[-1] == pytest.approx(1.0, abs=0.01)
