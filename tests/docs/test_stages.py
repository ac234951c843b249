"""Every test belongs to exactly one stage, and the stages say how they went."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import stages, together
from tests.examples import FEW, examples
from tests.stages import STAGES, Ran

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("slow", [False, True])
@pytest.mark.parametrize("browser", [False, True])
def test_each_combination_of_marks_is_in_exactly_one_stage(slow: bool, browser: bool) -> None:
    marks = {"slow": slow, "browser": browser, "soak": False, "hypothesis": False}
    chosen = [stage for stage, expression in STAGES.items() if eval(expression, {}, marks)]
    assert len(chosen) == 1
    again = {stage for stage, expression in STAGES.items() if eval(expression, {}, {**marks, "hypothesis": True})}
    assert again == {*chosen, *({"slow"} if chosen == ["fast"] else ())}, "a property is tried again with all examples"
    assert not [stage for stage, expression in STAGES.items() if eval(expression, {}, {**marks, "soak": True})]


def test_a_later_stage_runs_after_one_that_failed_and_the_call_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    codes = {"fast": 1, "slow": 0, "browser": 0}

    def ran(words: list[str], check: bool, env: dict[str, str], cwd: Path) -> Any:
        stage = next(name for name in STAGES if STAGES[name] in words)
        assert (FEW in env) is (stage == "fast")
        return subprocess.CompletedProcess(words, codes[stage])

    monkeypatch.setattr(stages.subprocess, "run", ran)
    assert stages.main([]) == 1
    told = capsys.readouterr().out
    assert [line.split()[0] for line in told.splitlines() if " min" in line] == [*STAGES, "total"]
    assert "FAILED (1)" in told
    codes["fast"] = 0
    assert stages.main(["fast", "slow"]) == 0
    assert "browser" not in capsys.readouterr().out


def test_few_examples_are_a_fifth_and_never_more_than_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FEW, "1")
    assert [examples(full) for full in (100, 40, 12, 3)] == [20, 8, 5, 3]
    monkeypatch.delenv(FEW)
    assert examples(40) == 40


def test_only_the_stage_that_waits_has_a_worker_more_than_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages.os, "process_cpu_count", lambda: 4)
    counted = {stage: stages.command(stage)[stages.command(stage).index("-n") + 1] for stage in STAGES}
    assert counted == {"fast": "4", "slow": "5", "browser": "4"}


def test_an_unknown_stage_is_a_wrong_call(capsys: pytest.CaptureFixture[str]) -> None:
    assert stages.main(["quick"]) == 2
    assert "there are: fast, slow, browser" in capsys.readouterr().err


def test_each_stage_names_its_longest_tests() -> None:
    for stage in STAGES:
        assert f"--durations={stages.SHOWN}" in stages.command(stage)


def test_only_a_file_that_is_slow_as_a_whole_is_left_out_of_the_fast_stage() -> None:
    assert stages.WHOLLY.search("import x\n\npytestmark = [pytest.mark.django_db, pytest.mark.slow]\n")
    assert stages.WHOLLY.search("pytestmark = [\n    pytest.mark.skipif(True, reason='x'),\n    pytest.mark.slow,\n]\n")
    assert not stages.WHOLLY.search("pytestmark = pytest.mark.django_db\n\n\n@pytest.mark.slow\ndef test_x(): ...\n")
    assert "tests/cli/test_demo.py" in stages.left_out("fast")
    assert "tests/docs/test_stages.py" not in stages.left_out("fast")


def test_a_file_without_a_word_of_a_stage_is_left_out_of_it() -> None:
    said = {"slow": ("pytest.mark.slow", "@given(", "from hypothesis import"), "browser": ("visitor", "chromium")}
    for stage, words in said.items():
        for word in words:
            assert stages.MENTIONED[stage].search(f"def test_x():\n    {word}\n")
        assert not stages.MENTIONED[stage].search("def test_x():\n    assert True\n")
    assert "tests/loop/test_invariants.py" not in stages.left_out("slow")
    assert "tests/faces/test_accessibility.py" not in stages.left_out("browser")
    assert "tests/architecture/test_circles.py" in stages.left_out("slow")


def test_no_browser_is_asked_for_outside_the_folder_of_its_stage() -> None:
    files = [
        path
        for path in (ROOT / "tests").rglob("*.py")
        if not any(path.is_relative_to(ROOT / folder) for folder in stages.BROWSERS)
    ]
    asked = re.compile(r"mark\.browser|^def chromium\(", re.MULTILINE)
    assert [path.name for path in files if asked.search(path.read_text(encoding="utf-8"))] == []


def test_what_begins_first_or_shares_a_worker_exists() -> None:
    for name in (*together.LONGEST, *(file for files in together.TOGETHER.values() for file in files)):
        assert (ROOT / name).exists() or not (ROOT / name).parent.exists(), name  # a room can be taken away


def test_a_stage_without_a_test_is_no_success() -> None:
    assert not Ran("fast", stages.NO_TESTS, 0.1).well


def test_whoever_asks_for_the_browser_is_in_its_stage(request: pytest.FixtureRequest) -> None:
    found: list[str] = []
    item: Any = SimpleNamespace(fixturenames=["chromium"], add_marker=lambda mark: found.append(mark.name))
    other: Any = SimpleNamespace(fixturenames=["db"], add_marker=lambda mark: found.append(mark.name))
    plugin: Any = request.config.pluginmanager.getplugin(str(ROOT / "conftest.py"))
    plugin.pytest_collection_modifyitems([item, other])
    assert found == ["browser"]
