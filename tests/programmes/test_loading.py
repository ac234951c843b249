"""Programmes as files: the shipped ones hold together, and every kind of fault is named with file, line and remedy."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import jsonschema
import pytest

from bihuan.declare.problems import DeclarationError, Problem
from bihuan.declare.source import read
from bihuan.loop.diagram import mermaid, svg
from bihuan.loop.programme_checks import uncovered
from bihuan.loop.programmes import (
    all_programmes,
    folder_of,
    folders,
    folders_aside,
    forget_folders,
    load_programme,
    schema,
)
from bihuan.loop.quality import GRADES, RULES, grade, read_claims

HOTLINE = folder_of("hotline")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the flagship that a test may spoil."""
    return shutil.copytree(HOTLINE, tmp_path / "mine")


def spoil(folder: Path, old: str, new: str) -> tuple[Problem, ...]:
    """Replace one text in the copy and return the problems that loading names."""
    path = folder / "programme.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text, "the test must change something"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError) as error:
        load_programme(folder)
    return error.value.problems


def line_of(folder: Path, text: str) -> int:
    lines = (folder / "programme.yaml").read_text(encoding="utf-8").splitlines()
    return next(i for i, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize("folder", folders(), ids=lambda f: f.name)
def test_every_shipped_programme_holds_together(folder: Path) -> None:
    programme = load_programme(folder)
    assert programme.cases
    for name, case in programme.cases.items():
        assert uncovered(case) == [], name
    assert grade(folder) in GRADES
    assert programme.name.zh != programme.name.en


@pytest.mark.parametrize("folder", folders(), ids=lambda f: f.name)
def test_every_shipped_programme_follows_the_published_schema(folder: Path) -> None:
    document = read(folder / "programme.yaml")
    jsonschema.Draft202012Validator(schema()).validate(document)


def test_loading_all_is_cached_and_quick() -> None:
    all_programmes()
    started = time.perf_counter()
    for _ in range(20):
        all_programmes()
    assert (time.perf_counter() - started) / 20 < 0.05


@pytest.mark.parametrize(
    ("old", "new", "at", "what", "remedy"),
    [
        ("    desk: operator", "    dseks: operator", "dseks", "'dseks' is not a known field", "did you mean 'desk'?"),
        ("    shape: complaint", "    shape: complain", "shape: complain", "'complain' is not allowed", "one of these"),
        ("clause: governance.hotline\n", "", "# 接诉即办", "'clause' is missing", "add `clause:`"),
        ("within: 2h", "within: 2 moons", "within: 2 moons", "wrong form", "for example 2h"),
        ("to: accepted", "to: acepted", "to: acepted", "unknown event 'acepted'", "did you mean 'accepted'?"),
        ("max: 2     ", "max: two     ", "max: two", "'two'", "correct the value"),
        ("table: hotline_clocks}", "table: hot_clocks}", "table: hot_clocks", "'hot_clocks' does not exist", "create"),
        ("categories: categories.yaml", "categories: c.yaml", "c.yaml", "'c.yaml' does not exist", "create c.yaml"),
        ("    desk: operator", "    desk: operatro", "desk: operatro", "'operatro' is not a role", "spelling"),
        ("    outcomes: [", "    disabled: [fly]\n    outcomes: [", "disabled", "'fly' is not a command", "remove"),
        ("answered, withdrawn", "withdrawn", "outcomes:", "'answered' can be reached", "add 'answered'"),
        ("merged]", "merged, melted]", "outcomes:", "'melted' is not an outcome", "spelling"),
        ("  - volume", "  - volumme", "- volumme", "'volumme' is not an indicator", "did you mean 'volume'?"),
        ("- {id: on_time_rate, clock: feedback}", "- on_time_rate", "- on_time_rate", "which clock", "id: on"),
        ("clock: feedback}", "clock: feedbak}", "clock: feedbak", "'feedbak', which request does not have", "feedback"),
        ("clock: feedback}", "clock: triage}", "clock: triage", "does not end when the unit hands in", "feedback"),
        ("  - volume", "  - {id: volume, clock: triage}", "{id: volume", "does not ask for a clock", "`volume` alone"),
        ("scorecard: three_rates", "scorecard: four_rates", "scorecard:", "'four_rates' does not exist", "tables/"),
    ],
)  # fmt: skip
def test_a_fault_names_its_line_and_remedy(copy: Path, old: str, new: str, at: str, what: str, remedy: str) -> None:
    problems = spoil(copy, old, new)
    found = next((p for p in problems if what in p.what), None)
    assert found is not None, problems
    assert found.file == "mine/programme.yaml"
    assert found.line == line_of(copy, at)
    assert remedy in found.remedy
    assert found.rule


def test_a_state_without_a_clock_is_found_with_the_way_there(copy: Path) -> None:
    problems = spoil(copy, "from: returned\n", "from: urged\n")
    told = {p.what for p in problems}
    assert "no clock runs in state 'received' after opened → dispatched → returned" in told
    assert any("'arbitration'" in t for t in told)
    assert {p.line for p in problems} == {line_of(copy, "    clocks:") + 0}


def test_a_second_handling_counts_as_dispatched(copy: Path) -> None:
    """Without the clocks that begin at `dispatched`, a failed verification would leave the unit without a deadline."""
    path = copy / "programme.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("from: dispatched", "from: accepted"), encoding="utf-8")
    with pytest.raises(DeclarationError) as error:
        load_programme(copy)
    ways = {p.what.split(" after ")[1] for p in error.value.problems if "'dispatched'" in p.what}
    assert ways == {"opened → dispatched"}


def test_bad_yaml_bad_bytes_and_repeated_keys_name_the_line(copy: Path) -> None:
    path = copy / "programme.yaml"
    good = path.read_bytes()
    for spoilt, line in (
        (b"id: [hotline\n" + good, 3),
        (good + b"id: again\n", good.count(b"\n") + 1),
        (good + "名".encode("gb18030") + b"\n", good.count(b"\n") + 1),
    ):
        path.write_bytes(spoilt)
        with pytest.raises(DeclarationError) as error:
            load_programme(copy)
        assert abs(error.value.problems[0].line - line) <= 1
        assert error.value.problems[0].remedy


def test_a_city_adds_its_own_programme_and_may_not_take_an_id(
    copy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    home = tmp_path / "home" / "programmes"
    shutil.copytree(copy, home / "mine")
    monkeypatch.setenv("BIHUAN_HOME", str(tmp_path / "home"))
    forget_folders()
    request.addfinalizer(forget_folders)
    assert "already the id" in str(folders_aside()[home / "mine"])
    assert folder_of("hotline") == HOTLINE
    path = home / "mine" / "programme.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("id: hotline", "id: hotline-two"), encoding="utf-8")
    forget_folders()
    assert folders_aside() == {}, "its tables have the names of another programme's and are its own"
    assert {"hotline", "hotline-two"} <= set(all_programmes())
    assert folder_of("hotline-two") == home / "mine"


def test_a_changed_file_is_read_again(copy: Path) -> None:
    import os

    assert load_programme(copy).edition == "2026-11"
    path = copy / "programme.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("edition: 2026-11", "edition: 2026-12"), encoding="utf-8")
    os.utime(path, ns=(1, path.stat().st_mtime_ns + 1_000_000))
    assert load_programme(copy).edition == "2026-12"


def test_quality_is_claimed_for_every_rule(copy: Path) -> None:
    assert set(read_claims(copy)) == set(RULES)
    path = copy / "quality.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("sample_data: done", "sample_data: todo"), encoding="utf-8")
    assert grade(copy) == "bronze"
    path.write_text(text.replace("  sample_data: done", "  sample_dta: perhaps"), encoding="utf-8")
    with pytest.raises(DeclarationError) as error:
        grade(copy)
    assert {p.field for p in error.value.problems} == {"rules.sample_dta", "rules.sample_data"}


@pytest.mark.parametrize("folder", folders(), ids=lambda f: f.name)
def test_pictures_hold_every_state_once_in_both_languages(folder: Path) -> None:
    from xml.etree.ElementTree import fromstring

    programme = load_programme(folder)
    for kind in programme.cases:
        for language in ("zh", "en"):
            text = mermaid(programme, kind, language)  # type: ignore[arg-type]  # the two literals
            states = [line.split(" as ")[1] for line in text.splitlines() if " as " in line]
            assert len(states) == len(set(states)) > 3
            drawn = fromstring(svg(programme, kind, language))  # type: ignore[arg-type]
            names = [t.text for t in drawn.iter("{http://www.w3.org/2000/svg}text")]
            assert len(names) == len(set(names)) == len(states) + 1
            assert drawn.find("{http://www.w3.org/2000/svg}title") is not None
