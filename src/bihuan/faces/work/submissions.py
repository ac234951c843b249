"""What was sent by a form, and what became of it: for whoever may see the cases it opened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csp import get_nonce
from django.shortcuts import render
from django.utils.translation import gettext as _

from bihuan.documents.forms.catalogue import DeclaredForm, UnknownForm, form_named
from bihuan.documents.forms.pure.checking import CheckedForm, Taken
from bihuan.documents.forms.pure.sheets import paper_of, sheet_of
from bihuan.documents.forms.pure.telling import answer_text
from bihuan.documents.forms.reading import PAGE, SubmissionTold, content_of, submission_for, submissions_for
from bihuan.faces.parts.language import language, moment, say
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop.kernel.model import Text
from bihuan.loop.kernel.states import STATE_NAMES

WORDS = {
    "title": Text("提交记录", "What was sent"),
    "at": Text("提交时间", "Sent"),
    "number": Text("编号", "Number"),
    "state": Text("进展", "What became of it"),
    "sheet": Text("内容", "Contents"),
    "open": Text("查看", "Show"),
    "more": Text("更早的", "Earlier ones"),
    "gone": Text("内容已过保存期限或已删除。", "Its contents are no longer kept."),
    "none": Text("还没有提交。", "Nothing was sent yet."),
}


@requires()
def listed(request: HttpRequest, name: str) -> HttpResponse:
    """The newest submissions, a page at a time. Source: docs/topics/forms.md, "For staff"."""
    declared, here = _declared(name), world(request)
    held = submissions_for(here.actor, name, PAGE, _before(request))
    opened = [each for each in declared.form.order if declared.form.fields[each].open]
    context = {
        "title": say(declared.form.name), "name": name, "words": {key: say(text) for key, text in WORDS.items()},
        "heads": [say(declared.form.fields[each].name) for each in opened],
        "rows": [_row(declared, opened, each) for each in held],
        "next": str(held[-1].row.pk) if len(held) == PAGE else "",
    }  # fmt: skip
    return render(request, "faces/work/submissions.html", context)


@requires()
def one(request: HttpRequest, name: str, key: UUID) -> HttpResponse:
    """One submission on paper, without what says something of a person.

    Raises:
        Http404: there is none, its case is not visible, its words are not this person's to read, or it was erased.

    Source: docs/topics/forms.md, "For staff"; DESIGN §7 (visibility).
    """
    declared, here = _declared(name), world(request)
    told = submission_for(here.actor, key)
    if told is None or told.row.form != name or not told.words:
        raise Http404(_("There is nothing of that name."))
    content = content_of(told.row)
    if content is None:
        raise Http404(say(WORDS["gone"]))
    footer = f"{told.row.number} · {moment(told.row.at)} · SHA-256 {bytes(told.row.hash).hex()}"
    paper = paper_of(declared.form, language(), _checked(declared, told, content), footer=footer)
    return HttpResponse(sheet_of(paper, str(get_nonce(request))))


def _checked(declared: DeclaredForm, told: SubmissionTold, content: dict[str, Any]) -> CheckedForm:
    """What was sent, as it was understood then; fields that a later edition dropped are not shown."""
    known, taken = declared.form.fields, told.row.taken
    values = {name: value for name, value in content["values"].items() if name in known}
    files = {name: tuple(each) for name, each in content["files"].items() if name in known}
    held = {name: Taken(each["register"], each["found"]) for name, each in taken.items() if name in known}
    shown = [name for name in declared.form.order if name in {**values, **files, **held}]
    return CheckedForm(values, files, shown, held, content["signed"])


def _declared(name: str) -> DeclaredForm:
    try:
        return form_named(name)
    except UnknownForm:
        raise Http404(_("There is nothing of that name.")) from None


def _before(request: HttpRequest) -> UUID | None:
    try:
        return UUID(request.GET.get("after", ""))
    except ValueError:
        return None


def _row(declared: DeclaredForm, opened: list[str], told: SubmissionTold) -> dict[str, Any]:
    said = told.row.said
    cells = [answer_text(declared.form, each, said[each], language()) if each in said else "" for each in opened]
    name = STATE_NAMES.get(told.outcome or told.state)
    state = say(name) if name else told.state
    return {"key": told.row.pk, "at": told.row.at, "number": told.row.number, "state": state, "cells": cells,
            "words": told.words}  # fmt: skip
