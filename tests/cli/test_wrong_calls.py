"""Every command, called wrongly in six ways: one sentence with its remedy, one JSON object, never a traceback.

The commands run in this process, on the empty tables of the test database, so that all of them can be tried; what
starts or stops servers is tried on a folder that was never initialised, where it must refuse.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.db import OperationalError, ProgrammingError

from bihuan.cli import ending
from bihuan.cli.main import load_command, main
from bihuan.console import output
from bihuan.extend import COMMANDS
from bihuan.faults import Fault

RUNS_SERVERS = ("init", "serve", "worker", "stop", "migrate", "demo", "restore", "backup")
NEVER_WRONG = ("programme schema", "programme check", "lake questions")  # need neither a home nor a file


class Spoken(NamedTuple):
    """What one call said: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def answer(self) -> dict[str, Any]:
        """The object of the last line."""
        found: dict[str, Any] = json.loads(self.out.splitlines()[-1])
        return found


Call = Callable[..., Spoken]


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that can be called, with its words."""

    def walk(words: str, command: Any) -> Iterator[tuple[str, Any]]:
        if hasattr(command, "commands"):
            for name, inner in command.commands.items():
                yield from walk(f"{words} {name}", inner)
        else:
            yield words, command

    for name in [command.name for command in COMMANDS.all()]:
        yield from walk(name, load_command(name))


ALL = dict(commands())
QUIET = [words for words in ALL if words.split()[0] not in RUNS_SERVERS]


def asked(command: Any, path: str, word: str) -> list[str]:
    """What a command must be given: `path` for every file, `word` for every text, 1 for every number."""
    given: list[str] = []
    for parameter in command.params:
        if not parameter.required:
            continue
        kind = str(parameter.type_descriptor.annotation)
        value = path if "Path" in kind else "1" if "int" in kind or "float" in kind else word
        if "datetime" in kind:
            value = "2026-01-01"
        given += [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]
    return given


def with_file(command: Any, path: str) -> list[str]:
    """The same, with the first optional file given too."""
    given = asked(command, path, "nonsense")
    if path not in given:
        for parameter in command.params:
            kind = str(parameter.type_descriptor.annotation)
            if "Path" in kind and not parameter.required and parameter.param_type_name == "argument":
                return [*given, path]
    return given


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Call]:
    """Call a command as somebody types it, in an empty folder; the environment is put back afterwards."""
    from bihuan.registers import live

    before = dict(os.environ)
    monkeypatch.chdir(tmp_path)
    live.forget_snapshots()  # a district that an earlier test had in this process is none of this folder's

    def run(*words: str) -> Spoken:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(words)
        code = ended.value.code
        return Spoken(code if isinstance(code, int) else 0, *capsys.readouterr())

    yield run
    os.environ.clear()
    os.environ.update(before)


def check(said: Spoken) -> None:
    """No traceback, no fault of the program, an honest exit code, and one object that agrees with it."""
    assert "Traceback" not in said.out + said.err, said.err
    assert "a fault of this program" not in said.err, said.err
    assert said.code in (0, 1, 2), said
    answer = said.answer
    if said.code == 0:
        assert answer.get("ok", True) is not False
        return
    assert answer["ok"] is False
    if "error" in answer:
        assert answer["error"].strip()
        assert answer["remedy"].strip(), answer
        assert "\n" not in answer["error"] or "problems" in answer, answer["error"]


@pytest.mark.slow
@pytest.mark.parametrize("words", ALL)
def test_in_a_folder_that_was_never_initialised(words: str, call: Call, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("BIHUAN_HOME", str(tmp_path / "nothing"))
    if words in ("init", "demo", "restore", *NEVER_WRONG):
        pytest.skip("sets a folder up, or needs none")
    check(call(*words.split(), *asked(ALL[words], str(tmp_path / "absent.csv"), "nonsense"), "--json"))


@pytest.mark.parametrize("words", QUIET)
def test_without_a_district_and_with_absent_files(words: str, call: Call, db: None, tmp_path: Path) -> None:
    check(call(*words.split(), *with_file(ALL[words], str(tmp_path / "absent.csv")), "--json"))


@pytest.mark.slow
@pytest.mark.parametrize("words", QUIET)
def test_with_a_file_of_another_kind(words: str, call: Call, db: None, tmp_path: Path) -> None:
    file = tmp_path / "picture.csv"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\xff\xfe\x00\x81" * 40)
    check(call(*words.split(), *with_file(ALL[words], str(file)), "--json"))


@pytest.mark.slow
@pytest.mark.parametrize("words", QUIET)
def test_with_a_folder_in_place_of_a_file(words: str, call: Call, db: None, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    check(call(*words.split(), *with_file(ALL[words], str(folder)), "--json"))


@pytest.mark.parametrize("words", ALL)
def test_with_an_option_that_does_not_exist(words: str, call: Call) -> None:
    said = call(*words.split(), "--no-such-option", "--json")
    check(said)
    assert said.code == ending.WRONG_CALL
    assert "--help" in said.answer["remedy"]


@pytest.mark.slow
@pytest.mark.parametrize("words", [w for w, c in ALL.items() if any(p.required for p in c.params)])
def test_with_nothing_that_it_needs(words: str, call: Call) -> None:
    said = call(*words.split(), "--json")
    check(said)
    assert said.code == ending.WRONG_CALL
    assert "Missing" in said.answer["error"]


def test_import_without_a_district_says_which_command_loads_one(call: Call, db: None, tmp_path: Path) -> None:
    file = tmp_path / "reports.csv"
    file.write_text("id,opened,title\n1,2026-03-01,路灯不亮\n", encoding="utf-8")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("id: own\ncolumns: {id: id, opened: opened, title: title}\n", encoding="utf-8")
    said = call("import", str(file), "--mapping", str(mapping), "--json")
    check(said)
    assert said.code == ending.FAULT


def raising(error: Exception) -> Callable[[], object]:
    """A command that ends with an exception."""

    def end() -> object:
        raise error

    return end


@pytest.mark.parametrize(
    ("error", "sentence", "remedy"),
    [
        (output.Failure("no unit 7", "name one of 1–6", unit="7"), "no unit 7", "name one of 1–6"),
        (FileNotFoundError(2, "No such file or directory", "a.csv"), "a.csv: No such file or directory", "path"),
        (OSError(28, "No space left on device", "b.csv"), "b.csv: No space left on device", "free some space"),
        (OperationalError("server closed\nthe connection"), "the database does not answer: server closed", "doctor"),
        (KeyError("lon"), "a fault of this program: KeyError: 'lon'", "report it with"),
    ],
)
def test_each_kind_of_end_is_told_in_words(
    error: Exception, sentence: str, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ending.run(raising(error), as_json=True) == ending.FAULT
    out, err = capsys.readouterr()
    answer = json.loads(out)
    assert answer["error"] == sentence
    assert remedy in answer["remedy"]
    assert sentence in err
    assert "Traceback" not in out + err
    if "details" in answer:
        kept = Path(answer["details"])
        assert "Traceback" in kept.read_text(encoding="utf-8")
        assert kept.stat().st_mode & 0o077 == 0
        kept.unlink()


def test_tables_of_another_version_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    class Undefined(Exception):
        sqlstate = "42P01"

    error = ProgrammingError('relation "loop_case" does not exist')
    error.__cause__ = Undefined()
    assert ending.run(raising(error), as_json=False) == ending.FAULT
    assert "bihuan migrate" in capsys.readouterr().err


def test_an_interrupted_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> object:
        raise KeyboardInterrupt

    assert ending.run(interrupt, as_json=False) == ending.INTERRUPTED
    assert "interrupted" in capsys.readouterr().err


def test_a_fault_of_another_process_keeps_its_traceback_out_of_sight() -> None:
    text = "Traceback (most recent call last):\n  File x\nKeyError: 'lon'\n"
    fault = ending.fault_of(Fault.of_traceback(text))
    assert fault.message == "KeyError: 'lon'"
    kept = Path(fault.fields["details"])
    assert kept.read_text(encoding="utf-8") == text
    kept.unlink()
