"""What each command says: the one description behind forms, API schema, command line and the check before `decide`.

`FIELDS` is what a person is asked; `CARRIED` is what programs send beside it. Nothing else may be in a command.
A field of a type in `FREE` is written freely and so may name somebody: it is sealed without being told to (`apart`).
"""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from bihuan.loop.kernel.evidence_types import evidence_types
from bihuan.loop.kernel.model import Case, Text
from bihuan.loop.kernel.programme import CaseType, Name
from bihuan.loop.kernel.states import OUTCOMES, STATE_NAMES

FREE = frozenset({"text", "long_text"})
"""Types of fields in which people write what they like."""


class Field(msgspec.Struct, frozen=True):
    """One field of a command.

    `type` is a key of `checking.CHECKS`: text, long_text, choice, instant, place, unit, units, person, case, file, number
    and so on. `private`: kept in the erasable words of the event, by whatever door it comes.
    """

    name: str
    label: Text
    type: str = "text"
    required: bool = False
    private: bool = False
    choices: tuple[tuple[str, Text], ...] = ()


Make = Callable[[CaseType, Case], Field]


@dataclass(frozen=True)
class Fixed:
    """A field that is the same for every case."""

    field: Field

    def __call__(self, rules: CaseType, case: Case) -> Field:
        """The field."""
        return self.field


def _fixed(name: str, zh: str, en: str, type_: str = "text", *, required: bool = False) -> Fixed:
    return Fixed(Field(name, Text(zh, en), type_, required, type_ in FREE))


def _choice(
    name: str, zh: str, en: str, of: Callable[[CaseType, Case], dict[str, Text]], required: bool = True
) -> Make:
    def make(rules: CaseType, case: Case) -> Field:
        return Field(name, Text(zh, en), "choice", required, False, tuple(of(rules, case).items()))

    return make


def _names(names: dict[str, Name]) -> dict[str, Text]:
    return {code: Text(name.zh, name.en) for code, name in names.items()}


def _extendable(rules: CaseType, case: Case) -> dict[str, Text]:
    return {
        c.name: Text(c.label.zh, c.label.en) if c.label else Text(c.name, c.name)
        for c in rules.clocks
        if c.extend and (running := case.clocks.get(c.name)) and running.running
    }


def _pending(prefix: str) -> Callable[[CaseType, Case], dict[str, Text]]:
    def of(rules: CaseType, case: Case) -> dict[str, Text]:
        waiting = [k.removeprefix(prefix) for k in case.pending if k.startswith(prefix)]
        labels = {c.name: Text(c.label.zh, c.label.en) for c in rules.clocks if c.label}
        return {name: labels.get(name, Text(name, name)) for name in waiting}

    return of


RESULTS = {
    "solved": Text("已解决", "Solved"),
    "partly": Text("部分解决", "Partly solved"),
    "unsolved": Text("未解决", "Not solved"),
    "unreachable": Text("联系不上", "Unreachable"),
    "refused": Text("拒绝回访", "Declined to answer"),
    "passed": Text("复查合格", "Re-inspection passed"),
    "failed": Text("复查不合格", "Re-inspection failed"),
}
SATISFIED = {
    "yes": Text("满意", "Satisfied"),
    "fair": Text("基本满意", "Fairly satisfied"),
    "no": Text("不满意", "Not satisfied"),
}
URGENCIES = {
    "emergency": Text("危急", "Emergency"),
    "urgent": Text("紧急", "Urgent"),
    "general": Text("一般", "General"),
    "complex": Text("复杂", "Complex"),
}
RESTRICTIONS = {
    "secret": Text("涉密", "Secret"),
    "minor": Text("未成年人", "A minor"),
    "own_staff": Text("反映承办单位人员", "About the unit's own staff"),
    "whistleblower": Text("举报人保护", "Protected informant"),
}
EMERGENCY = {"110": Text("110 公安", "110 police"), "119": Text("119 消防", "119 fire"), "120": Text("120 急救", "120 ambulance"),
             "other": Text("其他机关", "Another body")}  # fmt: skip
CHANNELS = {"phone": Text("电话", "Phone"), "visit": Text("上门", "Visit"), "message": Text("短信", "Message")}

