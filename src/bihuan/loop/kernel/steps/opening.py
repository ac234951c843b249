"""Opening: a signal becomes a case, dispatched at once where the programme says the routing is clear."""

from datetime import UTC, date, datetime, time
from typing import Any

from bihuan.loop.kernel.about import about_of
from bihuan.loop.kernel.coded import Channel, Restriction, Urgency
from bihuan.loop.kernel.context import Context, PlannedEvent, desk, ended, missing, refusal
from bihuan.loop.kernel.demands import kept_for_later
from bihuan.loop.kernel.fields import RESTRICTIONS, choice, fixed, urgencies
from bihuan.loop.kernel.kinds import Changes, EventKind, Sentence
from bihuan.loop.kernel.model import Case, Data, Event, Refusal, Text
from bihuan.loop.kernel.payload import AreaCode, CategoryCode, Payload, Place, UnitId
from bihuan.loop.kernel.programme import AdmissionRule
from bihuan.loop.kernel.step import ALL, Step
from bihuan.loop.kernel.steps.dispatching import DISPATCHED, dispatch_to
from bihuan.loop.kernel.steps.turning_away import REFUSED, Refused


class Opened(Payload, frozen=True, kw_only=True):
    """A case: what it is about, where it came from, which edition of the rules it began under.

    `found`: its finder, of that unit, may not verify it.
    """

    programme: str
    edition: str
    kind: str
    shape: str
    number: str
    channel: Channel | None = None
    category: CategoryCode | None = None
    area: AreaCode | None = None
    urgency: Urgency | None = None
    place: Place | None = None
    subject: str | None = None
    about: Data | None = None
    reporters: int | None = None
    fields: Data | None = None
    origin: Data | None = None
    history: str | None = None
    restricted: Restriction | None = None
    lead: UnitId | None = None
    admission: Data | None = None
    kept: Data | None = None
    found: bool | None = None
    finder_unit: UnitId | None = None


SAID = ("channel", "category", "area", "urgency", "place", "subject", "reporters", "fields", "origin", "history",
        "restricted")  # fmt: skip


def open_(context: Context) -> list[PlannedEvent] | Refusal:
    """Register a signal as a case; dispatch at once where the programme says the routing is clear.

    Source: DESIGN §6; DOMAIN E07 (direct dispatch where jurisdiction is clear)
    """
    data, rules = context.data, context.rules
    urgency = data.get("urgency", "general")
    if urgency not in rules.urgencies:
        known = "、".join(rules.urgencies)
        return refusal("unknown_urgency", f"紧急程度{urgency!r}未定义，可用：{known}",
                       f"urgency {urgency!r} is not one of {known}", field="urgency")  # fmt: skip
    lacking = _retired(context) or _required_fields(context) or _too_late(context)
    if lacking is not None:
        return lacking
    more: dict[str, Any] = {}
    told = about_of(context)
    if isinstance(told, Refusal):
        return told
    more.update(told)
    if kept := kept_for_later(context):
        more["kept"] = kept
    if rules.verify is not None and "finder" in rules.verify.independent_of:
        more |= {"found": True, "finder_unit": context.command.actor.unit}
    if rules.shape == "gate":
        given = data.get("unit")
        more["lead"] = context.facts.unit(given, context.at) if given else context.command.actor.unit
        if more["lead"] is None:
            return missing("unit", "申请单位", "the applicant unit")
    if rules.admission is not None:
        more["admission"] = _admitted(context, rules.admission, data.get("subject"))
        if more["admission"] is None:
            return [_opened(context, more), _not_admitted(rules.admission)]
    opened = _opened(context, more)
    if not rules.auto_dispatch or data.get("hold"):
        return [opened]
    sent = dispatch_to(context, data.get("category"), more.get("area", data.get("area")), data.get("unit"))
    return sent if isinstance(sent, Refusal) else [opened, PlannedEvent(DISPATCHED, sent)]


def _opened(context: Context, more: dict[str, Any]) -> PlannedEvent:
    data, rules = context.data, context.rules
    return context.record(
        Opened(
            programme=context.programme.id,
            edition=context.programme.edition,
            kind=data["kind"],
            shape=rules.shape,
            number=data["number"],
            holder=desk(rules.gate.reviewer if rules.gate else rules.desk),
            **{**context.given(*SAID), **more},
        )
    )


def _retired(context: Context) -> Refusal | None:
    """A retired programme takes no new case; what was reported before that day is still one of before."""
    since = context.facts.retired(context.programme.id, context.at)
    if since is None:
        return None
    name = context.programme.name
    return refusal(
        "programme_retired",
        f"“{name.zh}”自 {since} 起停止受理新件，未结案件继续办理",
        f"“{name.en}” takes no new cases since {since}; open ones go on",
        remedy=(
            "请选用其他事项，或由管理员恢复受理",
            "Choose another programme, or let the administrator take it up again",
        ),
    )


