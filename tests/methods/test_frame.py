"""What holds for every method: the convention of files, options, rejects and answers."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

import bihuan.methods
from bihuan.cli.calc import app
from bihuan.declare.types import field_types
from bihuan.extend import METHODS
from bihuan.methods.declared.describing import about, page_of, schema_of
from bihuan.methods.declared.finding import UnknownMethodError, all_methods, method_named
from bihuan.methods.declared.model import Method
from bihuan.methods.declared.running import WrongCallError, option_texts, run_method
from bihuan.methods.declared.sheets import UnreadableError, read_sheet
from tests.commands import answer_of
from tests.methods.running import run

HAZARDS = """id,site,kind,found_on,closed_on
h1,s1,exit,2025-01-01,2025-01-10
h2,s1,exit,2025-01-10,
h3,s1,exit,2025-03-01,
h4,s2,exit,2025-02-30,
h5,,exit,2025-02-01,
"""


def test_a_file_of_the_folder_is_a_method_and_is_found_by_its_name() -> None:
    files = {p.stem for p in Path(bihuan.methods.__path__[0]).glob("*.py")} - {"__init__", "extension"}
    assert {each.name for each in METHODS.all()} >= {name.replace("_", "-") for name in files}
    for each in METHODS.all():
        assert each.declared().name == each.name


@pytest.mark.parametrize("method", all_methods(), ids=lambda method: method.name)
def test_a_declaration_is_whole(method: Method) -> None:
    assert method.source
    assert method.peer
    assert method.error
    said = about(method)
    assert "Source:" in said
    assert "Compared with:" in said
    columns = [*method.output, *method.options, *(c for each in method.inputs for c in each.columns)]
    assert all(c.type in field_types() and c.zh and c.en for c in columns)
    assert all(fact.zh and fact.en for fact in method.facts)
    names = [column.name for column in method.output]
    assert set(method.key) <= set(names)
    assert page_of(method).startswith(f"## {method.name}\n")
    jsonschema.Draft202012Validator.check_schema(schema_of(method))


def test_wrong_rows_are_rejected_with_place_rule_and_remedy_and_the_rest_is_done() -> None:
    rows, outcome = run("repeat-hazards", HAZARDS)
    assert [row["id"] for row in rows] == ["h1", "h2", "h3"]
    told = {(r.row, r.field) for r in outcome.rejects}
    assert told == {(5, "closed_on"), (5, "found_on"), (6, "site")} - {(5, "closed_on")}
    assert all(r.file == "input0.csv" and " · " in r.rule and " · " in r.remedy for r in outcome.rejects)
    answer = outcome.as_json("repeat-hazards")
    assert (answer["ok"], answer["rows"], answer["rejected"]) == (False, 5, 2)
    jsonschema.validate(json.loads(json.dumps(answer)), schema_of(method_named("repeat-hazards")))


def test_the_order_of_rows_and_columns_does_not_matter() -> None:
    plain = run("repeat-hazards", HAZARDS)[0]
    turned = "\n".join(",".join(reversed(line.split(","))) for line in HAZARDS.strip().splitlines())
    for seed in range(5):
        assert run("repeat-hazards", turned, shuffle=seed)[0] == plain


def test_rows_with_one_key_count_once_when_equal_and_never_when_different() -> None:
    text = "id,site,kind,found_on,closed_on\na,s,k,2025-01-01,\na,s,k,2025-01-01,\nb,s,q,2025-01-01,\nb,s,q,2025-01-02,"
    rows, outcome = run("repeat-hazards", text)
    assert [row["id"] for row in rows] == ["a"]
    assert [r.row for r in outcome.rejects] == [3, 4, 5]


def test_further_columns_are_noted_and_ignored() -> None:
    rows, outcome = run("repeat-hazards", "who,id,site,kind,found_on,closed_on\nme,a,s,k,2025-01-01,")
    assert rows
    assert "who" not in rows[0]
    assert any("who" in remark for remark in outcome.remarks)


@pytest.mark.parametrize(
    ("raw", "lines"),
    [
        ('a,b\n1,"x\ny"\n2,z\n', [2, 4]),
        ("a,b\r\n1,x\r\n2,y\r\n", [2, 3]),
        ("\ufeffa,b\n1,x\n\n2,y\n", [2, 4]),
        ("a,b\n1,x\n2\n3,y,z\n4,w\n", [2, 5]),
    ],
)
def test_lines_are_those_of_the_file(tmp_path: Path, raw: str, lines: list[int]) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(raw.encode())
    sheet = read_sheet(path, ["a", "b"])
    assert sheet.lines.tolist() == lines
    assert len(sheet.columns["a"]) == len(lines)


def test_gb18030_and_workbook_readers_are_used(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes("编号,地点\n甲,中关村大街\n乙,清华西路\n".encode("gb18030"))
    assert read_sheet(path, ["编号"]).columns["地点"].to_pylist() == ["中关村大街", "清华西路"]
    lines = tmp_path / "t.jsonl"
    lines.write_text('{"a": "x", "b": 1}\n{"a": "y", "b": 2}\n', encoding="utf-8")
    assert read_sheet(lines, ["a"]).columns["b"].to_pylist() == ["1", "2"]


def test_what_cannot_be_called_says_how(tmp_path: Path) -> None:
    method = method_named("repeat-hazards")
    path = tmp_path / "h.csv"
    path.write_text("id,site\na,b\n", encoding="utf-8")
    with pytest.raises(UnreadableError, match="closed_on"):
        run_method(method, [path], {})
    with pytest.raises(UnreadableError, match="No such file"):
        run_method(method, [tmp_path / "none.csv"], {})
    for options, files in (({"day": "3"}, [path]), ({"days": "x"}, [path]), ({}, []), ({}, [path, path])):
        with pytest.raises(WrongCallError) as refused:
            run_method(method, files, options)
        assert refused.value.remedy
    with pytest.raises(WrongCallError):
        run_method(method_named("petition-clocks"), [path], {})
    with pytest.raises(WrongCallError):
        option_texts(["a=1", "a=2"])
    with pytest.raises(UnknownMethodError, match="no such method"):
        method_named("nothing")


def test_the_command_writes_answer_rejects_and_one_object(tmp_path: Path) -> None:
    path, out, rejects = tmp_path / "h.csv", tmp_path / "out.csv", tmp_path / "rejects.csv"
    path.write_text(HAZARDS, encoding="utf-8")
    words = ["repeat-hazards", str(path), "--out", str(out), "--rejects", str(rejects), "--option", "days=60"]
    done = CliRunner().invoke(app, [*words, "--json"])
    assert done.exit_code == 1, "something was rejected"
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["rejected"] == 2
    assert out.read_bytes() == b"id,state,of,nth\nh1,first,,1\nh2,open_already,h1,1\nh3,repeat,h1,2\n"
    assert rejects.read_text(encoding="utf-8").splitlines()[0] == "file,row,field,rule,remedy"
    assert answer_of(app, "--list")["methods"]
    assert CliRunner().invoke(app, ["nothing", "--json"]).exit_code == 2
