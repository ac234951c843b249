"""Feeds by their addresses: iCalendar for calendars of phones, JSON-LD of schema.org for programs that search."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from bihuan.faces.feeds import DeclaredFeed, entries_of, feeds_of, graph_of
from bihuan.faces.parts.language import say
from bihuan.faces.parts.world import world
from bihuan.loop.programmes import all_programmes
from bihuan.readers.calendars import CANCELLED, CalendarEntry, write_calendar

MAX_AGE = 300


@cache_control(public=True, max_age=MAX_AGE)
def calendar(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """A feed as iCalendar; `?key=` narrows it to one subject.

    Raises:
        Http404: no such programme or feed.

    Source: RFC 5545; docs/topics/views.md, "Feeds".
    """
    here, feed = world(request), _feed(key, name)
    if feed.declared.thing is not None:
        raise Http404(_("There is nothing of that name."))
    text = write_calendar(entries_of(here, feed, _key(request)), say(feed.declared.name), here.zone)
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'inline; filename="{name}.ics"'
    return answer


@cache_control(public=True, max_age=MAX_AGE)
def linked(request: HttpRequest, key: str, name: str) -> HttpResponse:
    """A feed as JSON-LD: a list of schema.org events, or of things.

    Raises:
        Http404: no such programme or feed.

    Source: https://schema.org/Event (startDate, endDate, eventStatus, location).
    """
    here, feed = world(request), _feed(key, name)
    graph = graph_of(here, feed, _key(request))
    if feed.declared.thing is None:
        graph = [_event(each, here.zone) for each in entries_of(here, feed, _key(request))]
    told = {"@context": "https://schema.org", "@graph": graph}
    return JsonResponse(told, content_type="application/ld+json", json_dumps_params={"ensure_ascii": False})


def _event(entry: CalendarEntry, zone: Any) -> dict[str, Any]:
    told: dict[str, Any] = {
        "@type": "Event", "identifier": entry.uid, "name": entry.summary,
        "startDate": entry.starts.astimezone(zone).isoformat(), "endDate": entry.ends.astimezone(zone).isoformat(),
        "eventStatus": f"https://schema.org/Event{'Cancelled' if entry.status == CANCELLED else 'Scheduled'}",
    }  # fmt: skip
    if entry.location:
        told["location"] = {"@type": "Place", "name": entry.location}
    return told


def _key(request: HttpRequest) -> str:
    return request.GET.get("key", "")[:120]


def _feed(key: str, name: str) -> DeclaredFeed:
    found = feeds_of(key).get(name) if key in all_programmes() else None
    if found is None:
        raise Http404(_("There is nothing of that name."))
    return found
