"""A view as a Word document: what its panels show, in the reader's language, as tables that anybody can change.

A map is left to the page; rows of coloured cells become counts by colour, intervals become numbers.
Source: docs/topics/views.md, "As a document"; docs/adr/0360-views-as-documents.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.documents.letters.pure.sheet import SheetBlock, WordRun
from bihuan.documents.letters.rendering.word import ReportSheet, render_report
from bihuan.faces.panels.declared import PanelFile, Shown
from bihuan.faces.panels.page import panels_of, shown_panel, viewed
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.people import requires
from bihuan.loop.kernel.model import Text

TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NAMED, NEWEST, CAPTURED = Text("名称", "Name"), Text("最新值", "Newest"), Text("数据捕获率", "Captured")
NOTHING = Text("无。", "Nothing.")


@requires()
def view_file(request: HttpRequest, key: str, view: str) -> HttpResponse:
    """A view of a programme as a Word document.

    Raises:
        Http404: no such view, or it is no report.
        PermissionDenied: the view names roles, and the visitor has none of them.

    Source: docs/topics/views.md, "As a document".
    """
    here, programme, found = viewed(request, key, view)
    if not found.declared.report:
        raise Http404(_("There is no programme %(key)s.") % {"key": f"{key}/{view}.docx"})
    day = here.now.astimezone(here.zone).date()
    blocks: list[SheetBlock] = []
    for kind, panel in panels_of(request, here, key, found):
        blocks += _blocks(panel, shown_panel(here, key, kind, panel))
    title, about = say(found.declared.name), say(found.declared.about)
    district = here.names.area(here.registers.district.code)
    sheet = ReportSheet(language(), title, about, f"{district} · {say(programme.name)}", day, tuple(blocks))
    answer = HttpResponse(render_report(sheet), content_type=TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{key}-{view}-{day.isoformat()}.docx"'
    return answer


def _blocks(panel: PanelFile, shown: Shown) -> Iterator[SheetBlock]:
    name = say(panel.name)
    yield _said("heading", name)
    if shown.message:
        yield _said("paragraph", shown.message)
    if shown.strips:
        yield _strips(name, shown)
    if shown.rows:
        rows = tuple(tuple(cell.text for cell in row) for row in shown.rows)
        yield SheetBlock("table", caption=name, heads=tuple(shown.heads), rows=rows)
    elif not shown.strips and not shown.message:
        yield _said("paragraph", say(NOTHING))
    if panel.note:
        yield _said("paragraph", say(panel.note))


def _strips(name: str, shown: Shown) -> SheetBlock:
    """How many cells of each colour every row has, beside its newest value and the share that came."""
    heads = (say(NAMED), *(band.words for band in shown.bands), say(NEWEST), say(CAPTURED))
    rows = []
    for strip in shown.strips:
        counts = Counter(colour for _place, colour, _words in strip.cells)
        rows.append((strip.name, *(str(counts[band.colour]) for band in shown.bands), strip.newest, strip.captured))
    return SheetBlock("table", caption=name, heads=heads, rows=tuple(rows))


def _said(kind: str, text: str) -> SheetBlock:
    return SheetBlock("heading" if kind == "heading" else "paragraph", (WordRun(text),))
