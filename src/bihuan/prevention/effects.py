"""Did a plan or a monthly topic prevent anything? Cases counted per place and week, answered by the effect room."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.effect import Design, Effect, EffectError, Panel, estimate
from bihuan.insight.forecast.cells import has_place, hexagon_cells
from bihuan.insight.shelf import Shelf
from bihuan.prevention.proposing import PlanError
from bihuan.registers.pure.snapshot import Registers

BEFORE, AFTER = 8, 4  # weeks compared
WEEK = 7
MEMBERS = ".members.json"  # beside a published selection: its messages, which are not published
STREET = "street"  # the level of the areas that a topic's districts are compared by
LEAST_BEFORE = 2  # weeks of record before a plan
DRAWN = {"visit": True, "wait": False}  # arms that were drawn against each other; the others prove nothing


@dataclass(frozen=True)
class PlacedReports:
    """The residents' reports that a plan should make fewer.

    Args:
        cells: H3 cell of each report, '' where it has no place.
        areas: Official area code of each.
        categories: Category of each.
        days: Local day of each, in days since 1970-01-01.
    """

    cells: Sequence[str]
    areas: Sequence[str]
    categories: Sequence[str]
    days: NDArray[np.int64]


def reports_of(columns: Mapping[str, Sequence[Any]], zone: tzinfo, without: Collection[str]) -> PlacedReports:
    """Reports from case columns, the visits themselves left out.

    Args:
        columns: As `loop.columns.case_columns` gives them.
        zone: The district's.
        without: Programmes that are run as campaigns: a visit is no report.

    Source: docs/topics/prevention.md (5).
    """
    kept = [i for i, programme in enumerate(columns["programme"]) if programme not in without]
    lon, lat = (np.array([columns[axis][i] for i in kept], dtype=np.float64) for axis in ("lon", "lat"))
    named = [""] * len(kept)
    if has_place(lon, lat).any():
        cells = hexagon_cells(lon, lat)
        named = [cells.ids[cell] if cell >= 0 else "" for cell in cells.of_report.tolist()]
    return PlacedReports(
        named,
        [columns["area"][i] or "" for i in kept],
        [columns["category"][i] or "" for i in kept],
        np.array([_number(columns["time"][i].astimezone(zone).date()) for i in kept], dtype=np.int64),
    )


def judge_kept_plans(
    shelf: Shelf,
    campaigns: Sequence[str],
    reports: PlacedReports,
    today: date,
    before: int = BEFORE,
    after: int = AFTER,
) -> tuple[Effect, dict[str, Any]]:
    """Return the effect of plans that are kept on a shelf; see `judge_plans`.

    Args:
        shelf: Where the drawn plans are kept.
        campaigns: Their ids.
        reports, today, before, after: As there.

    Raises:
        PlanError: no such plan, or none of them has had its weeks yet.
        EffectError: nothing can be compared.

    Source: docs/topics/effect.md; docs/topics/prevention.md.
    """
    return judge_plans([{**_read(shelf, c), "campaign": c} for c in campaigns], reports, today, before, after)


def judge_plans(
    plans: Sequence[Mapping[str, Any]], reports: PlacedReports, today: date, before: int = BEFORE, after: int = AFTER
) -> tuple[Effect, dict[str, Any]]:
    """Return the effect of weekly plans: places drawn to be visited against places of the same draw that waited.

    The plans are laid over each other by their first week. Places rest between draws (`choose.RESTS`), so what
    waits is not visited meanwhile; should a plan visit it all the same, it stays with the waiting ones (as drawn).

    Args:
        plans: With campaign, week, and places with cell and arm, as `drawing.carry_out` gives them.
        reports: Reports of at least `before` weeks before the first and `after` weeks from the last plan on.
        today: Only whole weeks before it count.
        before, after: Weeks compared.

    Returns:
        the effect, and what went in: plans, places by arm, plans left out with the reason.

    Raises:
        PlanError: none of them has had its weeks yet.
        EffectError: nothing can be compared.

    Source: docs/topics/prevention.md (5); docs/adr/0106 (2).
    """
    record = int(reports.days.min()) if len(reports.days) else _number(today)
    used, left = [], {}
    for told in plans:
        campaign = told["campaign"]
        week = date.fromisoformat(told["week"])
        if week + timedelta(weeks=after) > today:
            left[campaign] = f"its {after} weeks end on {week + timedelta(weeks=after)}"
        elif (_number(week) - record) // WEEK < LEAST_BEFORE:
            left[campaign] = "the record before it is too short"
        else:
            used.append((campaign, week, told["places"]))
    if not used:
        why = "; ".join(f"{c}: {w}" for c, w in left.items()) or "none was named"
        raise PlanError(f"no plan can be judged yet: {why}. Wait, or ask with fewer weeks (--after)")
    before = min(before, *((_number(week) - record) // WEEK for _, week, _ in used))
    rows = [(c, week, p) for c, week, places in used for p in places if p["arm"] in DRAWN]
    index: dict[str, list[int]] = {}
    for row, (_, _, place) in enumerate(rows):
        index.setdefault(place["cell"], []).append(row)
    counts = np.zeros((len(rows), before + after))
    for cell, day in zip(reports.cells, reports.days.tolist(), strict=True):
        for row in index.get(cell, ()):
            period = (day - _number(rows[row][1])) // WEEK + before
            if 0 <= period < before + after:
                counts[row, period] += 1
    visited = np.array([DRAWN[p["arm"]] for _, _, p in rows])
    panel = Panel(
        tuple(f"{c}:{p['cell']}" for c, _, p in rows),
        tuple(f"{k:+d}" for k in range(-before, after)),
        counts,
        np.where(visited, before, before + after).astype(np.int64),
        holdout=~visited,
    )
    inside = {"plans": [c for c, _, _ in used], "visited": int(visited.sum()), "waiting": int((~visited).sum()),
            "left_out": left, "weeks": {"before": before, "after": after}}  # fmt: skip
    return estimate(panel, Design()), inside


def judge_topic(
    members: Sequence[str],
    columns: Mapping[str, Sequence[Any]],
    reports: PlacedReports,
    streets: Mapping[str, str],
    start: date,
    today: date,
) -> Effect:
    """The effect of taking a topic up: its kind of report in its streets against the same kind in all other streets.

    Args:
        members: Numbers of the topic's cases.
        columns: The case columns, for the members' streets and categories.
        reports: The reports.
        streets: Street code of each area code.
        start: First day of the campaign; weeks are counted from it.
        today: Only whole weeks before it count.

    Raises:
        EffectError: no member is known here, or nothing can be compared.

    Source: docs/topics/prevention.md (`bihuan monthly-topic effect`); docs/adr/0106 (3).
    """
    known = {number: i for i, number in enumerate(columns["id"])}
    rows = [known[m] for m in members if m in known]
    if not rows:
        raise EffectError(
            "none of the topic's messages is a case here", "select topics of `bihuan topics` without FILE"
        )
    kinds = {columns["category"][i] for i in rows if columns["category"][i]}
    treated = {streets.get(columns["area"][i] or "", "") for i in rows} - {""}
    first = _number(start)
    before = min(26, (first - int(reports.days.min())) // WEEK)
    after = (_number(today) - first) // WEEK
    if before < LEAST_BEFORE or after < 1:
        raise EffectError("there is no whole week before or after the start", "ask again later")
    units = sorted({street for street in streets.values() if street})
    place = {street: i for i, street in enumerate(units)}
    counts = np.zeros((len(units), before + after))
    for area, kind, day in zip(reports.areas, reports.categories, reports.days.tolist(), strict=True):
        period = (day - first) // WEEK + before
        if kind in kinds and 0 <= period < before + after and streets.get(area) in place:
            counts[place[streets[area]], period] += 1
    began = np.array([before if unit in treated else before + after for unit in units], dtype=np.int64)
    chose = tuple(sorted(_weeks(rows, columns, first, before)))
    panel = Panel(tuple(units), tuple(f"{k:+d}" for k in range(-before, after)), counts, began)
    return estimate(panel, Design(selection=chose))


def judge_topics(
    shelf: Shelf,
    start: date,
    columns: Mapping[str, Sequence[Any]],
    registers: Registers,
    without: Collection[str],
    today: date,
) -> list[dict[str, Any]]:
    """Return each topic taken up in a month with its effect or the refusal, as plain values.

    Args:
        shelf: Where selections are kept.
        start: First day of the month.
        columns: The case columns.
        registers: For the zone and the sub-district of each area.
        without: Programmes that are run as campaigns.
        today: Only whole weeks before it count.

    Raises:
        PlanError: nothing was selected for that month here.

    Source: docs/topics/prevention.md (`bihuan monthly-topic effect`).
    """
    zone = registers.calendar.zone
    streets = {area.code: registers.areas.up_to_level(area.code, STREET) or "" for area in registers.areas}
    reports = reports_of(columns, zone, without)
    answers = []
    for topic, members in members_of(shelf, f"monthly-topic-{start:%Y-%m}").items():
        try:
            found = judge_topic(members, columns, reports, streets, start, today).to_json()
        except EffectError as error:
            words = {"zh": f"无法估计：{error.message}", "en": f"{error.message}; {error.remedy}"}
            found = {"estimate": None, "interval": None, "refused": words, "method": "none"}
        answers.append({"topic": topic, "members": len(members), **found})
    return answers


def members_of(shelf: Shelf, campaign: str) -> dict[str, list[str]]:
    """Topic id → its messages, kept beside the published selection and not published.

    Raises:
        PlanError: nothing was selected under that name here.

    Source: docs/topics/effect.md; docs/topics/prevention.md.
    """
    members = shelf.read(f"{campaign}{MEMBERS}")
    if members is None:
        raise PlanError(f"no {campaign} in {shelf}; select topics first with `bihuan monthly-topic select`")
    found: dict[str, list[str]] = json.loads(members)
    return found


def _weeks(rows: Sequence[int], columns: Mapping[str, Sequence[Any]], first: int, before: int) -> set[int]:
    """Periods before the start in which the topic was found: their counts chose it."""
    found = {(_number(columns["time"][i].date()) - first) // WEEK + before for i in rows}
    return {period for period in found if 0 <= period < before}


def _read(shelf: Shelf, campaign: str) -> dict[str, Any]:
    plan = shelf.read(f"{campaign}.json")
    if plan is None:
        raise PlanError(f"no plan {campaign!r} in {shelf}; see `bihuan prevent list`")
    told: dict[str, Any] = json.loads(plan)
    return told


def _number(day: date) -> int:
    return day.toordinal() - date(1970, 1, 1).toordinal()
