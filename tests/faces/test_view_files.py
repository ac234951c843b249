"""A view that says so is a Word document too: the same panels, headings, tables with heads; nobody else opens it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from docx import Document

from bihuan.faces.panels import catalogue
from bihuan.faces.panels.declared import Band, PanelFile, Shown, Strip
from bihuan.faces.panels.report import _blocks
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.pure.cells import Row
from tests.faces import cases
from tests.faces.test_views import NAME, visitor, written
from tests.subjects.makers import write as write_rows_of

VIEW = f"""
name: {{zh: 月报, en: Monthly report}}
about: {{zh: 试验, en: a trial}}
dated: true
report: true
panels:
  - {{kind: cases, {NAME}, case: request}}
  - {{kind: subjects, name: {{zh: 场所, en: Places}}, type: site, columns: [number, name]}}
"""


@pytest.fixture
def town(loaded: None, db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A report of the hotline with a case and a site; beside it the same page that is none."""
    written(tmp_path, VIEW)
    written(tmp_path, VIEW).with_name("page.yaml").write_text(VIEW.replace("report: true", ""), encoding="utf-8")
    real = catalogue.folder_of
    monkeypatch.setattr(catalogue, "folder_of", lambda name: tmp_path if name == "hotline" else real(name))
    mine, _code = cases.opened("三号楼路灯不亮")
    row = Row(1, "S1", None, None, {"number": "S1", "name": "一号", "position": [116300000, 39950000]}, None)
    write_rows_of(subject_type("site"), [row])
    return mine.number


@pytest.mark.slow
def test_a_report_is_a_word_document_of_its_panels(town: str, built: None) -> None:
    client = visitor("operator")
    assert "page/toy.docx?at=" in client.get("/programmes/hotline/page/toy/").content.decode()
    for language, title, place in (("zh-hans", "月报", "场所"), ("en", "Monthly report", "Places")):
        answer: Any = client.get("/programmes/hotline/page/toy.docx", headers={"accept-language": language})
        assert answer.status_code == 200
        document = Document(io.BytesIO(answer.content))
        heads = [each.text for each in document.paragraphs if each.style.name.startswith("Heading")]
        assert (heads[0], heads[2]) == (title, place)
        cells = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
        assert any(town in row for row in cells)
        assert any(row[:2] == ["S1", "一号"] for row in cells)
    assert client.get("/programmes/hotline/page/page.docx").status_code == 404
    assert client.get("/programmes/hotline/page/none.docx").status_code == 404


def test_colours_become_counts_and_an_empty_panel_says_so() -> None:
    cells = [(0, "band-good", "1: 20"), (1, "band-heavy", "2: 210"), (2, "band-good", "3: 30"), (3, "band-none", "4")]
    strip = Strip("一号站", "/s/", cells, 4, "", "30", "75 %")
    shown = Shown(strips=[strip], bands=[Band("band-good", "优"), Band("band-heavy", "重度")])
    panel = PanelFile.model_validate({"kind": "strip", "name": {"zh": "日历", "en": "Calendar"}})
    _, table = _blocks(panel, shown)
    assert table.heads[1:3] == ("优", "重度")
    assert table.rows == (("一号站", "2", "1", "30", "75 %"),)
    assert [each.kind for each in _blocks(panel, Shown())] == ["heading", "paragraph"]
