"""The page of a sign: who answers here, the code that leads back, and a report that begins at the place."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from bihuan.faces.panels.places import place_of
from bihuan.faces.parts.language import say
from bihuan.faces.parts.reporting import qr
from bihuan.faces.parts.subjects import told_value
from bihuan.faces.parts.world import World, world
from bihuan.faces.signs import DeclaredSign, signs_of
from bihuan.loop.programmes import all_programmes
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.types import SubjectType, state_of

MAX_AGE = 300


@cache_control(private=True, max_age=MAX_AGE)
def sign_page(request: HttpRequest, key: str, name: str, subject: str) -> HttpResponse:
    """One sign as anybody reads it; what no longer stands has none.

    Raises:
        Http404: no such programme, sign or subject, or it no longer stands.

    Source: docs/topics/views.md, "Signs".
    """
    here = world(request)
    sign = signs_of(key).get(name) if key in all_programmes() else None
    held = _held(here, sign, subject) if sign is not None else None
    if sign is None or held is None:
        raise Http404(_("There is nothing of that name."))
    kind, declared = subject_type(sign.declared.over), sign.declared
    facts = [
        (say(kind.fields[field].name), told_value(here, kind, field, held.values[field]))
        for field in declared.shows
        if held.values.get(field) not in (None, "")
    ]
    title = str(held.values.get(kind.title_field, subject))
    context = {
        "sign": declared, "heading": title, "facts": facts, "number": subject,
        "report": f"{reverse('report')}?{_place(kind, sign, held, title)}" if declared.report else "",
        "qr": qr(f"{settings.BIHUAN_BASE_URL}{reverse('sign', args=[key, name, subject])}"),
    }  # fmt: skip
    return render(request, "faces/public/sign.html", context)


def _held(here: World, sign: DeclaredSign, subject: str) -> asking.HeldFacts | None:
    """What the register says of it today; nothing of what has ended."""
    kind, day = subject_type(sign.declared.over), here.now.astimezone(here.zone).date()
    looker = Looker(here.actor.id, here.actor.roles, frozenset({sign.programme}), f"sign of {sign.programme}")
    held = asking.get(here.registers.district.code, kind, subject[:200], day, looker)
    state = state_of(kind, held.values, day.isoformat()) if held is not None else None
    return None if state is not None and state.ended else held


def _place(kind: SubjectType, sign: DeclaredSign, held: asking.HeldFacts, title: str) -> str:
    """Where a report from here begins, as the form of reports takes it."""
    said = {"address": title}
    if sign.declared.area:
        said["area"] = str(held.values.get(sign.declared.area) or "")
    found = place_of(kind, held)
    if found is not None:
        said |= {"lon": f"{found[0] / 1e6:.6f}", "lat": f"{found[1] / 1e6:.6f}"}
    return urlencode(said)
