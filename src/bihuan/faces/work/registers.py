# ruff: noqa: E501 - tables of columns: one row a line is how they are read and compared
"""The registers as staff read them: units, places, duties, working days; each with its dates and source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.urls import reverse

from bihuan.faces.parts.language import say
from bihuan.faces.parts.viewset import Cell, Filter, Grid, ListColumn, ViewSet
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
from bihuan.registers.pure.areas import Area
from bihuan.registers.pure.calendars import YearSchedule
from bihuan.registers.pure.duties import ANY, PLACE_RULES, DutyRow
from bihuan.registers.pure.organisation import Organisation

UNIT_KINDS = {
    "district": Text("区级", "District"),
    "department": Text("区属部门", "Department"),
    "street": Text("街道（镇）", "Sub-district office"),
    "community": Text("社区（村）", "Community"),
    "utility": Text("公共服务企业", "Utility"),
    "contractor": Text("承包单位", "Contractor"),
}
LEVELS = {
    "district": Text("区", "District"),
    "street": Text("街镇", "Sub-district"),
    "community": Text("社区（村）", "Community"),
}
BY_PLACE = {"street": Text("所在街道（镇）", "The sub-district office of the place"),
            "community": Text("所在社区（村）", "The community of the place")}  # fmt: skip
BESIDE = (
    ("units", Text("单位", "Units")),
    ("areas", Text("地区", "Places")),
    ("duties", Text("职责清单", "Duty matrix")),
    ("calendars", Text("工作日历", "Working days")),
    ("subjects", Text("对象名册", "Subjects")),
    ("rules", Text("规则与依据", "Rules and sources")),
)
CHECKED = Text("已核对", "Compared with the source")
SOURCE = Text("依据", "Source")
SINCE, UNTIL = Text("自", "From"), Text("至（不含）", "Until (not included)")


def _today(here: World) -> date:
    return here.now.astimezone(here.zone).date()


def _named(each: Organisation | Area) -> str:
    return say((each.name_zh, each.name_en or each.name_zh))


def _unit_page(here: World, key: str) -> str:
    found = here.registers.unit(key, _today(here))
    return reverse("units-one", args=[found.code]) if found else ""


class Units(ViewSet):
    """Organisations that exist today; the page of each shows its whole life and what it leads."""

    name = "units"
    beside = BESIDE
    title = Text("单位名录", "Units")
    lead = Text("今天存在的单位；每个单位的页面列出其沿革和职责。", "Units that exist today; each page shows its history and its duties.")  # fmt: skip
    columns = (
        ListColumn("name", Text("单位", "Unit"), lambda here, unit: _named(unit)),
        ListColumn("code", Text("代码", "Code"), lambda here, unit: unit.code),
        ListColumn("kind", Text("类别", "Kind"), lambda here, unit: say(UNIT_KINDS[unit.kind])),
        ListColumn("parent", Text("上级", "Above it"), lambda here, unit: here.names.unit(unit.parent),
               lambda here, unit: _unit_page(here, unit.parent) if unit.parent else ""),
        ListColumn("areas", Text("辖区", "Places"), lambda here, unit: "、".join(map(here.names.area, unit.areas)), type="long_text"),
        ListColumn("fallback", Text("兜底单位", "Answers when no duty names one"), lambda here, unit: unit.district_fallback, listed=False, type="yes_no"),
        ListColumn("since", SINCE, lambda here, unit: unit.valid_from, listed=False, type="date"),
        ListColumn("until", UNTIL, lambda here, unit: unit.valid_to, listed=False, type="date"),
        ListColumn("checked", CHECKED, lambda here, unit: unit.verified, type="yes_no"),
    )  # fmt: skip
    filters = (
        Filter("kind", Text("类别", "Kind"), lambda here: [(code, say(text)) for code, text in UNIT_KINDS.items()],
               lambda here, unit, wanted: unit.kind == wanted),
    )  # fmt: skip

    def things(self, here: World) -> Sequence[Organisation]:
        """The units of today, by code. Source: docs/adr/0237; docs/topics/registers.md."""
        return here.registers.organisations.at(_today(here)).units()

    def key_of(self, thing: Organisation) -> str:
        """Its code."""
        return thing.code

    def grids(self, here: World, thing: Organisation) -> Sequence[Grid]:
        """Its spans, its members, and the rows of the duty matrix that name it.

        Source: docs/adr/0237; docs/topics/registers.md.
        """
        graph = here.registers.organisations.at(_today(here))
        spans = here.registers.organisations.spans(thing.id)
        members = [graph.get(key) for key in graph.members(thing.id)]
        led = [row for row in here.registers.duties if thing.id in (row.lead, *row.co) and row.on(_today(here))]
        history = [[Cell(_named(s)), Cell(str(s.valid_from or "")), Cell(str(s.valid_to or ""))] for s in spans]
        below = [
            [Cell(_named(m), reverse("units-one", args=[m.code])), Cell(say(UNIT_KINDS[m.kind]))] for m in members if m
        ]
        duties = [[Cell(category_of(here, row)), Cell(place_of(here, row)), Cell(row.citation)] for row in led]
        name, kind = say(Text("名称", "Name")), say(Text("类别", "Kind"))
        return (
            Grid(say(Text("沿革", "History")), [name, say(SINCE), say(UNTIL)], history),
            Grid(say(Text("下属单位", "Below it")), [name, kind], below),
            Grid(say(Text("职责", "Duties")), [say(Text("事项", "Category")), say(Text("地点", "Place")), say(SOURCE)], duties),
        )  # fmt: skip


class Places(ViewSet):
    """The area tree."""

    name = "areas"
    beside = BESIDE
    title = Text("地区名录", "Places")
    lead = Text("区、街镇、社区及其官方代码。", "District, sub-districts and communities with their official codes.")
    columns = (
        ListColumn("name", Text("地区", "Place"), lambda here, area: _named(area)),
        ListColumn("code", Text("代码", "Code"), lambda here, area: area.code),
        ListColumn("level", Text("级别", "Level"), lambda here, area: say(LEVELS.get(area.level, (area.level,) * 2))),
        ListColumn("parent", Text("所属", "Lies in"), lambda here, area: here.names.area(area.parent),
               lambda here, area: reverse("areas-one", args=[area.parent]) if area.parent else ""),
        ListColumn("checked", CHECKED, lambda here, area: area.verified, type="yes_no"),
    )  # fmt: skip
    filters = (
        Filter("level", Text("级别", "Level"), lambda here: [(code, say(text)) for code, text in LEVELS.items()],
               lambda here, area, wanted: area.level == wanted),
    )  # fmt: skip

    def things(self, here: World) -> Sequence[Area]:
        """Every area, by code. Source: docs/adr/0237; docs/topics/registers.md."""
        return sorted(here.registers.areas, key=lambda area: area.code)

    def key_of(self, thing: Area) -> str:
        """Its official code."""
        return thing.code


class DutyMatrix(ViewSet):
    """Who answers for what, where and since when."""

    name = "duties"
    beside = BESIDE
    title = Text("职责清单", "Duty matrix")
    lead = Text("今天有效的职责：什么事项、在哪里、由谁牵头；最具体的一行优先。", "Duties in force today: which matter, where, who leads; the most specific row wins.")  # fmt: skip
    columns = (
        ListColumn("category", Text("事项", "Category"), lambda here, row: category_of(here, row)),
        ListColumn("place", Text("地点", "Place"), lambda here, row: place_of(here, row)),
        ListColumn("lead", Text("牵头单位", "Leads"), lambda here, row: unit_of(here, row.lead), lambda here, row: _unit_page(here, row.lead)),
        ListColumn("co", Text("协办单位", "Helps"), lambda here, row: "、".join(unit_of(here, key) for key in row.co)),
        ListColumn("since", SINCE, lambda here, row: row.valid_from, listed=False, type="date"),
        ListColumn("until", UNTIL, lambda here, row: row.valid_to, listed=False, type="date"),
        ListColumn("source", SOURCE, lambda here, row: row.citation, type="long_text"),
        ListColumn("checked", CHECKED, lambda here, row: row.verified, type="yes_no"),
    )  # fmt: skip

    def things(self, here: World) -> Sequence[DutyRow]:
        """The rows in force today, by category and place. Source: docs/adr/0237; docs/topics/registers.md."""
        today = _today(here)
        return sorted((row for row in here.registers.duties if row.on(today)), key=lambda row: (row.category, row.area))

    def key_of(self, thing: DutyRow) -> str:
        """Its identity, as events carry it."""
        return thing.id


class WorkingDays(ViewSet):
    """The years whose schedule of days off and make-up days is known, each with its source."""

    name = "calendars"
    beside = BESIDE
    title = Text("工作日历", "Working-day calendars")
    lead = Text("已公布放假安排的年份；时限按此计算。", "Years whose schedule is published; deadlines count by it.")
    columns = (
        ListColumn("year", Text("年份", "Year"), lambda here, each: str(each.year)),
        ListColumn("edition", Text("版本", "Edition"), lambda here, each: each.edition),
        ListColumn(
            "off",
            Text("放假天数", "Days off"),
            lambda here, each: sum((h.last - h.first).days + 1 for h in each.holidays),
            type="count",
        ),
        ListColumn(
            "worked", Text("调休上班天数", "Make-up days worked"), lambda here, each: len(each.make_up), type="count"
        ),
        ListColumn("source", SOURCE, lambda here, each: each.citation, type="long_text"),
    )

    def things(self, here: World) -> Sequence[YearSchedule]:
        """Every year known, the newest first. Source: docs/adr/0237; docs/topics/registers.md."""
        return here.registers.calendar.schedules[::-1]

    def key_of(self, thing: YearSchedule) -> str:
        """The year."""
        return str(thing.year)


def category_of(here: World, row: DutyRow) -> str:
    """The path of the row's category; the whole for every one."""
    return say(Text("所有事项", "Everything")) if row.category == ANY else here.names.category_path(row.category)


def place_of(here: World, row: DutyRow) -> str:
    """The row's place; the whole district for every one."""
    return say(Text("全区", "The whole district")) if row.area == ANY else here.names.area(row.area)


def unit_of(here: World, key: str) -> str:
    """A unit by name, or the place rule in words."""
    return say(BY_PLACE[PLACE_RULES[key]]) if key in PLACE_RULES else here.names.unit(key)
