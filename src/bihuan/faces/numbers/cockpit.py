"""The cockpit: a month's numbers with definition and cut, the ranking with its intervals, and the cases behind."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bihuan.faces.parts.explained import definition_of
from bihuan.faces.parts.language import language
from bihuan.faces.parts.lists import MOST_ASKED, by_deadline, line_of
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import World, world
from bihuan.loop.models import CaseRow, UnitQueueRow
from bihuan.loop.store import visible_to
from bihuan.loop.store.queues import units_of
from bihuan.loop.store.read import sees_by_units_alone
from bihuan.numbers.cube import Dimension
from bihuan.numbers.kinds import kinds
from bihuan.numbers.periods import Month, Period, PeriodError
from bihuan.numbers.ranking import MonthRanking, rank_month
from bihuan.numbers.reading import Behind, KeptNumbers, cases_page, kept_report, ranking_cube
from bihuan.numbers.stock import open_by_state
from bihuan.rules.errors import NoRuleError

NONE = "–"
"""What stands where nothing could be counted."""
THREE = ("response_rate", "resolution_rate", "satisfaction_rate")
UNTRACED = "untraced_contact_share"  # stands beside the response rate: what that rate rests on
CASES_A_PAGE = 200
LONGEST_LATE = 8
LATE_LOOKED_AT = 200


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


@requires("cockpit")
def cockpit(request: HttpRequest) -> HttpResponse:
    """One period of the district.

    Source: docs/topics/faces.md (`/cockpit/`: every number leads to its definition, cut and cases)
    """
    here = world(request)
    month = period_of(request, here)
    kept = kept_report(month, "unit", facts=here.facts)
    data = kept.report.to_json("district")
    told = {i: figure(i, entry) for i, entry in data["indicators"].items()}
    context = {
        "month": str(month),
        "previous": str(month.previous),
        "next": str(month.next) if month.next.first <= here.now.astimezone(here.zone).date() else "",
        "status": kept.report.status,
        "cut": data["cut"],
        "tally": kept,
        "three": [told[i] for i in THREE if i in told],
        "begun": kept.report.status == "open" and all(told[i].value == NONE for i in THREE if i in told),
        "untraced": told.get(UNTRACED),
        "others": [f for i, f in told.items() if i not in THREE],
        "ranking": _ranking(kept),
        "stock": open_by_state(here.actor, here.now, here.registers.district.code),
        "names": here.names,
        "now": here.now,
        "late": [line_of(row) for row in by_deadline(_late(here))[:LONGEST_LATE]],
    }
    return render(request, "faces/numbers/cockpit.html", context)


@requires("cockpit")
def number(request: HttpRequest, indicator: str) -> HttpResponse:
    """One number: its definition, by sub-district, and the cases in numerator, denominator and exclusions.

    Raises:
        Http404: there is no such indicator.

    Source: docs/topics/faces.md (`/cockpit/`: every number leads to its definition, cut and cases)
    """
    here = world(request)
    month = period_of(request, here)
    by: Dimension = "unit" if request.GET.get("by") == "unit" else "area"
    kept = kept_report(month, by, facts=here.facts, indicator=indicator)
    report = kept.report
    if indicator not in report.cube.definitions:
        raise Http404(_("There is no indicator %(name)s.") % {"name": indicator})
    entry = report.indicator_json(indicator, by)
    key = request.GET.get("key", "")
    part, after = request.GET.get("part", "numerator"), request.GET.get("after", "")[:MOST_ASKED].replace("\0", "")
    behind = cases_page(kept, indicator, by if key else "district", key or "*", CASES_A_PAGE, part, after)
    rows = [
        {"key": k, "name": _named(report.name(by, k)), "figure": figure(indicator, {**entry, "values": {"*": v}})}
        for k, v in entry["values"].items()
    ]
    context = {
        "month": str(month),
        "by": by,
        "key": key,
        "tally": kept,
        "definition": definition_of(report.cube.definitions[indicator]),
        "figure": figure(indicator, report.indicator_json(indicator, "district")),
        "query": report.cube.queries[indicator],
        "cut": report.cube.cut.to_json(),
        "rows": sorted(rows, key=lambda row: row["name"]),
        "behind": _listed(here, behind, part, after),
        "now": here.now,
        "names": here.names,
    }
    return render(request, "faces/numbers/number.html", context)


def figure(indicator: str, entry: dict[str, Any]) -> Figure:
    """An indicator's district number from the report's JSON.

    Source: docs/topics/faces.md (`/cockpit/`: every number leads to its definition, cut and cases)
    """
    value = entry["values"].get("*", {})
    name = _named(entry["name"])
    if "count" in value:
        cases = ngettext("%(n)s case", "%(n)s cases", value["count"]) % {"n": value["count"]}
        if entry.get("shown") == "per_10000":
            counted = cases if value["per_10000"] else _("%(cases)s; residents not known") % {"cases": cases}
            return Figure(indicator, name, value["per_10000"] or NONE, "", "", counted, 0, entry["verified"], False)
        return Figure(indicator, name, str(value["count"]), "", "", "", 0, entry["verified"], False)
    interval = value.get("interval") or {}
    shown = value.get("percent")
    return Figure(
        indicator,
        name,
        f"{shown}%" if shown is not None else NONE,
        _percent(interval.get("low")),
        _percent(interval.get("high")),
        f"{value.get('numerator', 0)} / {value.get('denominator', 0)}",
        sum((value.get("exclusions") or {}).values()),
        entry["verified"],
        not value.get("enough", True),
    )


def _late(here: World) -> QuerySet[CaseRow]:
    """Overdue cases; of somebody who sees the cases of units alone, the first of the units' narrow rows."""
    seen = visible_to(here.actor).filter(
        district_id=here.registers.district.code, ended_at__isnull=True, deadline__lt=here.now
    )
    if not sees_by_units_alone(here.actor):
        return seen
    mine = UnitQueueRow.objects.filter(unit__in=units_of(here.actor), ended_at__isnull=True, deadline__lt=here.now)
    return seen.filter(pk__in=list(mine.order_by("deadline").values_list("case_id", flat=True)[:LATE_LOOKED_AT]))


