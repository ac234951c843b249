# ruff: noqa: E501 - tables of columns: one row a line is how they are read and compared
"""The rules by which the house decides, for anybody to read: every edition of every table, with its days and source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.urls import reverse

from bihuan.faces.parts.language import say
from bihuan.faces.parts.viewset import Cell, Filter, Grid, ListColumn, ViewSet
from bihuan.faces.parts.world import World
from bihuan.faces.trust.rule_words import ANYTHING, cell_text, name_field, value_text
from bihuan.loop.kernel.model import Text
from bihuan.loop.programmes import all_programmes, rule_book
from bihuan.rules.book import Edition
from bihuan.rules.classes import RankClasses
from bihuan.rules.decisions import Condition, DecisionTable
from bihuan.rules.fields import Output, TableInput
from bihuan.rules.quantities import number_text
from bihuan.rules.scorecards import Scorecard
from bihuan.rules.tables import ANY, RuleTable, TableRow

KINDS = {
    "table": Text("规则表", "Rule table"),
    "decision": Text("决策表", "Decision table"),
    "scorecard": Text("评分卡", "Scorecard"),
    "classes": Text("排名分类", "Classes of a ranking"),
}
SHARED = Text("各事项共用", "Shared by all programmes")
REACH = {"new": Text("只用于新案件", "New cases only"), "open": Text("也用于在办案件", "Open cases too")}
ENDS = {"highest": Text("最高", "Highest"), "lowest": Text("最低", "Lowest")}
MISSING = Text("未填", "Not said")
SOURCE = Text("依据", "Source")


class Rule(NamedTuple):
    """One edition of one rule and the programme that owns it; empty for a shared one."""

    owner: str
    edition: Edition


class Rulebook(ViewSet):
    """Every edition that is known: in force, ended and announced."""

    name = "rules"
    title = Text("规则与依据", "Rules and their sources")
    lead = Text(
        "本区办案所用的每一张规则表：适用日期、出处、是否已与原文核对。",
        "Every table by which this district decides: its days, its source, and whether it was compared with the original.",
    )
    staff = False
    columns = (
        ListColumn("name", Text("规则", "Rule"), lambda here, rule: value_text(rule.edition.meta.name)),
        ListColumn("kind", Text("类别", "Kind"), lambda here, rule: say(KINDS[rule.edition.meta.kind])),
        ListColumn("programme", Text("事项", "Programme"), lambda here, rule: owner_name(rule.owner),
               lambda here, rule: reverse("programme", args=[rule.owner]) if rule.owner else ""),
        ListColumn("edition", Text("版本", "Edition"), lambda here, rule: rule.edition.meta.edition),
        ListColumn("effective_from", Text("起", "From"), lambda here, rule: rule.edition.meta.effective_from, type="date"),
        ListColumn("effective_to", Text("止", "To"), lambda here, rule: rule.edition.meta.effective_to, type="date"),
        ListColumn("jurisdiction", Text("适用地区", "Holds in"), lambda here, rule: area_name(here, rule.edition.meta.jurisdiction), listed=False),
        ListColumn("applies_to", Text("适用案件", "Applies to"), lambda here, rule: say(REACH[rule.edition.meta.applies_to]), listed=False),
        ListColumn("source", SOURCE, lambda here, rule: rule.edition.meta.citation, type="long_text"),
        ListColumn("verified", Text("已与原文核对", "Compared with the original"), lambda here, rule: rule.edition.meta.verified, type="yes_no"),
        ListColumn("address", Text("出处", "Found at"), lambda here, rule: rule.edition.meta.source, listed=False, type="long_text"),
        ListColumn("note", Text("说明", "Note"), lambda here, rule: rule.edition.meta.note, listed=False, type="long_text"),
        ListColumn("digest", Text("内容摘要", "Digest of the content"), lambda here, rule: rule.edition.meta.digest, listed=False),
    )  # fmt: skip
    filters = (
        Filter("kind", Text("类别", "Kind"), lambda here: [(code, say(text)) for code, text in KINDS.items()],
               lambda here, rule, wanted: rule.edition.meta.kind == wanted),
        Filter("programme", Text("事项", "Programme"), lambda here: [(p.id, say(p.name)) for p in all_programmes().values()],
               lambda here, rule, wanted: rule.owner == wanted),
        Filter("state", Text("效力", "In force"), lambda here: [("now", say(Text("现行", "Now")))],
               lambda here, rule, wanted: wanted != "now" or rule.edition.meta.in_force(here.now.astimezone(here.zone).date())),
    )  # fmt: skip

    def things(self, here: World) -> Sequence[Rule]:
        """Shared rules first, then each programme's own, by name and day.

        Source: docs/adr/0237 (the rule book); docs/topics/rules.md.
        """
        books = rule_book()
        shared = list(books.shared)
        known = {id(edition) for edition in shared}
        own = [Rule(p, edition) for p in all_programmes() for edition in books.of(p) if id(edition) not in known]
        return [*(Rule("", edition) for edition in shared), *own]

    def key_of(self, thing: Rule) -> str:
        """Owner, kind, name, edition and place. Source: docs/adr/0237 (the rule book); docs/topics/rules.md."""
        meta = thing.edition.meta
        place = "everywhere" if meta.jurisdiction == ANY else meta.jurisdiction
        return "/".join((thing.owner or "shared", meta.kind, meta.id, meta.edition, place))

    def grids(self, here: World, thing: Rule) -> Sequence[Grid]:
        """The rows as declared, each with its own source.

        Source: docs/adr/0237 (the rule book); docs/topics/rules.md.
        """
        edition = thing.edition
        if isinstance(edition, RuleTable):
            return (_table(here, thing.owner, edition),)
        if isinstance(edition, DecisionTable):
            return (_decision(here, thing.owner, edition),)
        if isinstance(edition, Scorecard):
            return (_scorecard(edition),)
        return (_classes(edition),) if isinstance(edition, RankClasses) else ()


def owner_name(owner: str) -> str:
    """The programme's name, or that the rule is shared."""
    found = all_programmes().get(owner)
    return say(found.name) if found else say(SHARED)