REASON = _fixed("reason", "理由", "Reason", required=True)
OPTIONAL_REASON = _fixed("reason", "理由", "Reason")
TEXT = _fixed("text", "说明", "Details", "long_text", required=True)
OPTIONAL_TEXT = _fixed("text", "说明", "Details", "long_text")
UNIT = _fixed("unit", "单位", "Unit", "unit")
CHANNEL = _choice("channel", "方式", "By", lambda rules, case: CHANNELS, required=False)
SCORE = _fixed("score", "评分（0–100）", "Score (0–100)", "number", required=True)


def _urgencies(rules: CaseType, case: Case) -> dict[str, Text]:
    return {u: URGENCIES.get(u, Text(u, u)) for u in rules.urgencies}


FIELDS: dict[str, tuple[Make, ...]] = {
    "classify": (
        _fixed("category", "分类", "Category", "category"),
        _fixed("area", "地点（街镇、社区）", "Area", "area"),
        _choice("urgency", "紧急程度", "Urgency", _urgencies, required=False),
    ),
    "answer": (_fixed("article", "知识条目", "Article", "article"), TEXT),
    "dispatch": (UNIT, OPTIONAL_REASON),
    "invalidate": (REASON,),
    "refuse": (REASON, _fixed("remedy", "救济途径", "The proper way", required=True)),
    "transfer_out": (_choice("to", "转送", "To", lambda rules, case: EMERGENCY), OPTIONAL_REASON),
    "merge": (_fixed("parent", "主单编号", "Parent case", "case", required=True),),
    "restrict": (_choice("kind", "类别", "Kind", lambda rules, case: RESTRICTIONS),),
    "recall": (REASON,),
    "return": (
        _choice("reason", "退单理由", "Reason", lambda rules, case: _names(rules.returns.reasons)),
        OPTIONAL_TEXT,
    ),
    "arbitrate": (_fixed("unit", "承办单位", "Unit", "unit", required=True), REASON),
    "contact": (CHANNEL,),
    "delegate": (UNIT, _fixed("person", "经办人", "Person", "person")),
    "note": (TEXT,),
    "add_evidence": (
        _choice("type", "类型", "Type", lambda rules, case: {t: evidence_types()[t] for t in rules.evidence.types}),
        _fixed("file", "文件", "File", "file", required=True),
    ),
    "submit": (OPTIONAL_TEXT,),
    "request_extension": (_choice("clock", "时限", "Clock", _extendable), REASON),
    "approve_extension": (_choice("clock", "时限", "Clock", _pending("extension:")),),
    "refuse_extension": (_choice("clock", "时限", "Clock", _pending("extension:")), REASON),
    "request_suspension": (
        _fixed("until", "截止日", "Until", "instant", required=True),
        _choice("reason", "理由", "Reason", lambda rules, case: _names(rules.suspend.reasons) if rules.suspend else {}),
    ),
    "refuse_suspension": (REASON,),
    "call_in": (
        _choice("kind", "哨种", "Kind", lambda rules, case: _names(rules.parties.kinds) if rules.parties else {}),
        _fixed("units", "单位", "Units", "units", required=True),
        _fixed("task", "任务", "Task", required=True),
    ),
    "arrive": (
        _fixed("place", "位置", "Position", "place", required=True),
        _fixed("signature", "签名", "Signature", "signature", required=True),
    ),
    "score_party": (_fixed("unit", "单位", "Unit", "unit", required=True), SCORE),
    "score_lead": (SCORE,),
    "release": (_fixed("unit", "单位", "Unit", "unit", required=True), REASON),
    "attempt": (CHANNEL,),
    "verify": (
        _choice(
            "result",
            "结果",
            "Result",
            lambda rules, case: {r: RESULTS[r] for r in rules.verify.results} if rules.verify else {},
        ),
        _choice("satisfied", "满意度", "Satisfied", lambda rules, case: SATISFIED, required=False),
        _fixed("contacted", "承办单位是否联系过您", "Did the unit contact you", "yes_no"),
        OPTIONAL_TEXT,
    ),
    "sample": (_fixed("draw", "抽样批次", "Draw", "code", required=True),),
    "reopen": (REASON,),
    "supplement": (TEXT,),
    "withdraw": (OPTIONAL_REASON,),
    "request_exclusion": (
        _fixed("indicator", "指标", "Indicator", "indicator", required=True),
        _choice(
            "reason", "理由", "Reason", lambda rules, case: _names(rules.exclusions.reasons) if rules.exclusions else {}
        ),
    ),
    "approve_exclusion": (_choice("indicator", "指标", "Indicator", _pending("exclusion:")),),
    "refuse_exclusion": (_choice("indicator", "指标", "Indicator", _pending("exclusion:")), REASON),
    "approve": (
        _fixed("until", "有效期至", "Valid until", "instant", required=True),
        _fixed("conditions", "条件", "Conditions"),
    ),
    "reject": (REASON,),
    "revoke": (REASON,),
}

