"""The cockpit: a month's numbers with definition and cut, the ranking with its intervals, and the cases behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count as Rows
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.faces.parts.explained import definition_of
from bihuan.faces.parts.language import language
from bihuan.faces.parts.lists import by_deadline, page_of
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import World, world
from bihuan.loop.store import visible_to
from bihuan.numbers.counting import month_cube
from bihuan.numbers.periods import Month, PeriodError
from bihuan.numbers.ranking import MonthRanking, rank_month
from bihuan.numbers.report import Behind, Report, month_report, pages_behind
from bihuan.rules.errors import NoRuleError

THREE = ("response_rate", "resolution_rate", "satisfaction_rate")
UNTRACED = "untraced_contact_share"  # stands beside the response rate: what that rate rests on
CASES_A_PAGE = 200


@dataclass(frozen=True)
class Figure:
    """One indicator as the page shows it; `percent` and the bounds are decimal text, empty when there is no number."""

    id: str
    name: str
    value: str
    low: str
    high: str
    counted: str
    excluded: int
    verified: bool
    few: bool


MAX_AGE = 30.0  # seconds for which pages may show the same count again


@requires("cockpit")
def cockpit(request: HttpRequest) -> HttpResponse:
    """One month of the district."""
    here = world(request)
    month = month_of(request, here)
    report = month_report(month, facts=here.facts, max_age=MAX_AGE)
    data = report.to_json("district")
    told = {i: figure(i, entry) for i, entry in data["indicators"].items()}
    context = {
        "month": str(month),
        "previous": str(month.previous),
        "next": str(month.next) if month.next.first <= here.now.astimezone(here.zone).date() else "",
        "status": report.status,
        "cut": data["cut"],
        "three": [told[i] for i in THREE if i in told],
        "untraced": told.get(UNTRACED),
        "others": [f for i, f in told.items() if i not in THREE],
        "ranking": _ranking(report),
        "stock": stock(here),
        "names": here.names,
        "now": here.now,
        "late": page_of(
            by_deadline(visible_to(here.actor).filter(ended_at__isnull=True, deadline__lt=here.now)), None, 8
        ),
    }
    return render(request, "faces/numbers/cockpit.html", context)


@requires("cockpit")
def number(request: HttpRequest, indicator: str) -> HttpResponse:
    """One number: its definition, by sub-district, and the cases in numerator, denominator and exclusions."""
    here = world(request)
    month = month_of(request, here)
    report = month_report(month, facts=here.facts, max_age=MAX_AGE)
    if indicator not in report.cube.definitions:
        raise Http404(_("There is no indicator %(name)s.") % {"name": indicator})
    by = "unit" if request.GET.get("by") == "unit" else "area"
    data = report.to_json(by)  # type: ignore[arg-type]  # one of the two dimensions just chosen
    key = request.GET.get("key", "")
    part, page = request.GET.get("part", ""), _page(request)
    behind = pages_behind(report, indicator, by if key else "district", key or "*", CASES_A_PAGE, {part: page})  # type: ignore[arg-type]  # as above
    rows = [
        {
            "key": k,
            "name": _named(data["names"][k]),
            "figure": figure(indicator, {**data["indicators"][indicator], "values": {"*": v}}),
        }
        for k, v in data["indicators"][indicator]["values"].items()
    ]
    context = {
        "month": str(month),
        "by": by,
        "key": key,
        "definition": definition_of(report.cube.definitions[indicator]),
        "figure": figure(indicator, report.to_json("district")["indicators"][indicator]),
        "query": report.cube.queries[indicator],
        "cut": data["cut"],
        "rows": sorted(rows, key=lambda row: row["name"]),
        "behind": _listed(here, behind, part, page),
        "names": here.names,
    }
    return render(request, "faces/numbers/number.html", context)


def figure(indicator: str, entry: dict[str, Any]) -> Figure:
    """An indicator's district number from the report's JSON."""
    value = entry["values"].get("*", {})
    name = _named(entry["name"])
    if "count" in value:
        cases = ngettext("%(n)s case", "%(n)s cases", value["count"]) % {"n": value["count"]}
        if entry.get("shown") == "per_10000":
            counted = cases if value["per_10000"] else _("%(cases)s; residents not known") % {"cases": cases}
            return Figure(indicator, name, value["per_10000"] or "–", "", "", counted, 0, entry["verified"], False)
        return Figure(indicator, name, str(value["count"]), "", "", "", 0, entry["verified"], False)
    interval = value.get("interval") or {}
    shown = value.get("percent")
    return Figure(
        indicator,
        name,
        f"{shown}%" if shown is not None else "–",
        _percent(interval.get("low")),
        _percent(interval.get("high")),
        f"{value.get('numerator', 0)} / {value.get('denominator', 0)}",
        sum((value.get("exclusions") or {}).values()),
        entry["verified"],
        not value.get("enough", True),
    )


def stock(here: World) -> list[dict[str, Any]]:
    """Open cases by state, with how many are overdue."""
    found = (
        visible_to(here.actor)
        .filter(ended_at__isnull=True)
        .values("state")
        .annotate(open=Rows("id"), late=Rows("id", filter=Q(deadline__lt=here.now)))
        .order_by("-open")
    )
    return [dict(row) for row in found]


def _ranking(report: Report) -> dict[str, Any] | None:
    """The month's ranking, or None when no programme ranks or no card is in force."""
    registers, book = report.facts.registers, report.facts.book
    previous = month_cube(report.month.previous, cut=report.cube.cut, registers=registers)
    try:
        ranking: MonthRanking = rank_month(report.cube, previous, registers, book)
    except (PeriodError, NoRuleError):
        return None
    told = ranking.to_json()
    ranked = [line for line in told["lines"] if line["rank"]]
    # Where every range spans every rank, nothing is known of the order: neither drawn nor left to look like knowledge.
    told["distinct"] = any((line["rank_low"], line["rank_high"]) != (1, len(ranked)) for line in ranked)
    return told