def area_name(here: World, code: str) -> str:
    """The place a rule holds in: the area's name where the register knows it, else its code."""
    return say(Text("不限", "Everywhere")) if code == ANY else here.names.area(code)


def _table(here: World, owner: str, table: RuleTable) -> Grid:
    inputs = [*table.words, *([table.numeric] if table.numeric else [])]
    heads = [name_field(i) for i in inputs] + [name_field(o) for o in table.outputs]
    rows = []
    for row in table.rows:
        asked = [cell_text(here, owner, each, word) for each, word in zip(table.words, row.key, strict=True)]
        asked += [str(row.bounds)] if table.numeric else []
        given = [_given(here, owner, row, output) for output in table.outputs]
        rows.append([Cell(text) for text in (*asked, *given, row.row.citation)])
    return Grid(say(Text("各行", "Rows")), [*heads, say(SOURCE)], rows)


def _given(here: World, owner: str, row: TableRow, output: Output) -> str:
    if output.name in row.linear:
        return " → ".join(number_text(end) for end in row.linear[output.name])
    return cell_text(here, owner, output, row.constants[output.name]) if output.name in row.constants else ""


def _decision(here: World, owner: str, table: DecisionTable) -> Grid:
    heads = [name_field(i) for i in table.inputs] + [name_field(o) for o in table.outputs]
    rows = []
    for row in table.rows:
        asked = [_condition(here, owner, each, row.when.get(each.name)) for each in table.inputs]
        given = [cell_text(here, owner, o, row.then[o.name]) if o.name in row.then else "" for o in table.outputs]
        rows.append([Cell(text) for text in (*asked, *given, row.row.citation)])
    return Grid(say(Text("各行", "Rows")), [*heads, say(SOURCE)], rows)


def _condition(here: World, owner: str, asked: TableInput, cell: Condition | None) -> str:
    if cell is None:
        return say(ANYTHING)
    words = [cell_text(here, owner, asked, word) for word in sorted(cell.words, key=str)]
    parts: Iterable[str] = (*words, *map(str, cell.bounds))
    text = say(Text("、", ", ")).join((*parts, *([say(MISSING)] if cell.missing else [])))
    return f"{say(Text('除外：', 'not '))}{text}" if cell.negated else text


def _scorecard(card: Scorecard) -> Grid:
    heads = [Text("项目", "Item"), Text("满分", "Most points"), Text("权重", "Weight"), SOURCE]
    rows = [
        [
            Cell(value_text(item.name)),
            Cell(number_text(item.maximum)),
            Cell(number_text(item.weight)),
            Cell(item.citation),
        ]
        for item in card.items
    ]
    return Grid(say(Text("评分项目", "Items")), [say(head) for head in heads], rows)


def _classes(classes: RankClasses) -> Grid:
    heads = [Text("类别", "Class"), Text("按", "By"), Text("取", "Takes"), Text("数量", "How many")]
    rows = [
        [
            Cell(value_text(each.name)),
            Cell(each.basis),
            Cell(say(ENDS[each.end])),
            Cell(_size(each.count, each.share)),
        ]
        for each in classes.classes
    ]
    return Grid(say(Text("分类", "Classes")), [say(head) for head in heads], rows)


def _size(count: int | None, share: Any) -> str:
    return str(count) if count is not None else f"{number_text(share * 100)} %"