KIND = _fixed("kind", "案件类型", "Case type", "code", required=True)
_ENDINGS = {code: STATE_NAMES[code] for code in OUTCOMES if code != "merged"}

CARRIED: dict[str, tuple[Make, ...]] = {
    "open": (
        KIND,
        _fixed("number", "编号", "Number", "code", required=True),
        _fixed("channel", "渠道", "Channel", "code"),
        _fixed("category", "分类", "Category", "category"),
        _fixed("area", "地点", "Area", "area"),
        _choice("urgency", "紧急程度", "Urgency", _urgencies, required=False),
        _fixed("place", "位置", "Position", "place"),
        _fixed("subject", "对象", "Subject", "code"),
        _fixed("reporters", "诉求人数", "Reporters", "count"),
        _fixed("fields", "表单内容", "Form", "form"),
        _fixed("origin", "来源", "Origin", "origin"),
        _fixed("history", "历史来源", "History", "code"),
        _choice("restricted", "知悉范围", "Restriction", lambda rules, case: RESTRICTIONS, required=False),
        _fixed("unit", "单位", "Unit", "unit"),
        _fixed("hold", "留在岗位", "Hold", "yes_no"),
    ),
    "classify": (_fixed("place", "位置", "Position", "place"), _fixed("subject", "对象", "Subject", "code")),
    "join": (
        _fixed("report", "来件", "Report", "code", required=True),
        _fixed("from", "原案件", "Case it comes from", "code"),
        _fixed("reporters", "诉求人数", "Reporters", "count"),
    ),
    "leave": (
        _fixed("report", "来件", "Report", "code", required=True),
        _fixed("to", "新案件", "Case it goes to", "code"),
        _fixed("reporters", "诉求人数", "Reporters", "count"),
    ),
    "add_evidence": (
        _fixed("sha256", "摘要", "SHA-256", "code"),
        _fixed("media", "上传编号", "Upload", "code"),
        _fixed("taken_at", "拍摄时间", "Taken at", "instant"),
        _fixed("place", "位置", "Position", "place"),
        _fixed("size", "大小", "Size", "count"),
        _fixed("picture", "图像特征", "Look", "code"),
    ),
    "submit": (_fixed("summary", "小结", "Summary"), _fixed("solvable", "能否解决", "Solvable", "yes_no")),
    "arrive": (_fixed("unit", "单位", "Unit", "unit"),),
    "finish_task": (_fixed("unit", "单位", "Unit", "unit"),),
    "score_lead": (_fixed("unit", "单位", "Unit", "unit"),),
    "verify": (_fixed("channel", "方式", "By", "code"), _fixed("script", "脚本", "Script", "code")),
    "request_exclusion": (_fixed("evidence", "依据", "Evidence", "code"),),
    "migrate": (
        _fixed("edition", "版本", "Edition", "code"),
        _fixed("shown", "已核对的差异", "Difference shown", "code"),
    ),
    "record_history": (
        _choice("outcome", "结果", "Outcome", lambda rules, case: _ENDINGS),
        _fixed("result", "结果说明", "Result"),
        _fixed("unit", "单位", "Unit", "code"),
    ),
}
"""What programs send with a command beside what a person is asked."""


def declared(command: str, rules: CaseType, case: Case) -> dict[str, Field]:
    """Every field that a command may hold, by name."""
    made = (make(rules, case) for table in (CARRIED, FIELDS) for make in table.get(command, ()))
    return {field.name: field for field in made}
