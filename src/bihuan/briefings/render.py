"""A briefing as HTML, DOCX and JSON; and the visible text read back from them. Pure."""

from __future__ import annotations

import io
from html import escape
from html.parser import HTMLParser
from typing import Any

from bihuan.briefings.facts import BriefingFacts, PrintedFact
from bihuan.briefings.text import Briefing, FactSentence

STYLE = (
    "body{font:16px/1.7 system-ui,'Noto Sans CJK SC',sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:1.6rem}a{color:inherit}"
)
HTML_LANGUAGE = {"zh": "zh-Hans", "en": "en"}


def page_of(briefing: Briefing, fact: PrintedFact) -> str:
    """Path of the page that shows what is behind a fact, from the site's root; empty for none.

    Source: docs/topics/briefings.md.
    """
    if fact.link or not fact.cases:
        return fact.link
    return f"/cockpit/briefings/{briefing.kind}-{briefing.period}/{fact.id}/"


def render_html(briefing: Briefing, base: str = "") -> str:
    """Return a page of its own; each fact carries its id, its definition and a link to the cases behind it.

    Args:
        briefing: The text.
        base: Address of the site, for links; empty for paths from its root.

    Source: docs/topics/briefings.md (every number is a link).
    """
    body = [f"<h1>{_marked(briefing, briefing.title, base)}</h1>"]
    for section in briefing.sections:
        body.append(f"<h2>{_marked(briefing, section.title, base)}</h2>")
        body += [f"<p>{_marked(briefing, line, base)}</p>" for line in section.lines]
    return (
        f'<!doctype html>\n<html lang="{HTML_LANGUAGE[briefing.language]}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(briefing.title.text)}</title>'
        f"<style>{STYLE}</style></head><body>\n" + "\n".join(body) + "\n</body></html>\n"
    )


def render_docx(briefing: Briefing) -> bytes:
    """Return a Word document with the same headings and sentences.

    Source: ISO/IEC 29500 (Office Open XML), as python-docx writes it; docs/adr/0191.
    """
    from docx import Document

    document = Document()
    document.add_heading(briefing.title.text, level=1)
    for section in briefing.sections:
        document.add_heading(section.title.text, level=2)
        for line in section.lines:
            document.add_paragraph(line.text)
    document.core_properties.title = briefing.title.text
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def briefings_json(briefings: list[Briefing], facts: BriefingFacts, **more: Any) -> dict[str, Any]:
    """All languages with the facts each sentence stands on. Source: docs/topics/briefings.md."""
    printed = {fact.id for b in briefings for s in b.sentences() for fact in s.facts}
    return {
        "kind": briefings[0].kind,
        "period": briefings[0].period,
        **more,
        "facts": [fact.to_json() for fact in facts.known.values() if fact.id in printed],
        "texts": {
            b.language: {
                "title": b.title.text,
                "sections": [
                    {
                        "title": section.title.text,
                        "lines": [
                            {
                                "text": line.text,
                                "parts": [p if isinstance(p, str) else {"fact": p.id} for p in line.parts],
                                "reworded": line.reworded,
                            }
                            for line in section.lines
                        ],
                    }
                    for section in b.sections
                ],
            }
            for b in briefings
        },
    }


def html_paragraphs(page: str) -> list[str]:
    """The visible text of a page: headings and paragraphs of its body. Source: docs/topics/briefings.md ("Trace")."""
    reader = _Reader()
    reader.feed(page)
    return reader.paragraphs


def docx_paragraphs(content: bytes) -> list[str]:
    """Return the paragraphs of a Word document. Source: docs/topics/briefings.md ("Trace")."""
    from docx import Document

    return [paragraph.text for paragraph in Document(io.BytesIO(content)).paragraphs]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.paragraphs: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("h1", "h2", "p"):
            self.paragraphs.append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("h1", "h2", "p"):
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.paragraphs[-1] += data


def _marked(briefing: Briefing, sentence: FactSentence, base: str) -> str:
    pieces = []
    for part in sentence.parts:
        if isinstance(part, str):
            pieces.append(escape(part))
            continue
        says = f'data-fact="{escape(part.id)}" title="{escape(part.definition[sentence.language])}"'
        shown = escape(part.shown[sentence.language])
        page = page_of(briefing, part)
        pieces.append(f'<a href="{escape(base + page)}" {says}>{shown}</a>' if page else f"<span {says}>{shown}</span>")
    return "".join(pieces)
