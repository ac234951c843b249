"""The facts of a week or a month, asked of the indicators and the case table."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet

from bihuan.briefings.facts import BriefingFacts
from bihuan.loop import scope
from bihuan.loop.facts import LoopFacts
from bihuan.loop.models import CaseRow
from bihuan.loop.programmes import all_programmes, folder_of
from bihuan.loop.store import current_facts
from bihuan.numbers.counting import month_cube
from bihuan.numbers.periods import Month, PeriodError
from bihuan.numbers.ranking import rank_month
from bihuan.numbers.report import Report, cases_behind, month_report
from bihuan.registers.pure.categories import load_categories
from bihuan.rules.errors import NoRuleError

THREE = ("response_rate", "resolution_rate", "satisfaction_rate")
LISTED, SOME_CASES = 5, 200
CASES = {
    "opened": ("所选时段内受理的诉求（不含受限案件）", "cases opened in the span, restricted ones left out"),
    "ended": ("所选时段内结束的诉求（不含受限案件）", "cases ended in the span, restricted ones left out"),
    "open": ("截至统计时刻尚未结束的诉求", "cases not ended at the cut"),
    "late": ("截至统计时刻超过期限且尚未结束的诉求", "cases past their deadline and not ended at the cut"),
}


@dataclass(frozen=True)
class BriefedDays:
    """A week or month in the district's zone: local days, `last` included, and the span before it."""

    kind: str
    name: str
    first: dt.date
    last: dt.date

    @classmethod
    def parse(cls, kind: str, text: str) -> BriefedDays:
        """`2026-W45` for a weekly, `2026-10` for a monthly briefing.

        Raises:
            PeriodError: it is neither, with an example.

        Source: ISO 8601-1 (weeks begin on Monday, week 1 holds the first Thursday).
        """
        if kind == "monthly":
            month = Month.parse(text)
            return cls(kind, str(month), month.first, month.next.first - dt.timedelta(days=1))
        year, _, week = text.upper().partition("-W")
        try:
            first = dt.date.fromisocalendar(int(year), int(week), 1)
        except ValueError as error:
            raise PeriodError(f"{text!r} is not a week; write it as YYYY-Www, for example 2026-W45") from error
        return cls(kind, f"{first.isocalendar()[0]}-W{first.isocalendar()[1]:02d}", first, first + dt.timedelta(days=6))

    @property
    def before(self) -> BriefedDays:
        """The span before. Source: docs/topics/briefings.md."""
        if self.kind == "monthly":
            return BriefedDays.parse(self.kind, str(Month(self.first.year, self.first.month).previous))
        week = dt.timedelta(days=7)
        return BriefedDays(self.kind, "", self.first - week, self.last - week)

    def bounds(self, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
        """Start (inclusive) and end (exclusive). Source: docs/topics/briefings.md."""
        midnight = dt.time(tzinfo=zone)
        return dt.datetime.combine(self.first, midnight), dt.datetime.combine(
            self.last + dt.timedelta(days=1), midnight
        )


def collect_facts(
    span: BriefedDays, *, facts: LoopFacts | None = None, now: dt.datetime | None = None
) -> BriefingFacts:
    """Everything a briefing may say from the platform's own records.

    Args:
        span: The week or month.
        facts: Registers and rules; default: the present ones.
        now: The cut of what is open; default: the end of the span, or now when that lies ahead.

    Source: docs/topics/briefings.md ("A fact").
    """
    facts = facts or current_facts()
    registers = facts.registers
    scope.ensure(registers.district.code)
    zone = registers.calendar.zone
    cut = min(now or dt.datetime.now(dt.UTC), span.bounds(zone)[1])
    told = BriefingFacts()
    told.names |= {a.name_zh for a in registers.areas} | {a.name_en for a in registers.areas}
    told.names |= {o.name_zh for o in registers.organisations} | {o.name_en for o in registers.organisations}
    told.add("district", {"zh": registers.district.name_zh, "en": registers.district.name_en}, registers.district.code,
             {"zh": "本区", "en": "the district"}, "registers")  # fmt: skip
    for name, value in (("period", span.name), ("first", span.first), ("last", span.last)):
        told.add(name, str(value), str(value), {"zh": "统计时段", "en": "the span"}, "given")
    stamp = f"{cut.astimezone(zone):%Y-%m-%d %H:%M}"
    told.add("cut", stamp, stamp, {"zh": "统计时刻", "en": "the cut"}, "given")
    rows = CaseRow.objects.filter(district_id=registers.district.code, restricted=None)
    _stock(told, rows, span, zone, cut)
    for grouping in _groupings(facts):
        _most(told, rows, span, zone, grouping)
    last = cut.astimezone(zone).date() - dt.timedelta(days=int(cut == span.bounds(zone)[1]))
    report = month_report(Month(last.year, last.month), facts=facts)
    _rates(told, report, facts)
    if span.kind == "monthly":
        _ranking(told, report)
    return told


def _stock(told: BriefingFacts, rows: QuerySet[CaseRow], span: BriefedDays, zone: ZoneInfo, cut: dt.datetime) -> None:
    first, end = span.bounds(zone)
    earlier = span.before.bounds(zone)
    running = rows.filter(opened_at__lt=cut).filter(Q(ended_at=None) | Q(ended_at__gte=cut))
    asked = {
        "opened": rows.filter(opened_at__gte=first, opened_at__lt=end),
        "opened_before": rows.filter(opened_at__gte=earlier[0], opened_at__lt=earlier[1]),
        "ended": rows.filter(ended_at__gte=first, ended_at__lt=end),
        "open": running,
        "late": running.filter(deadline__lt=cut),
    }
    for name, found in asked.items():
        zh, en = CASES[name.removesuffix("_before")]
        query = f"loop_case: {name} {first.isoformat()} … {end.isoformat()}, cut {cut.isoformat()}"
        cases = tuple(found.order_by("number").values_list("number", flat=True)[:SOME_CASES])
        count = found.count()
        told.add(name, f"{count:,}", count, {"zh": zh, "en": en}, query, cases=cases)


@dataclass(frozen=True)
class Grouping:
    """A column of the case table, the group each of its values belongs to, and what groups are called."""

    column: str
    group: Callable[[str], str]
    names: Mapping[str, dict[str, str]]


def _most(told: BriefingFacts, rows: QuerySet[CaseRow], span: BriefedDays, zone: ZoneInfo, grouping: Grouping) -> None:
    """The groups with most cases opened, beside the span before."""
    column, counts, keys = grouping.column, [], defaultdict(set)
    for each in (span, span.before):
        first, end = each.bounds(zone)
        opened = rows.filter(opened_at__gte=first, opened_at__lt=end).exclude(**{column: None})
        found: Counter[str] = Counter()
        for row in opened.values(column).annotate(n=Count("id")):
            group = grouping.group(str(row[column]))
            keys[group].add(row[column])
            found[group] += int(row["n"])
        counts.append(found)
    about = dict(zip(("zh", "en"), CASES["opened"], strict=True))
    first, end = span.bounds(zone)
    for place, (key, count) in enumerate(sorted(counts[0].items(), key=lambda c: (-c[1], c[0]))[:LISTED], start=1):
        query = f"loop_case: opened {first.isoformat()} … {end.isoformat()}, {column} {key}"
        behind = rows.filter(opened_at__gte=first, opened_at__lt=end, **{f"{column}__in": keys[key]})
        cases = tuple(behind.order_by("number").values_list("number", flat=True)[:SOME_CASES])
        told.add(f"{column}.{place}.name", grouping.names.get(key, {"zh": key, "en": key}), key, about, "registers")
        told.add(f"{column}.{place}.count", f"{count:,}", count, about, query, cases=cases)
        first_before, end_before = span.before.bounds(zone)
        earlier = rows.filter(
            opened_at__gte=first_before, opened_at__lt=end_before, **{f"{column}__in": keys[key]}
        ).order_by("number")
        past = tuple(earlier.values_list("number", flat=True)[:SOME_CASES])
        before = counts[1][key]
        told.add(f"{column}.{place}.before", f"{before:,}", before, about, f"{query}, span before", cases=past)


def _rates(told: BriefingFacts, report: Report, facts: LoopFacts) -> None:
    """The three rates of the month the span ends in, with interval, counts and the month before."""
    now = report.to_json()["indicators"]
    earlier = month_report(report.month.previous, facts=facts).to_json()["indicators"]
    place = 0
    told.add("month", str(report.month), str(report.month), {"zh": "指标月份", "en": "month of the rates"}, "given")
    for indicator in THREE:
        value = now.get(indicator, {}).get("values", {}).get("*", {})
        if value.get("percent") is None or not value.get("interval"):
            continue
        place += 1
        link = f"/cockpit/{indicator}/?month={report.month}"
        about, query = now[indicator]["name"], str(now[indicator]["query"])
        before = earlier.get(indicator, {}).get("values", {}).get("*", {}).get("percent")
        cases = tuple(cases_behind(report, indicator, limit=SOME_CASES)["denominator"])
        shown = {
            "percent": f"{value['percent']}%",
            "low": f"{100 * float(value['interval']['low']):.1f}%",
            "high": f"{100 * float(value['interval']['high']):.1f}%",
            "level": f"{100 * float(value['interval']['level']):g}%",
            "numerator": str(value["numerator"]),
            "denominator": str(value["denominator"]),
            "before": "–" if before is None else f"{before}%",
        }
        told.add(f"rate.{place}.name", about, indicator, about, query, link)
        for part, text in shown.items():
            told.add(f"rate.{place}.{part}", text, text.rstrip("%"), about, query, link, cases)


def _ranking(told: BriefingFacts, report: Report) -> None:
    """Every ranked unit with points and the interval of its rank."""
    registers, book = report.facts.registers, report.facts.book
    earlier = month_cube(report.month.previous, cut=report.cube.cut, registers=registers)
    try:
        ranking = rank_month(report.cube, earlier, registers, book).to_json()
    except (PeriodError, NoRuleError):
        return
    query = f"scorecard {ranking['rules']['scorecard']['digest']}"
    about = {"zh": "月度排名及名次区间", "en": "monthly rank and its interval"}
    ranked = [line for line in ranking["lines"] if line["rank"] is not None and line["points"] is not None]
    for place, line in enumerate(ranked, start=1):
        shown = {"rank": line["rank"], "points": line["points"], "low": line["rank_low"], "high": line["rank_high"]}
        told.add(f"rank.{place}.unit", line["name"], line["unit"], about, query, "/cockpit/")
        for part, value in shown.items():
            told.add(f"rank.{place}.{part}", str(value), value, about, query, "/cockpit/")


def _groupings(facts: LoopFacts) -> tuple[Grouping, ...]:
    areas = facts.registers.areas
    streets = {a.code: {"zh": a.name_zh, "en": a.name_en} for a in areas}
    return (
        Grouping("category", lambda code: code, category_names()),
        Grouping("area", lambda code: areas.up_to_level(code, "street") or code, streets),
    )


def category_names() -> dict[str, dict[str, str]]:
    """Code → name in zh and en, of every category of every programme. Source: docs/topics/briefings.md."""
    trees = dict.fromkeys(
        folder_of(programme.id) / rules.categories
        for programme in all_programmes().values()
        for rules in programme.cases.values()
        if rules.categories
    )
    return {c.code: {"zh": c.zh, "en": c.en} for path in trees for c in load_categories(path)}
