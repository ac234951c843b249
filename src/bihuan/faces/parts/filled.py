"""What somebody filled in, between a request and the room of forms: who sends, in which language, from where."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest

from bihuan.documents.forms.catalogue import DeclaredForm
from bihuan.documents.forms.submitting import Sender
from bihuan.faces.parts import reporting
from bihuan.faces.parts.forms import FormInput, input_of
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.options import Options, category_groups
from bihuan.faces.parts.world import NOBODY, World
from bihuan.loop.kernel.model import Actor

ANYBODY = "anybody"


def may_fill(declared: DeclaredForm, here: World) -> bool:
    """Whether this person may send the form. Source: docs/topics/forms.md, "Declare" (`who`)."""
    return declared.form.who == ANYBODY or here.staff


def sender_of(request: HttpRequest, declared: DeclaredForm, here: World, *, browser: bool) -> Sender:
    """Return who sends a form.

    Args:
        browser: Sent from a page: who has no account is known by what only this browser knows.

    Source: docs/adr/0220 (keys are bound to their caller).
    """
    caller = reporting.browser_of(request) if browser else ""
    return Sender(_registrar(declared, here.actor), caller, here.facts, language())


def _registrar(declared: DeclaredForm, actor: Actor) -> Actor:
    """Whoever has no registering role sends a form for anybody as a visitor does."""
    if declared.form.who != ANYBODY or actor.may("receive"):
        return actor
    return msgspec.structs.replace(actor, roles=actor.roles | NOBODY.roles)


def input_for(declared: DeclaredForm, name: str, value: str) -> FormInput:
    """Return the input of a field, as its type asks for it. Source: docs/topics/declarations.md, "Field types"."""
    asked = declared.form.asked[name]
    options = (
        Options(categories=category_groups(declared.programme)) if asked.kind.offers == "categories" else Options()
    )
    return input_of(asked, options, value)


def shown_condition(declared: DeclaredForm, name: str) -> list[dict[str, Any]]:
    """Return the conditions of a field for the script of the page: closed, as they are declared."""
    return [each.model_dump(mode="json", by_alias=True, exclude_none=True) for each in declared.form.fields[name].show]


def told_name(declared: DeclaredForm) -> str:
    """Return the form's name in the reader's language."""
    return say(declared.form.name)