def _admitted(context: Context, rule: AdmissionRule, subject: str | None) -> Data | None:
    return context.facts.admission(context.programme.id, rule.by, subject, context.at) if subject else None


def _not_admitted(rule: AdmissionRule) -> PlannedEvent:
    """Refused on record: what is not on the list valid that day does not take effect."""
    reason = Text(rule.reason.zh, rule.reason.en)
    return PlannedEvent(REFUSED, ended("refused", Refused(reason="not_admitted", text=reason)))


def _too_late(context: Context) -> Refusal | None:
    """An application must be made a declared span before its start."""
    notice = context.rules.gate.notice if context.rules.gate else None
    if notice is None:
        return None
    start = context.form.get(notice.field)
    try:
        first = date.fromisoformat(str(start))
    except ValueError:
        return refusal("bad_date", "日期须为 年-月-日", "a date must read YYYY-MM-DD", field=f"fields.{notice.field}")
    earliest, _ = context.facts.due(context.at, notice.within)
    if datetime.combine(first, time.max, UTC) < earliest:
        return refusal("too_late", f"须提前{notice.within}申请", f"must be applied for {notice.within} ahead",
                       field=f"fields.{notice.field}",
                       remedy=("推迟开始日期", "Choose a later start"))  # fmt: skip
    return None


def _required_fields(context: Context) -> Refusal | None:
    given, rules = context.form, context.rules
    for name, rule in rules.fields.items():
        if rule.required and not given.get(name):
            return missing(f"fields.{name}", rule.name.zh, rule.name.en)
        if given.get(name) and rule.choices and given[name] not in rule.choices:
            return refusal("not_a_choice", f"{rule.name.zh}只能是：{'、'.join(rule.choices)}",
                           f"{rule.name.en} must be one of {', '.join(rule.choices)}", field=f"fields.{name}")  # fmt: skip
    for name, label in (rules.gate.requires if rules.gate else {}).items():
        if not given.get(name):
            return missing(f"fields.{name}", label.zh, label.en)
    return None


def _begin(case: Case, event: Event, data: Data, changes: Changes) -> None:
    place = data.get("place")
    changes.update(
        programme=data["programme"],
        edition=data["edition"],
        kind=data["kind"],
        shape=data["shape"],
        number=data["number"],
        channel=data.get("channel", ""),
        opened_at=event.occurred_at,
        category=data.get("category"),
        area=data.get("area"),
        urgency=data.get("urgency", "general"),
        place=place and tuple(place),
        subject=data.get("subject"),
        about=(data.get("about") or {}).get("type"),
        reporters=data.get("reporters", 1),
        history=data.get("history"),
        origin=data.get("origin", {}),
        restricted=data.get("restricted"),
        lead=data.get("lead"),
        kept=data.get("kept") or {},
        finder=event.actor if data.get("found") else None,
        finder_unit=data.get("finder_unit"),
    )


STEPS = (
    Step(
        order=10,
        command="open",
        who="opener",
        sources=("",),
        event=EventKind(
            kind="opened",
            name=Text("受理登记", "opened"),
            payload=Opened,
            fold=_begin,
            story=Sentence(zh="收到反映（{channel}）", en="Report received ({channel})"),
            short=Text("立案", "opening"),
        ),
        target="received",
        shapes=ALL,
        label=Text("受理登记", "Register a signal as a case"),
        button=Text("登记", "Register"),
        handler=open_,
        carries=(
            fixed("kind", "案件类型", "Case type", "code", required=True),
            fixed("number", "编号", "Number", "code", required=True),
            fixed("channel", "渠道", "Channel", "code"),
            fixed("category", "分类", "Category", "category"),
            fixed("area", "地点", "Area", "area"),
            choice("urgency", "紧急程度", "Urgency", urgencies, required=False),
            fixed("place", "位置", "Position", "place"),
            fixed("subject", "对象", "Subject", "code"),
            fixed("reporters", "诉求人数", "Reporters", "count"),
            fixed("fields", "表单内容", "Form", "form"),
            fixed("origin", "来源", "Origin", "origin"),
            fixed("history", "历史来源", "History", "code"),
            choice("restricted", "知悉范围", "Restriction", RESTRICTIONS, required=False),
            fixed("unit", "单位", "Unit", "unit"),
            fixed("hold", "留在岗位", "Hold", "yes_no"),
        ),
        by_hand=False,
    ),
)
