"""What a docstring names as its source is there: the page, its part, the decision."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from tests.tree import ROOT, files

PAGE = re.compile(r"docs/(?:topics|reference|tutorial)/[\w-]+\.\w+")
DECISION = re.compile(r"docs/adr/(\d{4}[\w-]*)")
PART = re.compile(r'(docs/(?:topics|reference)/[\w-]+\.md), ((?:"[^"]+"(?:,? and |, )?)+)')
NAMED = re.compile(r'"([^"]+)"')


def cited() -> Iterator[tuple[str, str]]:
    """Every docstring with where it stands, its lines joined."""
    for file in files():
        for docstring in file.docstrings:
            yield f"{file.path}: {docstring.name}", docstring.said


@cache
def headings(page: str) -> str:
    """The headings of a page, one a line, quotation marks made plain."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return "\n".join(re.findall(r"^#+ (.+)$", text, re.MULTILINE)).replace("“", "'").replace("”", "'").replace('"', "'")


def test_every_page_and_decision_that_is_named_exists() -> None:
    decisions = {file.name[:4] for file in (ROOT / "docs" / "adr").glob("[0-9]*.md")}
    missing = []
    for where, said in cited():
        missing += [f"{where}: {page}" for page in PAGE.findall(said) if not (ROOT / page).is_file()]
        missing += [f"{where}: {adr}" for adr in DECISION.findall(said) if adr[:4] not in decisions]
    assert missing == []


def test_every_part_of_a_page_that_is_named_is_a_heading_of_it() -> None:
    missing, seen = [], 0
    for where, said in cited():
        for page, parts in PART.findall(said):
            known = headings(page).splitlines()
            for part in NAMED.findall(parts):
                seen += 1
                wanted = part.replace("“", "'").replace("”", "'")
                if not any(heading.startswith(wanted) for heading in known):
                    missing.append(f"{where}: {page} has no part {part!r}")
    assert missing == []
    assert seen > 300, "the pattern still finds them"
