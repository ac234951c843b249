"""What somebody filled in, between a request and the room of forms: who sends, in which language, from where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest

from bihuan.documents.forms.catalogue import DeclaredForm
from bihuan.documents.forms.pure.declaration import Picked
from bihuan.documents.forms.submitting import Sender
from bihuan.faces.parts import reporting
from bihuan.faces.parts.forms import FormInput, input_of
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.options import Options, category_groups
from bihuan.faces.parts.world import NOBODY, World
from bihuan.loop.actors import reporter_of
from bihuan.loop.kernel.model import Actor, Case, Text
from bihuan.loop.models import ReportRow
from bihuan.loop.store import get_case
from bihuan.subjects.asking import Viewpoint, find
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import FenceClosed, Looker

ANYBODY, REPORTER = "anybody", "reporter"
UNIT = Text("单位名称或代码", "Name or code of the body")
MOST_PICKED = 500
"""Subjects that a form offers at most."""


def may_fill(declared: DeclaredForm, here: World) -> bool:
    """Whether this person may send the form. Source: docs/topics/forms.md, "Declare" (`who`)."""
    return declared.form.who == ANYBODY or here.staff


def own_case(request: HttpRequest, declared: DeclaredForm) -> Case | None:
    """Return the case of the report that is open in this browser, where the form is one for its reporter.

    Source: docs/adr/0359-own-page.md (3); docs/adr/0050 (7, the session holds the id of the report).
    """
    key = request.session.get("report") if declared.form.who == REPORTER else None
    report = ReportRow.objects.filter(pk=UUID(key)).first() if key else None
    case = get_case(report.case_id) if report is not None else None
    return case if case is not None and case.programme == declared.programme else None


def sender_of(
    request: HttpRequest, declared: DeclaredForm, here: World, *, browser: bool, own: Case | None = None
) -> Sender:
    """Return who sends a form.

    Args:
        browser: Sent from a page: who has no account is known by what only this browser knows.
        own: The case of whoever sends it as its reporter.

    Source: docs/adr/0220 (keys are bound to their caller).
    """
    caller = reporting.browser_of(request) if browser else ""
    if own is not None and not here.staff:
        return Sender(reporter_of(UUID(request.session["report"]), own.id), caller, here.facts, language())
    return Sender(_registrar(declared, here.actor), caller, here.facts, language())


def _registrar(declared: DeclaredForm, actor: Actor) -> Actor:
    """Whoever has no registering role sends a form for anybody as a visitor does."""
    if declared.form.who != ANYBODY or actor.may("receive"):
        return actor
    return msgspec.structs.replace(actor, roles=actor.roles | NOBODY.roles)


def input_for(declared: DeclaredForm, name: str, value: str, here: World) -> FormInput:
    """Return the input of a field, as its type asks for it. Source: docs/topics/declarations.md, "Field types"."""
    asked = declared.form.asked[name]
    options = (
        Options(categories=category_groups(declared.programme)) if asked.kind.offers == "categories" else Options()
    )
    made, pick = input_of(asked, options, value), declared.form.fields[name].pick
    if asked.kind.name == "unit":  # what commands say of an empty unit is not true of a form
        made = replace(made, hint=say(UNIT))
    if pick is None:
        return made
    return replace(made, kind="select", hint="", choices=[("", "—"), *_picked(pick, here)])


def _picked(pick: Picked, here: World) -> list[tuple[str, str]]:
    """The subjects that are offered, by title; a type behind a fence offers nothing."""
    kind = subject_type(pick.kind)
    asked = Viewpoint(here.now.astimezone(here.zone).date(), None, dict(pick.where), limit=MOST_PICKED)
    try:
        held = find(
            here.registers.district.code, kind, asked, Looker(here.actor.id, frozenset(), frozenset(), "a form")
        )
    except FenceClosed:
        return []
    rows = [(each.key, str(each.values.get(kind.title_field, each.key))) for each in held]
    return sorted(rows, key=lambda row: row[1])


def shown_condition(declared: DeclaredForm, name: str) -> list[dict[str, Any]]:
    """Return the conditions of a field for the script of the page: closed, as they are declared."""
    return [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in declared.form.fields[name].show]


def told_name(declared: DeclaredForm) -> str:
    """Return the form's name in the reader's language."""
    return say(declared.form.name)
