"""One letter as HTML, DOCX and PDF: read back by other programs, the same bytes each time, nothing of it is code."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import io
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from typer.testing import CliRunner

from bihuan.documents.letters.catalogue import DeclaredLetter
from bihuan.documents.letters.command import app
from bihuan.documents.letters.factfiles import compose_from
from bihuan.documents.letters.pure.loading import load_letter
from bihuan.documents.letters.rendering.files import RENDERINGS, render_files
from bihuan.documents.letters.rendering.portable import CharacterMissing
from tests.documents.declared import FACTS, LETTER
from tests.examples import examples

pytestmark = pytest.mark.slow  # the compiler of layouts reads twenty megabytes of fonts once

SAYS = {
    "zh": ("责令限期整改通知书", "某某酒店", "配电间<b>", "厨房 & 库房", "2026年5月6日", "第六十五条", "K7QM-2X9D"),
    "en": ("Order to put right", "Hotel Somewhere", "配电间<b>", "6 May 2026", "Work Safety Law", "review"),
}


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> DeclaredLetter:
    """The toy letter."""
    file = tmp_path_factory.mktemp("toy") / "order.yaml"
    file.write_text(LETTER, encoding="utf-8")
    return DeclaredLetter(load_letter(file), file, "toy")


@pytest.fixture(scope="module")
def files(toy: DeclaredLetter) -> dict[str, bytes]:
    """Its six files."""
    return render_files(compose_from(toy, FACTS))


class _Page(HTMLParser):
    """What a reader of the page finds: language, landmarks, headings, heads of tables, words."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_has_language_landmark_headings_and_heads_of_tables(files: dict[str, bytes], language: str) -> None:
    page = _Page(files[f"{language}.html"].decode())
    assert page.of("html")[0]["lang"] == {"zh": "zh-Hans", "en": "en"}[language]
    assert (len(page.of("main")), len(page.of("h1")), len(page.of("h2"))) == (1, 1, 3)
    assert [attrs["scope"] for attrs in page.of("th")] == ["col", "col"]
    assert page.of("caption")
    assert all(said in page.words for said in SAYS[language])
    assert not page.of("b"), "words of a fact are words"
    named = {attrs.get("data-fact") for _, attrs in page.tags} - {None}
    assert {"firm", "found", "grade", "fine", "days", "hazards", "until_review"} <= named


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_word_document_is_read_back(files: dict[str, bytes], language: str) -> None:
    document = Document(io.BytesIO(files[f"{language}.docx"]))
    words = "\n".join(paragraph.text for paragraph in document.paragraphs)
    words += "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert all(said in words for said in SAYS[language])
    styles = [paragraph.style.name for paragraph in document.paragraphs]
    assert (styles.count("Heading 1"), styles.count("Heading 2")) == (1, 3)
    assert document.core_properties.language == {"zh": "zh-CN", "en": "en-GB"}[language]
    assert str(document.core_properties.created)[:10] == "2026-03-02"
    assert "w:tblHeader" in document.tables[0]._tbl.xml


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_pdf_is_tagged_says_its_language_and_gives_its_text_back(files: dict[str, bytes], language: str) -> None:
    reader = PdfReader(io.BytesIO(files[f"{language}.pdf"]))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == {"zh": "zh-CN", "en": "en-GB"}[language]
    assert bool(root["/MarkInfo"]["/Marked"])
    tags = _tags(root["/StructTreeRoot"])
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/L", "/LI", "/P"} <= tags
    words = "".join(page.extract_text() for page in reader.pages).replace("\n", "").replace(" ", "")
    assert all(said.replace(" ", "") in words for said in SAYS[language])
    assert b"pdfuaid" in root["/Metadata"].get_data()
    fonts = {str(f.get_object()["/BaseFont"]) for page in reader.pages for f in page["/Resources"]["/Font"].values()}
    assert all("NotoSansSC" in font and "+" in font for font in fonts), "embedded as a subset"
    assert reader.metadata is not None
    assert "责令" in str(reader.metadata.title) or language == "en"


def _tags(node: Any) -> set[str]:
    node = node.get_object()
    found = {str(node["/S"])} if "/S" in node else set()
    kids = node.get("/K", [])
    for kid in kids if isinstance(kids, list) else [kids]:
        held = kid.get_object()
        if isinstance(held, dict) and ("/S" in held or "/K" in held):
            found |= _tags(held)
    return found


def test_the_same_letter_is_the_same_bytes(toy: DeclaredLetter, files: dict[str, bytes]) -> None:
    assert render_files(compose_from(toy, copy.deepcopy(FACTS))) == files