@dataclass(frozen=True)
class Listed:
    """One part of a number: how many cases, and of the page shown those this person may open."""

    part: str
    total: int
    first: int
    last: int
    numbers: list[str]
    hidden: int
    open: bool
    previous: int
    next: int


def _listed(here: World, behind: dict[str, Behind], part: str, page: int) -> list[Listed]:
    """How many cases there are is public, which they are is not: each person sees the numbers they may open."""
    every = {n for found in behind.values() for n in found.numbers}
    seen = set(visible_to(here.actor).filter(number__in=every).values_list("number", flat=True))
    told = []
    for name, found in behind.items():
        at = page if name == part else 1
        first = (at - 1) * CASES_A_PAGE
        last = first + len(found.numbers)
        shown = [n for n in found.numbers if n in seen]
        after = at + 1 if last < found.total else 0
        told.append(Listed(name, found.total, first + 1, last, shown, len(found.numbers) - len(shown),
                           name == part, at - 1, after))  # fmt: skip
    return told


def _page(request: HttpRequest) -> int:
    asked = request.GET.get("page", "")
    return max(1, int(asked)) if asked.isdecimal() and len(asked) < 6 else 1


def _percent(share: str | None) -> str:
    """A share given as decimal text, as a percentage with one decimal."""
    return f"{Decimal(share) * 100:.1f}" if share is not None else ""


def _named(name: dict[str, str]) -> str:
    return name[language()]


def month_of(request: HttpRequest, here: World) -> Month:
    """The month asked for, by default the present one; there is no page for what is no month."""
    asked = request.GET.get("month", "")
    try:
        return Month.parse(asked) if asked else Month.of(datetime.now(here.zone), here.zone)
    except PeriodError as error:
        raise Http404(_("There is no such month; write it as 2026-11.")) from error
