"""The cockpit's page of suggestions: a month's offered, accepted, corrected and overruled, by question and model."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.faces.numbers.cockpit import month_of
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.questions import ANSWERS, KINDS
from bihuan.faces.parts.world import world
from bihuan.suggestions.counting import CountedLine
from bihuan.suggestions.monthly import counted_month


@requires("cockpit")
def month(request: HttpRequest) -> HttpResponse:
    """One month. Source: docs/topics/suggestions.md, "Answers"."""
    here = world(request)
    asked = month_of(request, here)
    counted = counted_month(asked, here.registers.district.code)
    context = {
        "month": str(asked),
        "previous": str(asked.previous),
        "next": str(asked.next) if asked.next.first <= here.now.astimezone(here.zone).date() else "",
        "answers": ANSWERS.values(),
        "lines": [_shown(line) for line in counted.lines],
        "at": counted.at,
    }
    return render(request, "faces/numbers/cockpit_suggestions.html", context)


def _shown(line: CountedLine) -> dict[str, Any]:
    shares = {name: f"{100 * value:.1f}" if value is not None else "" for name, value in
              (("share", line.share), ("low", line.low), ("high", line.high))}  # fmt: skip
    return {"label": KINDS[line.kind], "count": line, **shares}
