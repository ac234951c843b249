# ruff: noqa: E501 - tables of sentences: one row a line is how they are read and compared
"""The one table of words: what each event says in a timeline, and what each command is called on a button.

A sentence may name facts of its event in braces; `told` fills them with names in the reader's language. What stands in
brackets is said only when its facts are there: words that this reader may not read, or that were erased, leave no gap.
`tone` colours the dot: `good`, `bad` or empty.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from bihuan.faces.parts.language import moment, say
from bihuan.faces.parts.names import Names, rules_of
from bihuan.loop.kernel.apart import words_of_event
from bihuan.loop.kernel.evidence_types import evidence_types
from bihuan.loop.kernel.fields import CHANNELS, EMERGENCY, RESTRICTIONS, RESULTS, SATISFIED, URGENCIES
from bihuan.loop.kernel.model import Case, Data, Event, Text
from bihuan.loop.kernel.programme import CaseType
from bihuan.loop.kernel.states import EDGES


class Sentence(NamedTuple):
    """How one kind of event is told."""

    zh: str
    en: str
    tone: str = ""


EVENTS: dict[str, Sentence] = {
    "opened": Sentence("收到反映（{channel}）", "Report received ({channel})"),
    "classified": Sentence("受理分类：{category} {area} {urgency}", "Classified: {category} {area} {urgency}"),
    "answered": Sentence("已当场答复", "Answered at once", "good"),
    "dispatched": Sentence("派给{lead}办理[：{reason}]", "Sent to {lead}[: {reason}]"),
    "invalidated": Sentence("登记为无效[：{reason}]", "Recorded as not a request[: {reason}]"),
    "refused": Sentence("不予受理[：{reason}][；可以：{remedy}]", "Not admissible[: {reason}][. The proper way: {remedy}]"),
    "transferred_out": Sentence("已转送{to}[：{reason}]", "Passed to {to}[: {reason}]"),
    "merged": Sentence("并入同一事项的主单", "Joined to the case about the same matter"),
    "unmerged": Sentence("拆分合并，恢复时限", "Split off again, clocks restored"),
    "reporter_joined": Sentence("又有一人反映同一事项", "Another person reported the same matter"),
    "reporter_left": Sentence("误并拆分，一位诉求人另行办理", "A wrong merge was split; one reporter is served apart"),
    "restricted": Sentence("限制知悉范围：{restricted}", "Who may see it was restricted: {restricted}"),
    "recalled": Sentence("派单有误，收回[：{reason}]", "Wrongly sent, taken back[: {reason}]"),
    "accepted": Sentence("承办单位签收，开始办理", "The unit accepted it and began"),
    "returned": Sentence("{from}退单：{reason}", "Returned by {from}: {reason}", "bad"),
    "arbitrated": Sentence("裁定由{lead}办理[：{reason}]", "Ruled that {lead} handles it[: {reason}]"),
    "contacted": Sentence("承办单位称已联系诉求人（{channel}）{rests_on}", "The unit says it contacted the reporter ({channel}){rests_on}"),
    "delegated": Sentence("单位内部转交{holder}", "Passed on inside the unit to {holder}"),
    "handed_back": Sentence("退回上一级{holder}", "Handed back up to {holder}"),
    "noted": Sentence("记录办理过程", "A note on the handling"),
    "evidence_added": Sentence("上传佐证：{type}", "Evidence added: {type}"),
    "submitted": Sentence("承办单位提交办理结果，转独立核实", "The unit claims it done; handed to independent verification"),
    "extension_requested": Sentence("申请延期“{request.clock}”[：{reason}]", "Asked for more time on “{request.clock}”[: {reason}]"),
    "extended": Sentence("批准延期", "More time granted"),
    "extension_refused": Sentence("不予延期[：{reason}]", "More time refused[: {reason}]", "bad"),
    "suspension_requested": Sentence("申请挂账至{request.until}：{request.reason}", "Asked to suspend until {request.until}: {request.reason}"),
    "suspended": Sentence("批准挂账至{until}：{reason}", "Suspended until {until}: {reason}"),
    "suspension_refused": Sentence("不予挂账[：{reason}]", "Suspension refused[: {reason}]", "bad"),
    "resumed": Sentence("恢复办理", "Handling resumed"),
    "called_in": Sentence("吹哨：请{parties}到场[；任务：{task}]", "Called in: {parties}[. Task: {task}]"),
    "arrived": Sentence("{party}已到场", "{party} arrived"),
    "task_finished": Sentence("{party}完成分办任务", "{party} finished its task"),
    "party_scored": Sentence("评价{party}：{score}分", "Scored {party}: {score}"),
    "lead_scored": Sentence("{party}评价吹哨单位：{score}分", "{party} scored the lead: {score}"),
    "released": Sentence("解除{party}到场[：{reason}]", "{party} no longer needed[: {reason}]"),
    "verification_attempted": Sentence("回访未接通，改时再访", "Nobody reached; another attempt follows"),
    "verified": Sentence("独立核实：{result} {satisfied}{rests_on}", "Independent result: {result} {satisfied}{rests_on}", "good"),
    "sampled": Sentence("抽中复核（{draw}）", "Drawn for re-verification ({draw})"),
    "reopened": Sentence("二次办理[：{reason}]", "Reopened[: {reason}]", "bad"),
    "urged": Sentence("诉求人催办", "The reporter urged"),
    "supplemented": Sentence("诉求人补充材料", "The reporter added information"),
    "withdrawn": Sentence("撤回[：{reason}]", "Withdrawn[: {reason}]"),
    "exclusion_requested": Sentence("申请剔除“{request.indicator}”：{request.reason}", "Asked to be left out of “{request.indicator}”: {request.reason}"),
    "excluded": Sentence("同意剔除“{indicator}”：{reason}", "Left out of “{indicator}”: {reason}"),
    "exclusion_refused": Sentence("不予剔除[：{reason}]", "Exclusion refused[: {reason}]"),
    "approved": Sentence("审查通过，有效期至{until}[；条件：{conditions}]", "Admitted until {until}[. Conditions: {conditions}]", "good"),
    "revoked": Sentence("撤销准入[：{reason}]", "Revoked[: {reason}]", "bad"),
    "expired": Sentence("到期，重新审查", "Expired; reviewed again"),
    "ticked": Sentence("时限提醒：{clocks}", "Deadline: {clocks}"),
    "inherited": Sentence("{ended}已撤销，改由{heir}继续办理", "{ended} no longer exists; {heir} carries on"),
    "recalendared": Sentence("年度放假安排已公布，暂定时限已重算", "The year's schedule is published; provisional deadlines were counted again"),
    "migrated": Sentence("改用规则新版{edition}", "Moved to edition {edition} of the rules"),
    "history_recorded": Sentence("按历史文件记录结果[：{result}]", "Ending taken from an imported file[: {result}]"),
}  # fmt: skip

COMMANDS: dict[str, Text] = {
    "classify": Text("分类", "Classify"),
    "answer": Text("当场答复", "Answer at once"),
    "dispatch": Text("派单", "Dispatch"),
    "invalidate": Text("登记无效", "Not a request"),
    "refuse": Text("不予受理", "Refuse"),
    "transfer_out": Text("转送", "Pass on"),
    "merge": Text("合并", "Merge"),
    "unmerge": Text("拆分", "Split again"),
    "join": Text("并入诉求人", "Add a reporter"),
    "leave": Text("拆出诉求人", "Let a reporter go"),
    "restrict": Text("限制知悉", "Restrict"),
    "recall": Text("收回重派", "Recall"),
    "accept": Text("签收", "Accept"),
    "return": Text("退单", "Return"),
    "arbitrate": Text("裁定", "Rule"),
    "contact": Text("已联系诉求人", "Reporter contacted"),
    "delegate": Text("内部转交", "Delegate"),
    "hand_back": Text("退回上一级", "Hand back"),
    "note": Text("记录", "Note"),
    "add_evidence": Text("上传佐证", "Add evidence"),
    "submit": Text("提交结果", "Submit result"),
    "request_extension": Text("申请延期", "Ask for more time"),
    "approve_extension": Text("批准延期", "Grant more time"),
    "refuse_extension": Text("不予延期", "Refuse more time"),
    "request_suspension": Text("申请挂账", "Ask to suspend"),
    "approve_suspension": Text("批准挂账", "Approve suspension"),
    "refuse_suspension": Text("不予挂账", "Refuse suspension"),
    "resume": Text("恢复办理", "Resume"),
    "call_in": Text("吹哨", "Call in"),
    "arrive": Text("到场", "Arrive"),
    "finish_task": Text("完成分办", "Finish task"),
    "score_party": Text("评价到场单位", "Score a party"),
    "score_lead": Text("评价吹哨单位", "Score the lead"),
    "release": Text("解除到场", "Release"),
    "attempt": Text("未接通", "Nobody reached"),
    "verify": Text("记录核实结果", "Record the result"),
    "sample": Text("抽取复核", "Draw for review"),
    "reopen": Text("重新办理", "Reopen"),
    "urge": Text("催办", "Urge"),
    "supplement": Text("补充", "Add information"),
    "withdraw": Text("撤回", "Withdraw"),
    "request_exclusion": Text("申请剔除", "Ask for exclusion"),
    "approve_exclusion": Text("同意剔除", "Approve exclusion"),
    "refuse_exclusion": Text("不予剔除", "Refuse exclusion"),
    "approve": Text("审查通过", "Admit"),
    "reject": Text("不通过", "Reject"),
    "withdraw_application": Text("撤回申请", "Withdraw application"),
    "revoke": Text("撤销", "Revoke"),
    "expire": Text("到期", "Expire"),
    "tick": Text("时限提醒", "Tick"),
    "inherit": Text("承继", "Take over"),
    "recalendar": Text("按新日历重算", "Count again by the new calendar"),
    "migrate": Text("换版", "Migrate"),
    "record_history": Text("记录历史结果", "Record history"),
}  # fmt: skip

REPORT_CHANNELS: dict[str, Text] = {
    "web": Text("网页", "web"),
    "hotline": Text("热线", "hotline"),
    "phone": Text("电话", "phone"),
    "api": Text("接口", "API"),
    "mail": Text("邮件", "mail"),
    "file": Text("文件", "file"),
    "import": Text("导入", "import"),
    "inspector": Text("巡查", "inspector"),
    "city": Text("市级派单", "city"),
    "system": Text("其他系统", "another system"),
    "visit": Text("上门", "visit"),
    "message": Text("短信", "message"),
    "app": Text("手机应用", "app"),
}


RESTS_ON: dict[str, Text] = {
    "number_seen": Text("；依据：查看号码有记录", "; rests on: the number was opened, on record"),
    "online": Text("；依据：诉求人网上作答", "; rests on: the reporter's own answer online"),
    "no_number": Text("；依据：仅凭本人陈述，诉求人未留号码", "; rests on: their word alone, no number was left"),
    "claim": Text("；依据：仅凭本人陈述，无人查看过号码", "; rests on: their word alone, nobody opened the number"),
}


def told(event: Event, names: Names, rules: CaseType | None) -> tuple[str, str]:
    """(sentence in the reader's language, tone) of an event; of an unknown kind only that something was recorded."""
    sentence = EVENTS.get(event.kind)
    if sentence is None:
        return say(Text("记录了一步", "A step was recorded")), ""
    written = {name: (event.private or {}).get(name) for name in words_of_event(event.kind)}
    facts = _Facts({**event.data, **{name: text for name, text in written.items() if text}}, names, rules)
    text = _OPTIONAL.sub(lambda part: _said(part[1], facts), say((sentence.zh, sentence.en))).format_map(facts)
    bad = event.kind == "verified" and event.data.get("result") in ("unsolved", "partly", "failed")
    late = event.kind == "ticked" and any(op["op"] == "miss" for op in event.data.get("clocks", ()))
    return text.strip().rstrip("：:").strip(), "bad" if bad or late else sentence.tone


_OPTIONAL = re.compile(r"\[([^\]]*)\]")


def _said(part: str, facts: _Facts) -> str:
    """A part of a sentence when all its facts are there, else nothing."""
    return part if all(facts[name] for name in re.findall(r"\{([a-z_]+)\}", part)) else ""


class _Facts(dict[str, str]):
    """The facts of one event, each said in the reader's language when a sentence asks for it."""

    def __init__(self, data: Data, names: Names, rules: CaseType | None) -> None:
        super().__init__()
        self.data, self.names, self.rules = data, names, rules

    def __missing__(self, key: str) -> str:
        value = self.data.get(key)
        if key == "reason" and isinstance(self.data.get("text"), dict):
            value = self.data["text"]  # the declared sentence of a coded reason
        if key == "request":
            return _Request(self.data.get("request") or {}, self.names, self.rules)  # type: ignore[return-value]  # read by attribute in the sentence
        if value is None:
            return ""
        teller = _TELLERS.get(key)
        return teller(value, self.names, self.rules) if teller else str(value)


class _Request:
    """`{request.reason}` and the like: the facts of what was asked for."""

    def __init__(self, data: Data, names: Names, rules: CaseType | None) -> None:
        self._facts = _Facts(data, names, rules)

    def __getattr__(self, name: str) -> str:
        return self._facts[name]


Teller = Callable[[object, Names, CaseType | None], str]


def _coded(table: dict[str, Text]) -> Teller:
    return lambda value, names, rules: say(table[str(value)]) if str(value) in table else str(value)


def _unit(value: object, names: Names, rules: CaseType | None) -> str:
    return names.unit(str(value))


def _holder(value: object, names: Names, rules: CaseType | None) -> str:
    return names.holder(value["id"], value.get("kind", "unit"), value.get("person")) if isinstance(value, dict) else ""


def _parties(value: object, names: Names, rules: CaseType | None) -> str:
    units = [p["unit"] for p in value] if isinstance(value, list) else []
    return say(("、", ", ")).join(names.unit(u) for u in units)


def _instant(value: object, names: Names, rules: CaseType | None) -> str:
    return moment(datetime.fromisoformat(str(value)))


CLOCKS: dict[str, Text] = {  # clocks that the kernel itself starts
    "validity": Text("有效期", "Validity"),
    "review": Text("审查", "Review"),
}


def clock_name(name: str, names: Names, rules: CaseType | None) -> str:
    """What a clock is called: its label in the programme, else arrival or task of a called-in unit, else its code."""
    kind, _, unit = name.partition("@")
    if unit:
        return f"{say(Text('到场', 'Arrival') if kind == 'arrive' else Text('分办任务', 'Task'))} · {names.unit(unit)}"
    label = next((c.label for c in rules.clocks if c.name == name), None) if rules else None
    return say(label) if label else say(CLOCKS.get(name, Text("时限", "Deadline")))


def _clocks(value: object, names: Names, rules: CaseType | None) -> str:
    parts = []
    for op in value if isinstance(value, list) else []:
        if op["op"] in ("warn", "miss"):
            kind = say(Text("已超时", "missed") if op["op"] == "miss" else Text("临近", "near"))
            parts.append(f"{clock_name(op['name'], names, rules)} {kind}")
    return say(("；", "; ")).join(parts)


def _clock(value: object, names: Names, rules: CaseType | None) -> str:
    return clock_name(str(value), names, rules)


def _reason(value: object, names: Names, rules: CaseType | None) -> str:
    if isinstance(value, dict):
        return say((str(value.get("zh", "")), str(value.get("en", ""))))
    if rules is not None:
        tables = [rules.returns.reasons, rules.suspend.reasons if rules.suspend else {},
                  rules.exclusions.reasons if rules.exclusions else {}]  # fmt: skip
        for table in tables:
            if str(value) in table:
                return say(table[str(value)])
    return str(value)


_TELLERS: dict[str, Teller] = {
    "channel": _coded({**CHANNELS, **REPORT_CHANNELS}),
    "urgency": _coded(URGENCIES),
    "result": _coded(RESULTS),
    "satisfied": _coded(SATISFIED),
    "type": lambda value, names, rules: _coded(evidence_types())(value, names, rules),
    "restricted": _coded(RESTRICTIONS),
    "to": _coded(EMERGENCY),
    "rests_on": _coded(RESTS_ON),
    "lead": _unit,
    "from": _unit,
    "party": _unit,
    "holder": _holder,
    "parties": _parties,
    "heir": _unit,
    "ended": lambda value, names, rules: say(("、", ", ")).join(
        map(names.unit, value if isinstance(value, list) else [])
    ),
    "until": _instant,
    "clocks": _clocks,
    "clock": _clock,
    "reason": _reason,
    "category": lambda value, names, rules: names.category(str(value)),
    "area": lambda value, names, rules: names.area(str(value)),
    "indicator": lambda value, names, rules: names.indicator(str(value)),
}


def command(name: str) -> str:
    """What a command is called, in the reader's language."""
    return say(COMMANDS[name]) if name in COMMANDS else name


SHAPES: dict[str, Text] = {
    "complaint": Text("诉求", "complaint"),
    "patrol": Text("巡查", "patrol"),
    "gate": Text("准入", "gate"),
}


def event_name(kind: str) -> str:
    """A kind of event by the name of the command that causes it."""
    if kind == "opened":
        return say(Text("立案", "opening"))
    found = next((edge.command for edge in EDGES if edge.event == kind), "")
    return command(found) if found else kind


def within(span: str) -> str:
    """A declared span in the reader's language; English is as declared."""
    number, unit = re.sub(r"\D+$", "", span), re.sub(r"^\d+ ?", "", span)
    return say((f"{number} {SPANS.get(unit.rstrip('s'), unit)}", span))


SPANS = {"min": "分钟", "h": "小时", "hour": "小时", "d": "天", "day": "天", "working day": "个工作日"}
PARTS: dict[str, Text] = {
    "numerator": Text("分子", "numerator"),
    "denominator": Text("分母", "denominator"),
    "excluded": Text("剔除", "excluded"),
}


def asked(key: str, case: Case, names: Names, written: Data | None = None) -> str:
    """A pending request in words: what for, and the reason given.

    Args:
        written: What was written in it, for those who may read words (`read.asked_words`).
    """
    kind, _, what = key.partition(":")
    pending = case.pending[key]
    _programme, rules = rules_of(case.programme, case.kind)
    coded = {k: v for k, v in pending.data.items() if k not in words_of_event(pending.kind)}
    facts = _Facts({**coded, **(written or {})}, names, rules)
    label = say(COMMANDS[f"request_{kind}"]) if f"request_{kind}" in COMMANDS else kind
    until = f" → {facts['until']}" if "until" in pending.data else ""
    fact = next((name for name in ("clock", "indicator") if name in pending.data), "")
    subject = f" “{facts[fact]}”" if fact else f" “{what}”" if what else ""
    return f"{label}{subject}{until}: {facts['reason']}".removesuffix(": ")
