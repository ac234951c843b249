"""`survey`: what whoever was let in says of each event: how many answered, each question's mean with its interval."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse
from pydantic import Field

from bihuan.books.catalogue import all_books, book_named
from bihuan.books.declaration import BookDeclaration, PassKind
from bihuan.books.surveys import Surveyed, SurveyFigure, surveyed
from bihuan.declare.model import Slug
from bihuan.documents.forms.catalogue import all_forms
from bihuan.faces.panels.declared import PanelFault, PanelFile, PanelKind, Shown
from bihuan.faces.parts.language import say
from bihuan.faces.parts.viewset import Cell
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.registers.isolation import in_district

HEADS = (Text("场次", "Event"), Text("入场", "Let in"), Text("回答", "Answered"), Text("回收率", "Share"))
NONE = Text("还没有人评价。", "Nobody has answered yet.")
FEW = Text("回答不足", "too few answers")


class SurveyPanel(PanelFile):
    """A book whose passes have a survey. `limit`: so many events, those with most answers first."""

    book: Slug
    limit: int = Field(default=20, ge=1, le=200)


def show(here: World, programme: str, panel: SurveyPanel) -> Shown:
    """Means with 95 % intervals; below the declared number of answers none is shown. Source: docs/adr/0366."""
    book = book_named(panel.book).book
    with in_district(here.registers.district.code):
        found = surveyed(book)
    kind = _kind(book)
    answered = sorted((each for each in found.items() if each[1].answered), key=lambda e: (-e[1].answered, e[0]))
    if kind is None or kind.survey is None or not answered:
        return Shown(message=say(NONE))
    names = sorted({name for _, each in answered for name in each.questions})
    heads = [*(say(each) for each in HEADS), *(_label(kind.survey.form, name) for name in names)]
    rows = [_row(kind, key, each, names) for key, each in answered[: panel.limit]]
    return Shown(heads, rows)


def _row(kind: PassKind, key: str, found: Surveyed, names: list[str]) -> list[Cell]:
    least = kind.survey.least if kind.survey else 1
    figures = [_figure(found.questions.get(name), least) for name in names]
    return [
        Cell(key, reverse("subjects-one", args=[kind.about, key])), Cell(str(found.admitted), "", True),
        Cell(str(found.answered), "", True), Cell(f"{found.answered / found.admitted:.0%}", "", True), *figures,
    ]  # fmt: skip


def _figure(found: SurveyFigure | None, least: int) -> Cell:
    if found is None or found.half is None or found.answers < least:
        return Cell(say(FEW))
    return Cell(f"{found.mean:.2f} ± {found.half:.2f}", "", True)


def _label(form: str, question: str) -> str:
    """The words of the field that a form hands through as the answer to a question."""
    declared = all_forms().get(form)
    field = declared.form.through.values.get(f"answer.{question}", "") if declared else ""
    known = declared.form.fields.get(field) if declared else None
    return say(known.name) if known else question


def _kind(book: BookDeclaration) -> PassKind | None:
    return next((each for each in book.passes.values() if each.survey is not None), None)


def faults(programme: str, panel: SurveyPanel) -> Iterator[PanelFault]:
    """The book is declared, and its passes have a survey."""
    known = {name for name, each in all_books().items() if _kind(each.book) is not None}
    if panel.book not in known:
        told = f"one of: {', '.join(sorted(known)) or 'none'}"
        yield ("book",), f"no pass of the book {panel.book!r} has a survey", told, "declare `survey` of a kind of pass"


KIND = PanelKind("survey", "评价", "What whoever was let in says afterwards", SurveyPanel, show, faults)
