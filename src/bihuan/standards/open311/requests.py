"""Service requests: public cases as they stand, and their steps as updates.

Source: wiki.open311.org/GeoReport_v2, "GET Service Requests"; github.com/mysociety/open311-adapter
(servicerequestupdates).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bihuan.faces.parts.problems import ApiProblem, problem
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.states import OUTCOMES, STATE_NAMES
from bihuan.loop.models import EventRow
from bihuan.standards.open311.forms import w3c
from bihuan.standards.open311.services import ReportableService, service_named
from bihuan.standards.serving.reported import COLUMNS, coarse, reported_cases

SPAN = timedelta(days=90)
MOST = 1000
PLAIN = ("id", "lead", "submitted_at")
STEPS = {
    "opened": "OPEN", "dispatched": "INVESTIGATING", "accepted": "IN_PROGRESS", "returned": "INVESTIGATING",
    "submitted": "FIXED", "reopened": "IN_PROGRESS", "suspended": "IN_PROGRESS", "resumed": "IN_PROGRESS",
    "answered": "CLOSED", "verified": "CLOSED", "refused": "CLOSED", "invalidated": "CLOSED",
    "transferred_out": "NOT_COUNCILS_RESPONSIBILITY", "merged": "DUPLICATE",
}  # fmt: skip
"""Kind of event → the state that an update tells; other steps are the district's own."""


def requests_asked(here: World, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the service requests that a question asks for, the newest first.

    Args:
        given: `service_request_id`, or `service_code`, `start_date`, `end_date`, `status`, `page`, `page_size`.

    Raises:
        ApiProblem: 400, a date that is none, more than 90 days, an unknown status.

    Source: wiki.open311.org/GeoReport_v2, "GET Service Requests".
    """
    rows = reported_cases()
    if ids := _several(given, "service_request_id"):
        return _told(here, rows.filter(number__in=ids[:MOST]), MOST, 0)
    first, last = window(here, given)
    rows = rows.filter(opened_at__gte=first, opened_at__lte=last)
    states = set(_several(given, "status"))
    if states - {"open", "closed"}:
        raise wrong("status", "status 应为 open 或 closed", "status is open or closed")
    if len(states) == 1:
        rows = rows.filter(ended_at__isnull=states == {"open"})
    if codes := _several(given, "service_code"):
        parts = [code.split(".", 2) for code in codes if code.count(".") >= 1]
        chosen = reported_cases().none()
        for each in parts:
            named = rows.filter(programme=each[0], kind=each[1])
            chosen = chosen | (named.filter(category=each[2]) if len(each) > 2 else named)
        rows = chosen
    size = min(max(_number(given, "page_size", MOST), 1), MOST)
    return _told(here, rows, size, (max(_number(given, "page", 1), 1) - 1) * size)


def updates_asked(here: World, given: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the steps of public cases in a time as updates, the oldest first; raises as `requests_asked`.

    Source: github.com/mysociety/open311-adapter (servicerequestupdates).
    """
    first, last = window(here, given)
    told = EventRow.objects.filter(
        district_id=here.registers.district.code, kind__in=list(STEPS), occurred_at__gte=first, occurred_at__lte=last,
        case_id__in=reported_cases().values("id"),
    ).order_by("occurred_at", "case_id", "version")[:MOST]  # fmt: skip
    events = list(told.values_list("case_id", "version", "kind", "occurred_at"))
    numbers = dict(reported_cases().filter(id__in={event[0] for event in events}).values_list("id", "number"))
    return [
        {
            "update_id": f"{numbers[case]}-{version}", "service_request_id": numbers[case], "status": STEPS[kind],
            "updated_datetime": w3c(at), "description": "", "media_url": None,
        }
        for case, version, kind, at in events if case in numbers
    ]  # fmt: skip


def window(here: World, given: Mapping[str, str]) -> tuple[datetime, datetime]:
    """Return the first and last instant that are asked for: at most 90 days, without both the last 90.

    Raises:
        ApiProblem: 400, a date that is none or more than 90 days.

    Source: wiki.open311.org/GeoReport_v2, "GET Service Requests".
    """
    first, last = _instant(here, given, "start_date"), _instant(here, given, "end_date")
    if first is None:
        first = (last or here.now) - SPAN
    if last is None:
        last = min(first + SPAN, here.now) if given.get("start_date") else here.now
    if last - first > SPAN:
        raise wrong("end_date", "至多90天", "at most 90 days")
    return first, last


def _told(here: World, rows: Any, size: int, skip: int) -> list[dict[str, Any]]:
    ordered = rows.order_by("-opened_at", "number").values(*COLUMNS, *PLAIN)
    found = list(ordered[skip : skip + size])
    codes = {_code(row) for row in found}
    names = {code: service for code in codes if (service := service_named(code)) is not None}
    return [_request(here, row, names) for row in found]


def _code(row: Mapping[str, Any]) -> str:
    return ".".join(each for each in (row["programme"], row["kind"], row["category"]) if each)


def _request(here: World, row: Mapping[str, Any], names: Mapping[str, ReportableService]) -> dict[str, Any]:
    code = _code(row)
    place = coarse(row["lon_e6"], row["lat_e6"])
    state = OUTCOMES_NAMED.get(row["outcome"] or "") or STATE_NAMES[row["state"]]
    return {
        "service_request_id": row["number"], "status": "closed" if row["ended_at"] else "open",
        "status_notes": f"{state.zh} · {state.en}", "service_code": code,
        "service_name": names[code].name if code in names else None, "description": None,
        "agency_responsible": here.names.unit(row["lead"]) if row["lead"] else None, "service_notice": None,
        "requested_datetime": w3c(row["opened_at"]),
        "updated_datetime": w3c(row["ended_at"] or row["submitted_at"] or row["opened_at"]),
        "expected_datetime": w3c(row["deadline"]), "address": None, "address_id": row["area"], "zipcode": None,
        "lat": place[1] if place else None, "long": place[0] if place else None, "media_url": None,
    }  # fmt: skip


OUTCOMES_NAMED = {code: STATE_NAMES[code] for code in OUTCOMES}


def wrong(field: str, zh: str, en: str) -> ApiProblem:
    """Return the problem of a value. Source: wiki.open311.org/GeoReport_v2, "Errors" (400)."""
    return problem(400, "wrong_value", zh, en, field=field)


def _several(given: Mapping[str, str], name: str) -> list[str]:
    return [each.strip() for each in given.get(name, "").split(",") if each.strip()]


def _number(given: Mapping[str, str], name: str, usual: int) -> int:
    text = given.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 7):
        raise wrong(name, f"{name} 须为正整数", f"{name} must be a positive number")
    return int(text) if text else usual


def _instant(here: World, given: Mapping[str, str], name: str) -> datetime | None:
    text = given.get(name, "").replace(" ", "+")
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=here.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong(name, "时间须如 2026-03-01T00:00:00Z", "an instant such as 2026-03-01T00:00:00Z") from None