def _ranking(kept: KeptNumbers) -> dict[str, Any] | None:
    """The period's ranking, or None when no programme ranks or no card is in force."""
    report = kept.report
    earlier = kept_report(report.month.previous, "unit", facts=report.facts)
    try:
        ranking: MonthRanking = rank_month(
            ranking_cube(kept), ranking_cube(earlier), report.facts.registers, report.facts.book
        )
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
    numbers: list[str]
    hidden: int
    open: bool
    later: bool
    next: str


def _listed(here: World, behind: dict[str, Behind], part: str, after: str) -> list[Listed]:
    """How many cases there are is public, which they are is not: each person sees the numbers they may open."""
    every = {n for found in behind.values() for n in found.numbers}
    seen = set(visible_to(here.actor).filter(number__in=every).values_list("number", flat=True)) if every else set()
    told = []
    for name, found in behind.items():
        shown = [n for n in found.numbers if n in seen]
        following = found.numbers[-1] if found.more else ""
        told.append(Listed(name, found.total, shown, len(found.numbers) - len(shown), name == part,
                           name == part and bool(after), following))  # fmt: skip
    return told


def _percent(share: str | None) -> str:
    """A share given as decimal text, as a percentage with one decimal."""
    return f"{Decimal(share) * 100:.1f}" if share is not None else ""


def _named(name: dict[str, str]) -> str:
    return name[language()]


def period_of(request: HttpRequest, here: World) -> Period:
    """The period asked for, by default the present month; there is no page for what is no period.

    Raises:
        Http404: what was asked for is no period.

    Source: docs/topics/indicators.md, "Periods".
    """
    asked = request.GET.get("month", "")
    try:
        return kinds().parse(asked) if asked else Month.of(here.now, here.zone)
    except PeriodError as error:
        raise Http404(_("There is no such month; write it as 2026-11.")) from error


def month_of(request: HttpRequest, here: World) -> Month:
    """The month asked for; a page that knows months alone has none for another period.

    Raises:
        Http404: what was asked for is no month.

    Source: docs/topics/indicators.md, "Periods".
    """
    found = period_of(request, here)
    if not isinstance(found, Month):
        raise Http404(_("There is no such month; write it as 2026-11."))
    return found
