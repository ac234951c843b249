"""A sheet as one accessible HTML file: landmarks, headings in order, table heads with scope; words are escaped.

Source: WCAG 2.2 (1.3.1, 2.4.2, 3.1.1); HTML Living Standard; docs/adr/0274-letters.md.
"""

from __future__ import annotations

from html import escape

from bihuan.documents.letters.pure.formats import long_day
from bihuan.documents.letters.pure.sheet import LANGUAGE_TAGS, Sheet, SheetBlock, WordRun

STYLE = (
    "body{font:16px/1.75 'Noto Sans SC','Noto Sans CJK SC',system-ui,sans-serif;max-width:44rem;margin:2rem auto;"
    "padding:0 1rem;color:#111;background:#fff}h1{font-size:1.5rem;text-align:center}h2{font-size:1.1rem}"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:bold}"
    "th,td{border:1px solid #767676;padding:.3rem .5rem;text-align:left}.authority{text-align:center;font-weight:bold}"
    ".number,.end{text-align:right}"
)


def render_html(sheet: Sheet) -> bytes:
    """Return the letter as a file of its own, UTF-8. Source: docs/adr/0274-letters.md (one sheet, three files)."""
    title = f"{escape(sheet.title)} {escape(sheet.number)}"
    page = (
        f'<!doctype html>\n<html lang="{LANGUAGE_TAGS[sheet.language]}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f"<style>{STYLE}</style></head><body>\n<main>\n{letter_body(sheet)}\n</main>\n</body></html>\n"
    )
    return page.encode()


def letter_body(sheet: Sheet) -> str:
    """Return the letter without page around it, to stand in a page of ours. Source: WCAG 2.2 (1.3.1)."""
    lines = [
        f'<p class="authority">{escape(sheet.authority)}</p>',
        f"<h1>{escape(sheet.title)}</h1>",
        f'<p class="number">{_labelled(sheet, "number", sheet.number)}</p>',
        f'<p class="addressee">{_labelled(sheet, "addressee", *sheet.addressee)}</p>',
        *_blocks(sheet.blocks),
        f'<p class="end">{escape(sheet.authority)}<br>{_labelled(sheet, "officer", sheet.officer)}<br>'
        f"{escape(long_day(sheet.dated.isoformat(), sheet.language))}</p>",
    ]
    if sheet.code:
        lines.append(f'<p class="code">{_labelled(sheet, "code", sheet.code)}</p>')
    return "\n".join(lines)


def _labelled(sheet: Sheet, name: str, *values: str) -> str:
    colon = "：" if sheet.language == "zh" else ": "
    return escape(sheet.words(name)) + colon + "<br>".join(map(escape, values))


def _blocks(blocks: tuple[SheetBlock, ...]) -> list[str]:
    lines, listed = [], False
    for block in blocks:
        if (block.kind == "item") != listed:
            lines.append("</ul>" if listed else "<ul>")
            listed = not listed
        lines.append(_block(block))
    return [*lines, *(["</ul>"] if listed else [])]


def _block(block: SheetBlock) -> str:
    if block.kind == "table":
        return _table(block)
    tag = {"heading": "h2", "item": "li"}.get(block.kind, "p")
    return f"<{tag}>{''.join(map(_run, block.runs))}</{tag}>"


def _run(run: WordRun) -> str:
    text = escape(run.text).replace("\n", "<br>")
    return f'<span data-fact="{escape(run.fact)}">{text}</span>' if run.fact else text


def _table(block: SheetBlock) -> str:
    head = "".join(f'<th scope="col">{escape(each)}</th>' for each in block.heads)
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in block.rows)
    return (
        f'<table data-fact="{escape(block.fact)}"><caption>{escape(block.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )
