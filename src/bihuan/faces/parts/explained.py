# ruff: noqa: E501 - tables of sentences: one row a line is how they are read and compared
"""Why a deadline, a holder or a number is so, for people: the kernel's rule facts under their names, ids left to the API.

A fact without a row here is not shown: pages speak of rules, the API and `bihuan why` give every key as it is stored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bihuan.faces.parts import words
from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.names import PageNames, rules_of
from bihuan.loop.indicator_files import Definition
from bihuan.loop.kernel.model import Case, Event, Text
from bihuan.loop.kernel.why import why

Told = list[tuple[str, str]]


class ExplainedRule(NamedTuple):
    """One answer as a page shows it: the question, the sentence, the facts of the rule, and the deciding events."""

    label: str
    text: str
    facts: Told
    events: tuple[int, ...]


def _checked(value: object, names: PageNames) -> str:
    return say(
        Text("已核对原文", "checked against its source") if value is True else Text("未经核对", "not checked yet")
    )


def _if_true(zh: str, en: str) -> Callable[[object, PageNames], str]:
    return lambda value, names: say(Text(zh, en)) if value else ""


def _cell(value: object, names: PageNames) -> str:
    if not isinstance(value, Mapping):
        return ""
    parts = [names.category(value.get("category")), names.area(value.get("area"))]
    return f"{' · '.join(p for p in parts if p and p != '*') or say(Text('全部', 'all'))} → {names.unit(value.get('lead'))}"


def _plain(value: object, names: PageNames) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


FACTS: dict[str, tuple[Text, Callable[[object, PageNames], str]]] = {
    "within": (Text("时限", "Time allowed"), lambda value, names: words.within(str(value))),
    "given": (Text("上级规定", "Given from above"), _plain),
    "promised": (Text("约定日期", "Promised for"), _plain),
    "zone": (Text("时区", "Time zone"), _plain),
    "calendar": (Text("工作日历", "Working calendar"), _plain),
    "provisional": (Text("暂定", "Provisional"), _if_true("该年放假安排尚未公布，公布后重算", "that year's holidays are not published yet; recomputed when they are")),
    "edition": (Text("规则版本", "Edition of the rule"), _plain),
    "row": (Text("规则行", "Row"), _plain),
    "citation": (Text("依据", "Source"), _plain),
    "verified": (Text("核对", "Checked"), _checked),
    "fixed": (Text("固定承办单位", "Fixed unit"), lambda value, names: names.unit(str(value))),
    "place": (Text("属地", "By place"), lambda value, names: names.area(str(value)) if isinstance(value, str) else ""),
    "fallback": (Text("兜底", "Last resort"), _if_true("职责清单没有对应行，由区级兜底", "no row of the duty matrix matches; the district itself answers")),
    "rule": (Text("职责清单", "Duty matrix"), _cell),
    "campaign": (Text("专项行动指定", "Named by the campaign"), _plain),
    "chosen_by": (Text("指定人", "Named by"), lambda value, names: names.person(str(value))),
}  # fmt: skip


def facts_of(rule: Mapping[str, Any], names: PageNames) -> Told:
    """The facts of a rule as (name, value) in the reader's language. Source: DESIGN §3 (`why` is a return type)."""
    found = ((say(label), tell(rule[key], names)) for key, (label, tell) in FACTS.items() if rule.get(key) is not None)
    return [(label, value) for label, value in found if value]


def whys(case: Case, events: Sequence[Event], names: PageNames) -> list[ExplainedRule]:
    """Return why this deadline and why this holder. Source: DESIGN §3 (`why` is a return type)."""
    deadline, holder = why(case, events, "deadline"), why(case, events, "holder")
    names.know([deadline.rule.get("chosen_by"), holder.rule.get("chosen_by")])
    return [
        ExplainedRule(say(Text("为何是这个时限", "Why this deadline")), _deadline(case, names), facts_of(deadline.rule, names), deadline.events),
        ExplainedRule(say(Text("为何由其承办", "Why this holder")), _holder(case, events), facts_of(holder.rule, names), holder.events),
    ]  # fmt: skip


def _deadline(case: Case, names: PageNames) -> str:
    running = [c for c in case.clocks.values() if c.running]
    if not running:
        return say(Text("没有运行中的时限", "No clock is running"))
    clock = min(running, key=lambda c: c.due)
    name = words.clock_name(clock.name, names, rules_of(case.programme, case.kind)[1])
    told = Text("“{name}”自{since}起算，{until}到期", "“{name}” runs from {since} and falls due {until}")
    return say(told).format(name=name, since=moment(clock.started), until=moment(clock.due))


def _holder(case: Case, events: Sequence[Event]) -> str:
    last = next((e for e in reversed(events) if "holder" in e.data), None)
    if case.holder is None or last is None:
        return say(Text("案件已结束，无人承办", "The case has ended; nobody holds it"))
    return say(Text("因第 {n} 步：{what}", "By step {n}: {what}")).format(
        n=last.version, what=words.event_name(last.kind)
    )


KINDS = {"proportion": Text("比率", "share"), "count": Text("计数", "count"), "survey": Text("评分", "survey")}
BETTER = {"high": Text("越高越好", "the higher the better"), "low": Text("越低越好", "the lower the better"), "neutral": Text("不分优劣", "neither end is better")}  # fmt: skip
EXCLUSIONS = {"appeal": Text("经批准的剔除申请", "approved appeals"), "none": Text("无", "none")}
METHODS = {
    "wilson": Text("威尔逊区间", "Wilson's interval"),
    "clopper_pearson": Text("精确区间", "exact interval (Clopper–Pearson)"),
}


def definition_of(found: Definition) -> Told:
    """Return a definition in words; its id, query and digest are the API's business.

    Source: docs/topics/indicators.md, "Every number can be recomputed".
    """
    share = found.kind == "proportion"
    rows: list[tuple[Text, str]] = [
        (Text("种类", "Kind"), say(KINDS[found.kind])),
        (Text("分子", "Numerator") if share else Text("计什么", "What is counted"), say(found.numerator)),
        (Text("分母", "Denominator"), say(found.denominator) if share or found.shown == "per_10000" else ""),
        (Text("剔除", "Exclusions"), say(EXCLUSIONS[found.exclusions])),
        (Text("优劣", "Better"), say(BETTER[found.better])),
        (Text("区间", "Interval"), f"{found.level * 100:g} % · {say(METHODS[found.method])}" if share else ""),
        (Text("参与排名的最少件数", "Fewest cases to be ranked"), str(found.min_n) if share else ""),
        (Text("正常范围", "Normal range"), "–".join(f"{end * 100:g} %" for end in found.band) if found.band else ""),
        (Text("版本", "Edition"), f"{found.edition} · {found.effective_from}{say(Text('起', ' onwards'))}"),
        (Text("依据", "Source"), found.citation),
        (Text("核对", "Checked"), say(Text("已核对官方口径", "checked against the official formula") if found.verified else Text("官方口径未查到，为工作定义", "no official formula was found; a working definition"))),
    ]  # fmt: skip
    return [(say(label), value) for label, value in rows if value]
