"""Indicators as files beside their programme: found, checked, and the same bytes as ever."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from bihuan.loop import indicator_files
from bihuan.loop.folders import shipped
from bihuan.loop.indicator_files import definitions, every_edition, indicator_problems, usable_from
from bihuan.loop.indicator_queries import query_problems
from bihuan.loop.programmes import DeclarationError, all_programmes, folder_of, load_programme
from bihuan.numbers import queries
from bihuan.server.home import current_home
from tests.numbers.published import DEFINITIONS, QUERIES

BUILT_IN = shipped()[0]

GOOD = """
-- Cases with a photograph among their evidence.
SELECT c.case_id, c.programme, c.area, c.unit, c.category,
       EXISTS (SELECT 1 FROM events e WHERE e.case_id = c.case_id AND e.kind = 'evidence_added') AS counted
FROM cases c CROSS JOIN period p WHERE c.opened_at >= p.start
"""
FILE = """
id: pictured_share
editions:
  - edition: 2026-01
    effective_from: 2000-01-01
    name: {zh: 带照片占比, en: Share with photographs}
    group: own
    query: pictured
    numerator: {zh: 有照片, en: with a photograph}
    denominator: {zh: 当月受理, en: registered in the month}
    exclusions: none
    better: high
    citation: test
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a programme whose folder may be changed."""
    copied = tmp_path / "street_scene"
    shutil.copytree(BUILT_IN / "street_scene", copied)
    (copied / "indicators" / "pictured_share.yaml").write_text(FILE, encoding="utf-8")
    (copied / "indicators" / "pictured.sql").write_text(GOOD, encoding="utf-8")
    return copied


def test_definitions_and_queries_are_the_published_ones() -> None:
    """Months were published with these: their bytes may not move with the files."""
    assert {(d.id, d.edition): d.digest for d in every_edition()} == DEFINITIONS
    assert {group: queries.sha256(queries.fragment("query", group)) for group in QUERIES} == QUERIES


def test_an_indicator_belongs_to_the_programme_that_alone_counts_it() -> None:
    users: dict[str, list[str]] = {}
    for programme in all_programmes().values():
        for indicator in programme.indicator_ids:
            users.setdefault(indicator, []).append(folder_of(programme.id).name)
    homes = {file.stem: file.parent.parent.name for file in BUILT_IN.glob("*/indicators/*.yaml")}
    assert homes == {i: used[0] if len(used) == 1 else "shared" for i, used in users.items()}


def test_a_programme_brings_an_indicator_with_its_query(folder: Path) -> None:
    text = (folder / "programme.yaml").read_text(encoding="utf-8")
    (folder / "programme.yaml").write_text(text.replace("indicators: [", "indicators: [pictured_share, "), "utf-8")
    assert "pictured_share" in load_programme(folder).indicator_ids
    assert "pictured_share" in usable_from(folder)
    assert "pictured_share" not in {d.id for d in every_edition()}, "a draft elsewhere counts nothing"


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("SELECT 1 FROM", "not SQL"),
        ("DELETE FROM events", "not one SELECT"),
        (GOOD + "; SELECT 1", "not one SELECT"),
        (GOOD.replace("FROM cases c", "FROM loop_case c"), "loop_case"),
        (GOOD.replace("FROM cases c", "FROM pg_catalog.cases c"), "pg_catalog"),
        (GOOD.replace("c.area", "pg_read_file('/etc/passwd') AS area"), "pg_read_file"),
        (GOOD.replace("c.area", "now()::text AS area"), "current_timestamp"),
        (GOOD.replace("c.area", "current_user AS area"), "current_user"),
        (GOOD.replace("c.area", "random()::text AS area"), "random"),
        (GOOD.replace("c.area", "%(cut)s AS area"), "parameter"),
        (GOOD.replace("c.area, ", ""), "it answers"),
        (GOOD.replace("c.area, c.unit", "c.unit, c.area"), "it answers"),
        ("WITH gone AS (DELETE FROM events RETURNING *)" + GOOD.split("evidence.")[1], "changes"),
        (GOOD.rstrip() + " FOR UPDATE", "locks"),
        ("SELECT * INTO x FROM cases", "changes"),
    ],
)
def test_a_query_that_reads_or_does_anything_else_is_refused(folder: Path, query: str, says: str) -> None:
    (folder / "indicators" / "pictured.sql").write_text(query, encoding="utf-8")
    told = [str(problem) for problem in query_problems(folder / "indicators" / "pictured.sql")]
    assert any(says in each for each in told), told
    with pytest.raises(DeclarationError, match=r"pictured\.sql"):
        load_programme(folder)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("id: pictured_share", "id: other_share", "declares 'other_share'"),
        ("    query: pictured\n", "", "belong together"),
        ("query: pictured", "query: absent", "does not exist"),
        ("better: high", "better: best", "best"),
        ("    citation: test", "    citation: test\n    superseded_by: 2030-01", "no edition '2030-01'"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(folder: Path, old: str, new: str, says: str) -> None:
    file = folder / "indicators" / "pictured_share.yaml"
    file.write_text(FILE.replace(old, new), encoding="utf-8")
    (found,) = [p for p in indicator_problems(folder) if says in p.what]
    assert found.file.endswith("street_scene/indicators/pictured_share.yaml")
    assert found.line >= 1
    assert found.remedy
    with pytest.raises(DeclarationError):
        load_programme(folder)


def test_two_editions_may_not_hold_on_one_day(folder: Path) -> None:
    doubled = FILE + FILE.split("editions:\n")[1].replace("2026-01", "2026-02")
    (folder / "indicators" / "pictured_share.yaml").write_text(doubled, encoding="utf-8")
    assert [p.what for p in indicator_problems(folder)] == ["two editions of 'pictured_share' hold on the same day"]


def test_a_citys_own_programme_brings_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BIHUAN_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "programmes").mkdir(parents=True)
    own = current_home().path / "programmes" / "own"
    shutil.copytree(folder / "indicators", own / "indicators")
    for file in own.glob("indicators/findings*"):
        file.unlink()
    indicator_files.forget()
    assert "pictured_share" in definitions(date(2026, 11, 1))
    text = queries.text_of(definitions(date(2026, 11, 1))["pictured_share"])
    assert text.startswith("WITH period AS")
    volume = (BUILT_IN / "hotline" / "indicators" / "volume.yaml").read_text("utf-8")
    (own / "indicators" / "volume.yaml").write_text(volume, "utf-8")
    assert list(indicator_problems(own)) == [], "a copy says the same"
    (own / "indicators" / "volume.yaml").write_text(volume.replace("better: neutral", "better: low"), "utf-8")
    assert ["already declared otherwise" in p.what for p in indicator_problems(own)] == [True]
    indicator_files.forget()
