"""Which places have a major fire hazard, by the elements that are open there, each judged by the text of its day.

In: VENUES (kind of place) and FINDINGS (venue, class of the element, day found, day put right). On the day `at` a finding
is open when it was found by then and not put right by then. Key elements are elements too. The open findings are read by
day found: the first day on which those found so far add up by the table `fire.major` in force on that day is `since`;
so a hazard that was major under the old text stays major under it, and a finding of the new text is judged by the new.
Out: for each venue the open direct, key and all combined elements, grade, since and the edition that said so. Where the
kind of place is none of that edition (重要场所 from 2025-11-01) nothing is guessed: `place_gone`, never `general`.
Exact: whole numbers and days. n log n.
Source: GB 35181-2017 第5章; GB 35181-2025; table `fire.major`.
Compared with: the definition venue by venue and day by day (tests/methods/test_fires.py).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import NamedTuple

from bihuan.methods.declared.cells import NO_DAY
from bihuan.methods.declared.model import Answer, AnswerKey, Column, Input, Method, Option, one_of
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.rulebook import method_rules
from bihuan.rules.decisions import DecisionTable
from bihuan.rules.errors import InputError, NoRuleError

_EPOCH = date(1970, 1, 1)
DIRECT, KEY, COMBINED, NONE = "direct", "key", "combined", "none"


class OpenCount(NamedTuple):
    """How many elements are open: direct ones, key ones, all combined ones (key ones among them)."""

    direct: int = 0
    key: int = 0
    combined: int = 0


class FireJudge:
    """Asks the edition of a day, each question once."""

    def __init__(self) -> None:
        self._tables: dict[int, DecisionTable] = {}
        self._known: dict[tuple[str, str, OpenCount], str] = {}

    def table(self, day: int) -> DecisionTable:
        """The edition in force on a day (days since 1970). Source: docs/topics/rules.md, "A decision table"."""
        if day not in self._tables:
            self._tables[day] = method_rules().decision("fire.major", _EPOCH + timedelta(days=day))
        return self._tables[day]

    def has_text(self, day: int) -> bool:
        """Whether any edition was in force on a day. Source: docs/topics/rules.md, "A decision table"."""
        try:
            return self.table(day) is not None
        except NoRuleError:
            return False

    def grade(self, place: str, count: OpenCount, day: int) -> str:
        """The grade of a place by the edition of a day. Source: GB 35181."""
        table = self.table(day)
        key = (table.meta.edition, place, count)
        if key not in self._known:
            self._known[key] = _asked(table, place, count)
        return self._known[key]


def _asked(table: DecisionTable, place: str, count: OpenCount) -> str:
    try:
        found = table.decide(place=place, direct=count.direct, key_elements=count.key, elements=count.combined)
    except InputError:
        return "place_gone"
    return str(found.values["grade"])


def grade_venues(given: Given) -> Answer:
    """The grade of every venue. Source: GB 35181; table `fire.major`."""
    venues, at = given["venues"], (date.fromisoformat(given.option("at")) - _EPOCH).days
    names = venues["venue"].text()
    judge, out = FireJudge(), []
    open_there = _open_findings(given, set(names), at, judge)
    for name, place in zip(names, venues["place"].values(), strict=True):
        count, grade, since, edition = _judge(sorted(open_there[name]), str(place), judge, at)
        day = "" if since is None else (_EPOCH + timedelta(days=since)).isoformat()
        out.append((name, count.direct, count.key, count.combined, grade, day, edition))
    columns = list(zip(*out, strict=True)) or [()] * len(_NAMES)
    grades = [row[4] for row in out]
    facts = {"major": grades.count("major"), "place_gone": grades.count("place_gone")}
    return Answer(dict(zip(_NAMES, map(list, columns), strict=True)), facts=facts)


def _open_findings(given: Given, known: set[str], at: int, judge: FireJudge) -> defaultdict[str, list[tuple[int, str]]]:
    findings = given["findings"]
    kinds, found = findings["class"].values(), findings["found_on"].days().tolist()
    closed = findings["closed_on"].days().tolist()
    out: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for row, name in enumerate(findings["venue"].text()):
        if name not in known:
            findings.refuse(row, "venue", "没有该场所 · there is no such venue", "核对场所编号 · check the number")
        elif NO_DAY != closed[row] < found[row]:
            rule = "消除日不得早于发现日 · closed_on is not before found_on"
            findings.refuse(row, "closed_on", rule, "更正日期 · correct the day")
        elif not judge.has_text(found[row]):
            rule = "该日尚无判定标准 · no text was in force on that day"
            findings.refuse(row, "found_on", rule, "核对发现日 · check the day")
        elif found[row] <= at and (closed[row] == NO_DAY or closed[row] > at):
            out[name].append((found[row], str(kinds[row])))
    return out


def _judge(
    findings: list[tuple[int, str]], place: str, judge: FireJudge, at: int
) -> tuple[OpenCount, str, int | None, str]:
    """The counts, the grade, since when it is major, and the edition that said so."""
    count, grade, since = OpenCount(), "", None
    judged = at
    for place_in_row, (day, kind) in enumerate(findings):
        count = OpenCount(
            count.direct + (kind == DIRECT), count.key + (kind == KEY), count.combined + (kind in (KEY, COMBINED))
        )
        last_of_day = place_in_row + 1 == len(findings) or findings[place_in_row + 1][0] != day
        if last_of_day and since is None:
            grade, judged = judge.grade(place, count, day), day
            since = day if grade == "major" else None
    if not findings:
        grade = judge.grade(place, count, at)
    return count, grade, since, judge.table(judged).meta.edition


_NAMES = ("venue", "direct", "key_elements", "elements", "grade", "since", "edition")
METHOD = Method(
    name="fire-grades",
    zh="重大火灾隐患判定（逐场所）",
    en="Venues with a major fire hazard, each finding by the text of its day",
    inputs=(
        Input(
            "venues", "场所", "Venues",
            (
                Column("venue", "场所", "Venue"),
                Column("place", "场所类别", "Kind of place", "choice", choices=one_of(
                    crowded="人员密集场所|Crowded", explosive="易燃易爆危险品场所|Explosive",
                    important="重要场所|Important", other="其他场所|Other")),
            ),
            unique=("venue",),
        ),
        Input(
            "findings", "隐患", "Findings",
            (
                Column("finding", "隐患编号", "Number"), Column("venue", "场所", "Venue"),
                Column("class", "要素类别", "Class", "choice", choices=one_of(
                    direct="直接判定要素|Direct", key="综合判定要素（关键）|Combined, key",
                    combined="综合判定要素|Combined", none="非判定要素|No element")),
                Column("found_on", "发现日", "Day found", "date"),
                Column("closed_on", "消除日", "Day put right", "date", required=False),
            ),
            unique=("finding",),
        ),
    ),
    options=(Option("at", "截至日", "As of the day", "date"),),
    output=(
        Column("venue", "场所", "Venue"), Column("direct", "直接判定要素", "Direct", "count"),
        Column("key_elements", "关键要素", "Key elements", "count"),
        Column("elements", "综合判定要素", "Combined elements", "count"),
        Column("grade", "判定", "Grade", "choice", choices=one_of(
            major="重大火灾隐患|Major", general="一般|General", place_gone="场所类别已取消|No such kind of place")),
        Column("since", "达到重大之日", "Major since", "date", required=False),
        Column("edition", "标准版本", "Edition"),
    ),
    facts=(
        AnswerKey("major", "重大火灾隐患场所", "Venues with a major hazard", {"type": "integer"}),
        AnswerKey("place_gone", "类别待更正场所", "Venues whose kind is to be entered anew", {"type": "integer"}),
    ),
    key=("venue",),
    run=grade_venues,
    source="GB 35181-2017; GB 35181-2025",
    peer="the definition venue by venue and day by day",
)  # fmt: skip
