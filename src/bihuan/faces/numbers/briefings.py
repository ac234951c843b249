"""The cockpit's briefings: those kept, shown with each number linked to what is behind it."""

from __future__ import annotations

import io
import json
import re
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.faces.parts.language import language
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop.store import visible_to
from bihuan.server import keeping

NAME = re.compile(r"(weekly|monthly)-\d{4}-(?:W\d{2}|\d{2})")
MOST = 60
ROOM = "briefings"


@requires("cockpit")
def briefings(request: HttpRequest) -> HttpResponse:
    """All of them, the newest first. Source: docs/topics/briefings.md (each number is a fact with its definition)."""
    names = [name.removesuffix(".json") for name in keeping.kept_names(ROOM) if name.endswith(".json")]
    found = [name for name in names if NAME.fullmatch(name)][:MOST]
    contents = keeping.newest_contents(ROOM, [f"{name}.json" for name in found])
    rows = [{"name": name, "title": _text(json.loads(contents[f"{name}.json"]))["title"]} for name in found]
    return render(request, "faces/numbers/briefings.html", {"rows": rows})


@requires("cockpit")
def briefing(request: HttpRequest, name: str) -> HttpResponse:
    """One of them in the reader's language, with its facts.

    Source: docs/topics/briefings.md (each number is a fact with its definition)
    """
    data = _read(name)
    facts = {fact["id"]: fact for fact in _facts(data)}
    text = _text(data)
    for section in text["sections"]:
        for line in section["lines"]:
            line["parts"] = [p if isinstance(p, str) else facts[p["fact"]] for p in line["parts"]]
    behind = [fact for fact in facts.values() if fact["link"] or fact["cases"]]
    return render(request, "faces/numbers/briefing.html", {"name": name, "text": text, "facts": behind})


@requires("cockpit")
def behind(request: HttpRequest, name: str, fact: str) -> HttpResponse:
    """One fact: its definition, its query and the cases behind it that this person may open.

    Raises:
        Http404: the briefing has no such fact.

    Source: docs/topics/briefings.md (each number is a fact with its definition)
    """
    here = world(request)
    data = _read(name)
    found = next((f for f in _facts(data) if f["id"] == fact), None)
    if found is None:
        raise Http404(fact)
    cases = visible_to(here.actor).filter(number__in=found["cases"]).order_by("number")
    rows = list(cases.values("number", "title", "opened_at", "state"))  # type: ignore[misc]  # annotated by `visible_to`
    return render(
        request, "faces/numbers/briefing_fact.html", {"name": name, "text": _text(data), "fact": found, "rows": rows}
    )


@requires("cockpit")
def document(request: HttpRequest, name: str) -> FileResponse:
    """The Word document in the reader's language.

    Source: docs/topics/briefings.md (each number is a fact with its definition)
    """
    ending = f".{language()}.docx"
    return FileResponse(io.BytesIO(_file(name, ending)), as_attachment=True, filename=f"{name}{ending}")


def _file(name: str, ending: str) -> bytes:
    content = keeping.find_content(ROOM, f"{name}{ending}") if NAME.fullmatch(name) else None
    if content is None:
        raise Http404(name)
    return content


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(_file(name, ".json"))
    return data


def _text(data: dict[str, Any]) -> dict[str, Any]:
    text: dict[str, Any] = data["texts"][language()]
    return text


def _facts(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The facts in the reader's language."""
    return [
        {**fact, "shown": fact["shown"][language()], "definition": fact["definition"][language()]}
        for fact in data["facts"]
    ]
