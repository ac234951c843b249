"""The page of a declared view: its panels, each filled by its kind; one that fails says so and the others stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils.translation import gettext as _

from bihuan.faces.panels.catalogue import View, views_of
from bihuan.faces.panels.declared import Dot, PanelFile, PanelKind, Shown, ViewFile
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import NOBODY, World, world
from bihuan.faults import Fault
from bihuan.loop.kernel.model import Actor, Text
from bihuan.loop.kernel.programme import Programme
from bihuan.loop.programmes import all_programmes
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import FenceClosed, Looker

BROKEN = Text("此面板暂时无法显示。", "This panel cannot be shown just now.")
AT, SHOW = Text("截至", "As of"), Text("查看", "Show")
DOWNLOAD = Text("下载Word文档", "Download as Word document")
OF, WHOSE = "=of", Text("编号", "Number")
MAP_WIDTH, MAP_HEIGHT, MARGIN, COLOURS = 1000.0, 520.0, 24.0, 6


@requires()
def view_page(request: HttpRequest, key: str, view: str) -> HttpResponse:
    """One view of a programme.

    Raises:
        Http404: no such programme or view.
        PermissionDenied: the view names roles, and the visitor has none of them.

    Source: docs/topics/views.md.
    """
    here, programme, found = viewed(request, key, view)
    context = _context(request, here, programme, view, found) | {
        "others": [(n, each.declared) for n, each in views_of(key).items() if n != view and may_see(here.actor, each)],
        "panels": [_panel(here, key, kind, panel) for kind, panel in panels_of(request, here, key, found)],
        "page": "view",
    }  # fmt: skip
    return render(request, "faces/work/view.html", context)


def _context(request: HttpRequest, here: World, programme: Programme, view: str, found: View) -> dict[str, Any]:
    """What the page says beside its panels."""
    of, title = _of(here, programme.id, found.declared, request.GET.get("of", "")[:120])
    return {
        "of": of, "of_title": title, "of_label": say(WHOSE), "programme": programme, "view": found.declared,
        "now": here.now, "name": view, "download": say(DOWNLOAD),
        "at": here.now.astimezone(here.zone).strftime("%Y-%m-%dT%H:%M"), "at_label": say(AT), "show_label": say(SHOW),
    }  # fmt: skip


def open_view_page(request: HttpRequest, key: str, view: str) -> HttpResponse:
    """A view that anybody opens: what a visitor may know, whoever looks; no link leads to a page for staff.

    Raises:
        Http404: no such programme or view, or it is not declared `public`.

    Source: docs/topics/views.md, "For anybody"; docs/adr/0433-public-views.md.
    """
    here, programme = replace(world(request), actor=NOBODY), all_programmes().get(key)
    found = views_of(key).get(view) if programme is not None else None
    if programme is None or found is None or not found.declared.public:
        raise Http404(_("There is no programme %(key)s.") % {"key": f"{key}/{view}"})
    if found.declared.dated:
        here = _then(here, request.GET.get("at", ""))
    open_ones = {name: each.declared for name, each in views_of(key).items() if each.declared.public}
    doors = {str(each.of): name for name, each in open_ones.items() if each.of}
    asked = panels_of(request, here, key, found)
    context = _context(request, here, programme, view, found) | {
        "others": [(name, each) for name, each in open_ones.items() if name != view],
        "panels": [_panel(here, key, kind, panel, partial(_for_visitors, key, doors)) for kind, panel in asked],
        "page": "open-view",
    }  # fmt: skip
    return render(request, "faces/work/view.html", context)


def _for_visitors(programme: str, doors: Mapping[str, str], shown: Shown) -> Shown:
    """A panel whose links lead only to pages that are everybody's; a subject's to its public view, if it has one."""

    def led(url: str) -> str:
        if not url:
            return ""
        found = resolve(url.partition("?")[0].partition("#")[0])
        if found.url_name == "subjects-one" and found.kwargs["kind"] in doors:
            page = reverse("open-view", args=[programme, doors[found.kwargs["kind"]]])
            return f"{page}?{urlencode({'of': found.kwargs['key']})}"
        return url if getattr(found.func, "rooms", None) is None else ""

    return replace(
        shown,
        rows=[[replace(cell, url=led(cell.url)) for cell in row] for row in shown.rows],
        dots=[replace(dot, url=led(dot.url)) for dot in shown.dots],
        strips=[replace(strip, url=led(strip.url)) for strip in shown.strips],
        more=shown.more if shown.more and led(shown.more[0]) else None,
    )


def viewed(request: HttpRequest, key: str, view: str) -> tuple[World, Programme, View]:
    """Return the world of the instant that is asked for, the programme, and the view.

    Raises:
        Http404: no such programme or view.
        PermissionDenied: the view names roles, and the visitor has none of them.

    Source: docs/topics/views.md.
    """
    here, programme = world(request), all_programmes().get(key)
    found = views_of(key).get(view) if programme is not None else None
    if programme is None or found is None:
        raise Http404(_("There is no programme %(key)s.") % {"key": f"{key}/{view}"})
    if not may_see(here.actor, found):
        raise PermissionDenied(_("This page is for other roles."))
    if found.declared.dated:
        here = _then(here, request.GET.get("at", ""))
    return here, programme, found


def panels_of(request: HttpRequest, here: World, key: str, found: View) -> list[tuple[PanelKind, PanelFile]]:
    """Return the panels as they are asked: those of the page of one subject about that one.

    Source: docs/topics/views.md, "Of one subject".
    """
    of, _title = _of(here, key, found.declared, request.GET.get("of", "")[:120])
    shown = found.panels if of or found.declared.of is None else ()
    return [(kind, _about(panel, of)) for kind, panel in shown]


def _of(here: World, programme: str, view: ViewFile, key: str) -> tuple[str, str]:
    """Key and title of the subject that the page is about; nothing for a page of all, or where there is none.

    Raises:
        PermissionDenied: its type is behind a fence of purpose.
    """
    if view.of is None or not key:
        return "", ""
    kind, day = subject_type(view.of), here.now.astimezone(here.zone).date()
    looker = Looker(here.actor.id, here.actor.roles, frozenset({programme}), f"view of {programme}")
    try:
        held = asking.get(here.registers.district.code, kind, key, day, looker)
    except FenceClosed:
        raise PermissionDenied(_("This page is for other roles.")) from None
    return (key, str(held.values.get(kind.title_field, key))) if held is not None else ("", "")


def _about(panel: PanelFile, key: str) -> PanelFile:
    """A panel of the page of one subject: `=of` in its `where` is that subject."""
    where = getattr(panel, "where", None)
    if not key or not isinstance(where, dict) or OF not in where.values():
        return panel
    return panel.model_copy(update={"where": {name: key if value == OF else value for name, value in where.items()}})


def _then(here: World, asked: str) -> World:
    """The world of another instant of the district's time; what cannot be read is now."""
    try:
        at = datetime.fromisoformat(asked)
    except ValueError:
        return here
    return replace(here, now=(at if at.tzinfo is not None else at.replace(tzinfo=here.zone)).astimezone(UTC))


