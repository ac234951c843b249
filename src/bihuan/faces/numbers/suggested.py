"""The cockpit's page of suggestions: a month's offered, accepted, corrected and overruled, by question and model."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.faces.numbers.cockpit import month_of
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.questions import ANSWERS, KINDS
from bihuan.faces.parts.world import world
from bihuan.suggestions.counting import CountedLine, count_suggestions


@requires("cockpit")
def month(request: HttpRequest) -> HttpResponse:
    """One month. Source: docs/topics/suggestions.md, "Answers"."""
    here = world(request)
    asked = month_of(request, here)
    context = {
        "month": str(asked),
        "previous": str(asked.previous),
        "next": str(asked.next) if asked.next.first <= here.now.astimezone(here.zone).date() else "",
        "answers": ANSWERS.values(),
        "lines": [_shown(line) for line in count_suggestions(*asked.bounds(here.zone))],
    }
    return render(request, "faces/numbers/cockpit_suggestions.html", context)


def _shown(line: CountedLine) -> dict[str, Any]:
    shares = {name: f"{100 * value:.1f}" if value is not None else "" for name, value in
              (("share", line.share), ("low", line.low), ("high", line.high))}  # fmt: skip
    return {"label": KINDS[line.kind], "count": line, **shares}
