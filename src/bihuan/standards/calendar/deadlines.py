"""What is due to somebody: open cases with their deadlines, and for a month those that no longer are, as cancelled.

Source: RFC 5545 (3.8.4.7 UID, 3.8.7.4 SEQUENCE, 3.8.1.11 STATUS); docs/adr/0373.
"""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from bihuan.faces.api.access import Token
from bihuan.faces.parts.problems import of_refusal, problem
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.states import STATE_NAMES
from bihuan.loop.programmes import all_programmes
from bihuan.loop.store import visible_to
from bihuan.readers.calendars import CANCELLED, CONFIRMED, CalendarEntry, write_calendar
from bihuan.standards.serving.callers import not_signed_in

MOST = 2000
LASTS = timedelta(minutes=15)
GONE = timedelta(days=31)
"""How long what is no longer due stays as cancelled, so that calendars that have it take it away."""
COLUMNS = ("number", "programme", "kind", "state", "area", "deadline", "opened_at", "ended_at", "version", "id")


@require_GET
def deadlines(request: HttpRequest) -> HttpResponse:
    """The calendar of a token's owner.

    Source: RFC 5545; RFC 6750 §2.3 (a token in the address, where nothing else can be sent).
    """
    here = Token().authenticate(request, request.GET.get("token", ""))
    if here is None:
        refused = not_signed_in()
        return of_refusal(refused.status, refused.refusal)
    if "read" not in request.bihuan_scopes or not here.actor.may("work"):  # type: ignore[attr-defined]
        refused = problem(403, "role_missing", "令牌不能读取案件", "the token may not read cases")
        return of_refusal(refused.status, refused.refusal)
    text = write_calendar(entries_of(here), "办理时限 · Deadlines", here.zone)
    told = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    told["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    return told


def entries_of(here: World) -> list[CalendarEntry]:
    """Return what is due to somebody, and what no longer is. No words of a report are in it.

    Source: docs/adr/0373.
    """
    seen = visible_to(here.actor).filter(deadline__isnull=False)
    open_rows = seen.filter(ended_at__isnull=True).order_by("deadline").values(*COLUMNS)[:MOST]
    gone = seen.filter(ended_at__gte=here.now - GONE).order_by("-ended_at").values(*COLUMNS)[:MOST]
    names, district = all_programmes(), here.registers.district.code
    entries = []
    for row in (*open_rows, *gone):
        programme = names.get(row["programme"])
        called = programme.name.zh if programme else row["programme"]
        state = STATE_NAMES[row["state"]]
        entries.append(CalendarEntry(
            f"{row['id']}@cases.{district}.bihuan", row["deadline"] - LASTS, row["deadline"],
            f"{called} {row['number']}", (row["ended_at"] or row["opened_at"]).replace(microsecond=0),
            here.names.area(row["area"]) if row["area"] else "", f"{state.zh} · {state.en}", row["version"],
            CANCELLED if row["ended_at"] else CONFIRMED,
        ))  # fmt: skip
    return entries