def may_see(actor: Actor, view: View) -> bool:
    """Return whether somebody's roles open a view. Source: docs/topics/views.md, "For whom"."""
    return not view.declared.roles or bool(actor.roles & set(view.declared.roles))


def shown_panel(here: World, programme: str, kind: PanelKind, panel: PanelFile) -> Shown:
    """Return what a panel shows; one that fails says so. Source: docs/topics/views.md, "Panels"."""
    try:
        return kind.show(here, programme, panel)
    except Fault as fault:
        return Shown(message=f"{say(BROKEN)} {fault.message}")


def _panel(
    here: World, programme: str, kind: PanelKind, panel: PanelFile, told: Callable[[Shown], Shown] = lambda shown: shown
) -> dict[str, Any]:
    shown = told(shown_panel(here, programme, kind, panel))
    dots = placed_dots(shown.dots)
    return {
        "name": panel.name, "note": panel.note, "shown": shown, "dots": dots,
        "paths": [
            (" ".join(f"{x},{y}" for x, y, _, _ in dots[first:last]), dots[first][3]) for first, last in shown.paths
        ],
        "lines": list(zip_longest(shown.rows, shown.whiskers, shown.rings)),
        "line": " ".join(f"{x},{y}" for x, y in shown.line), "width": MAP_WIDTH, "height": MAP_HEIGHT,
        "groups": [
            (index % COLOURS, words, shown.codes[index] if shown.codes else "")
            for index, words in enumerate(shown.groups)
        ],
    }  # fmt: skip


def placed_dots(dots: Any) -> list[tuple[float, float, Dot, int]]:
    """Return where each dot stands in the drawing: north is up, the same scale both ways at the latitude of a city.

    Source: docs/topics/views.md, "Panels".
    """
    found: list[Dot] = list(dots)
    if not found:
        return []
    west, east = min(d.lon for d in found), max(d.lon for d in found)
    south, north = min(d.lat for d in found), max(d.lat for d in found)
    wide, high = (east - west) * 0.77 or 1.0, (north - south) or 1.0
    scale = min((MAP_WIDTH - 2 * MARGIN) / wide, (MAP_HEIGHT - 2 * MARGIN) / high)
    left, top = (MAP_WIDTH - wide * scale) / 2, (MAP_HEIGHT - high * scale) / 2
    return [
        (round(left + (d.lon - west) * 0.77 * scale, 1), round(top + (north - d.lat) * scale, 1), d, d.group % COLOURS)
        for d in found
    ]