def test_another_fact_is_other_bytes(toy: DeclaredLetter, files: dict[str, bytes]) -> None:
    facts = copy.deepcopy(FACTS)
    facts["facts"]["fine"] = "10050.01"
    again = render_files(compose_from(toy, facts))
    assert all(again[name] != files[name] for name in files)


TRICKS = ['#eval("1")', "{officer}", "<script>alert(1)</script>", "$x$ *b* _i_ @a <a>", "\\", "#include x"]
NASTY = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).filter(str.strip)


@pytest.mark.slow
@settings(max_examples=examples(60), deadline=None)
@given(
    words=NASTY | st.sampled_from(['#eval("1")', "{officer}", "<script>alert(1)</script>", "$x$ *b* _i_ @a <a>", "\\"])
)
def test_no_words_of_a_fact_are_ever_code(toy: DeclaredLetter, words: str) -> None:
    facts = copy.deepcopy(FACTS)
    facts["facts"]["officer"] = words
    composed = compose_from(toy, facts)
    files = render_files(composed, ("html", "docx"), ("en",))
    assert words in _Page(files["en.html"].decode()).words
    assert not _Page(files["en.html"].decode()).of("script")
    document = Document(io.BytesIO(files["en.docx"]))
    assert any(words in paragraph.text for paragraph in document.paragraphs)
    with contextlib.suppress(CharacterMissing):
        assert render_files(composed, ("pdf",), ("en",))["en.pdf"].startswith(b"%PDF")


def test_a_character_that_no_font_has_is_told_and_not_printed_as_a_box(toy: DeclaredLetter) -> None:
    facts = copy.deepcopy(FACTS)
    facts["facts"]["officer"] = "\u05f6"
    with pytest.raises(CharacterMissing):
        render_files(compose_from(toy, facts), ("pdf",), ("en",))


def test_the_command_renders_every_format_and_tells_the_digest(tmp_path: Path) -> None:
    letter, facts = tmp_path / "order.yaml", tmp_path / "facts.json"
    letter.write_text(LETTER, encoding="utf-8")
    facts.write_text(json.dumps(FACTS, ensure_ascii=False), encoding="utf-8")
    for form in RENDERINGS:
        out = tmp_path / f"letter.{form}"
        done = CliRunner().invoke(app, ["render", str(letter), str(facts), "--lang", "en", "--out", str(out), "--json"])
        assert done.exit_code == 0, done.output
        told = json.loads(done.stdout.splitlines()[-1])
        assert told["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
        assert (told["remedy_until"], told["bytes"]) == ("2026-05-06", out.stat().st_size)


def test_the_command_refuses_a_letter_with_a_gap_and_writes_nothing(tmp_path: Path) -> None:
    letter, facts, out = tmp_path / "order.yaml", tmp_path / "facts.json", tmp_path / "x.pdf"
    letter.write_text(LETTER, encoding="utf-8")
    short = copy.deepcopy(FACTS)
    del short["facts"]["firm"]
    facts.write_text(json.dumps(short), encoding="utf-8")
    done = CliRunner().invoke(app, ["render", str(letter), str(facts), "--out", str(out), "--json"])
    assert done.exit_code == 1
    told = json.loads(done.stdout.splitlines()[-1])
    assert [(each["field"], each["rule"]) for each in told["refused"]] == [("firm", "missing_fact")]
    assert not out.exists()


def test_the_command_checks_a_declaration(tmp_path: Path) -> None:
    letter = tmp_path / "order.yaml"
    letter.write_text(LETTER.replace("{found}检查", "{fund}检查"), encoding="utf-8")
    done = CliRunner().invoke(app, ["check", str(letter), "--json"])
    told = json.loads(done.stdout.splitlines()[-1])
    assert (done.exit_code, told["ok"], told["problems"][0]["field"]) == (1, False, "texts.zh")


def test_the_command_needs_no_database_and_no_settings(tmp_path: Path) -> None:
    import os
    import subprocess
    import sys

    letter, facts, out = tmp_path / "order.yaml", tmp_path / "facts.json", tmp_path / "x.docx"
    letter.write_text(LETTER, encoding="utf-8")
    facts.write_text(json.dumps(FACTS, ensure_ascii=False), encoding="utf-8")
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "DATABASE", "BIHUAN"))}
    words = [
        sys.executable,
        "-m",
        "bihuan.cli",
        "letter",
        "render",
        str(letter),
        str(facts),
        "--out",
        str(out),
        "--json",
    ]
    done = subprocess.run(words, env=bare, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
