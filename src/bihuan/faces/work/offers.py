"""Answering suggestions at the desk: take what is decided, pick another, say no; and hints while a call is entered."""

from __future__ import annotations

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from bihuan.faces.parts import acting
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.questions import KINDS
from bihuan.faces.parts.reporting import KIND, PROGRAMME
from bihuan.faces.parts.world import World, world
from bihuan.faces.work.desk import row_or_404
from bihuan.faces.work.offer_panel import MOST_TRIES, name_of, panel_of, percent, reason_text
from bihuan.loop.store.read import case_of
from bihuan.suggestions import taking
from bihuan.suggestions.drafts import SuggestionDraft
from bihuan.suggestions.taking import suggest_for_words

TYPING_LIMIT = 40  # hints per person and minute: a fast typist pauses about every two seconds
LEAST_TEXT = 4
MOST_TEXT = 4000


@requires("desk")
def panel(request: HttpRequest, number: str) -> HttpResponse:
    """The suggestions of a case (a fragment for htmx), asked for until they are there.

    Source: docs/topics/suggestions.md, "Keys".
    """
    here = world(request)
    row = row_or_404(here, number)
    case = case_of(row.fold)
    asked = request.GET.get("tried", "")
    tried = min(int(asked), MOST_TRIES) if asked.isdecimal() and len(asked) < 4 else 0
    return render(
        request, "faces/parts/offers.html", {"panel": panel_of(here, case, tried), "case": case, "names": here.names}
    )


@requires("desk")
@acts("desk-case", "number")
def answer(request: HttpRequest, number: str) -> HttpResponse:
    """Take (`take`: all that is decided, or one `kind` with its `value`) or refuse (`no`: a kind).

    Source: docs/topics/suggestions.md, "Keys".
    """
    here = world(request)
    row = row_or_404(here, number)
    case = case_of(row.fold)
    if refused := request.POST.get("no"):
        done = taking.refuse_suggestion(case, refused, here.actor, here.now)
        said = _("Noted: the suggestion was wrong.") if done else _("This suggestion has been answered already.")
        messages.success(request, said)
        return redirect("desk-case", number)
    key = request.POST.get("key") or None
    errors = acting.take_suggestions(here, case, request.POST.get("kind", ""), request.POST.get("value", ""), key)
    for error in errors.values():
        messages.error(request, error, extra_tags="bad")
    if not errors:
        messages.success(request, _("Recorded under your name."))
    return redirect("desk-case", number)


@requires("desk")
@acts("desk-new")
def hints(request: HttpRequest) -> HttpResponse:
    """Category and place for what is being typed (a fragment for htmx); nothing of it is kept.

    Source: docs/topics/suggestions.md, "Keys".
    """
    here = world(request)
    text, address = request.POST.get("text", "").strip()[:MOST_TEXT], request.POST.get("address", "").strip()[:200]
    if not _within_limit(here):
        return HttpResponse(status=429)
    found = suggest_for_words(PROGRAMME, KIND, text, address, here.facts) if len(text) >= LEAST_TEXT else []
    return render(request, "faces/parts/hints.html", {"hints": [_hint(here, draft) for draft in found]})


def _hint(here: World, draft: SuggestionDraft) -> dict[str, object]:
    return {
        "kind": draft.kind,
        "label": KINDS[draft.kind],
        "choices": [(c.value, name_of(here, draft.kind, c.value), percent(c.confidence)) for c in draft.choices],
        "reasons": [reason_text(here, reason) for reason in draft.reasons],
    }


def _within_limit(here: World) -> bool:
    """At most `TYPING_LIMIT` a minute per person, counted for all web processes together."""
    key = f"hints:{here.actor.id}:{here.now:%Y%m%d%H%M}"
    if cache.add(key, 1, timeout=90):
        return True
    return bool(cache.incr(key) <= TYPING_LIMIT)
