"""The one table of states and edges, with the reason for every edge.

A *shape* selects rows: `complaint` (somebody outside complains and judges), `patrol` (a roster or
sensor finds, a re-inspection judges), `gate` (an act may not take effect until reviewed).
Nothing else in the code decides where a case may go.
"""

from typing import NamedTuple

from bihuan.loop.kernel.model import Text

ALL = frozenset({"complaint", "patrol", "gate"})
HANDLED = frozenset({"complaint", "patrol"})
GATE = frozenset({"gate"})
COMPLAINT = frozenset({"complaint"})

OPEN_STATES = (
    "received",
    "dispatched",
    "in_progress",
    "arbitration",
    "suspended",
    "verifying",
    "in_effect",
)
OUTCOMES = (
    "closed",
    "answered",
    "withdrawn",
    "invalid",
    "transferred",
    "refused",
    "merged",
    "revoked",
)

STATE_NAMES: dict[str, Text] = {
    "received": Text("待派单", "To dispatch"),
    "dispatched": Text("已派单", "Dispatched"),
    "in_progress": Text("办理中", "In progress"),
    "arbitration": Text("争议裁定中", "In arbitration"),
    "suspended": Text("挂账", "Suspended"),
    "verifying": Text("回访核实中", "Being verified"),
    "in_effect": Text("生效中", "In effect"),
    "closed": Text("已办结", "Closed"),
    "answered": Text("当场答复", "Answered at once"),
    "withdrawn": Text("已撤回", "Withdrawn"),
    "invalid": Text("无效", "Invalid"),
    "transferred": Text("已转送", "Transferred"),
    "refused": Text("不予受理", "Refused"),
    "merged": Text("已合并", "Merged"),
    "revoked": Text("已撤销", "Revoked"),
}


class Edge(NamedTuple):
    """One row: who may, by which command, from which states, record which event, ending where.

    `target` None leaves the state as it is; "*" means the handler resolves it from declared rules.
    """

    command: str
    who: str
    sources: tuple[str, ...]
    event: str
    target: str | None
    shapes: frozenset[str]
    reason: Text


HELD = ("dispatched", "in_progress")
DESK = ("received",)
LIVE = (
    "received",
    "dispatched",
    "in_progress",
    "arbitration",
    "suspended",
    "verifying",
)


def _edge(command: str, who: str, sources: tuple[str, ...], event: str, target: str | None,
          shapes: frozenset[str], zh: str, en: str) -> Edge:  # fmt: skip
    return Edge(command, who, sources, event, target, shapes, Text(zh, en))


EDGES: tuple[Edge, ...] = (
    # -- the way in ------------------------------------------------------------------------------
    _edge("open", "opener", ("",), "opened", "received", ALL, "受理登记", "Register a signal as a case"),
    _edge("classify", "desk", DESK, "classified", None, ALL, "确定分类、地点、紧急程度", "Set category, place and urgency"),
    _edge("answer", "desk", DESK, "answered", "answered", COMPLAINT, "当场答复，无需派单", "Answer at once; nothing to dispatch"),
    _edge("dispatch", "desk", DESK, "dispatched", "dispatched", HANDLED, "按职责清单派给责任单位", "Send to the duty-bearer by the duty matrix"),
    _edge("invalidate", "desk", DESK, "invalidated", "invalid", HANDLED, "不属于诉求（空号、骚扰、重复来电）", "Not a request (nuisance, empty)"),
    _edge("refuse", "desk", DESK, "refused", "refused", HANDLED, "依法不予受理并告知途径", "Not admissible by law; the proper way is named"),
    _edge("transfer_out", "desk", DESK, "transferred_out", "transferred", HANDLED, "转送有权机关（含110/119/120）", "Pass to the competent body (110/119/120 included)"),
    _edge("merge", "desk", ("received", "dispatched", "in_progress"), "merged", "merged", HANDLED, "同一事项并入主单，保留每位诉求人", "Same matter: joins the parent, every reporter kept"),
    _edge("unmerge", "operator", ("merged",), "unmerged", "*", HANDLED, "误并，拆分并恢复时限", "Wrong merge: split again, clocks restored"),
    _edge("join", "operator", LIVE, "reporter_joined", None, HANDLED, "另有诉求人反映同一事项", "Another reporter has the same matter"),
    _edge("leave", "operator", LIVE, "reporter_left", None, HANDLED, "误并拆分，诉求人另行办理", "Wrong merge: this reporter goes their own way"),
    _edge("restrict", "operator", LIVE, "restricted", None, ALL, "限制知悉范围", "Restrict who may see the case"),
    # -- between desk and unit -------------------------------------------------------------------
    _edge("recall", "operator", HELD, "recalled", "received", HANDLED, "派单有误，收回重派", "Wrong dispatch: taken back"),
    _edge("accept", "holder", ("dispatched",), "accepted", "in_progress", HANDLED, "首接负责，签收办理", "First receiver takes the lead"),
    _edge("return", "holder", ("dispatched",), "returned", "*", HANDLED, "不属本单位职责，附理由退单", "Not this unit's duty: returned with a reason code"),
    _edge("arbitrate", "arbiter", ("arbitration",), "arbitrated", "dispatched", HANDLED, "退单超过次数，裁定承办单位", "Too many returns: an arbiter names the unit, binding"),
    # -- inside the unit -------------------------------------------------------------------------
    _edge("contact", "holder", HELD, "contacted", None, HANDLED, "已联系诉求人", "The reporter has been contacted"),
    _edge("delegate", "holder", HELD, "delegated", None, HANDLED, "单位内部转交（街道→社区→个人）", "Passed on inside the unit"),
    _edge("hand_back", "holder_or_above", HELD, "handed_back", None, HANDLED, "退回上一级经办", "Handed back one step up inside the unit"),
    _edge("note", "worker", (*LIVE, "in_effect"), "noted", None, ALL, "记录过程", "Record what was done"),
    _edge("add_evidence", "holder", HELD, "evidence_added", None, HANDLED, "上传佐证", "Attach evidence"),
    _edge("submit", "holder", ("in_progress",), "submitted", "*", HANDLED, "提交办理结果，交独立核实", "Claim done; handed to independent verification"),
    # -- approvals -------------------------------------------------------------------------------
    _edge("request_extension", "holder", HELD, "extension_requested", None, HANDLED, "申请延期", "Ask for more time"),
    _edge("approve_extension", "approver", HELD, "extended", None, HANDLED, "批准延期", "Grant more time"),
    _edge("refuse_extension", "approver", HELD, "extension_refused", None, HANDLED, "不予延期", "Refuse more time"),
    _edge("request_suspension", "holder", ("in_progress",), "suspension_requested", None, HANDLED, "申请挂账", "Ask for suspension"),
    _edge("approve_suspension", "approver", ("in_progress",), "suspended", "suspended", HANDLED, "批准挂账，载明截止日", "Suspend, with an end date"),
    _edge("refuse_suspension", "approver", ("in_progress",), "suspension_refused", None, HANDLED, "不予挂账", "Refuse suspension"),
    _edge("resume", "holder_or_clock", ("suspended",), "resumed", "in_progress", HANDLED, "挂账到期或提前恢复办理", "Suspension ended"),
    # -- many hands ------------------------------------------------------------------------------
    _edge("call_in", "holder", ("in_progress",), "called_in", None, HANDLED, "吹哨：请相关部门到场", "Call other units in"),
    _edge("arrive", "party", ("in_progress",), "arrived", None, HANDLED, "到场：位置、时间、签名", "Arrived: place, time and signature"),
    _edge("finish_task", "party", ("in_progress",), "task_finished", None, HANDLED, "完成分办任务", "The sub-task is finished"),
    _edge("score_party", "holder", ("in_progress",), "party_scored", None, HANDLED, "评价到场单位", "The lead scores a party"),
    _edge("score_lead", "party", ("in_progress",), "lead_scored", None, HANDLED, "评价吹哨单位", "A party scores the lead"),
    _edge("release", "holder", ("in_progress",), "released", None, HANDLED, "解除无需到场的单位", "A party is no longer needed, with a reason"),
    # -- independent verification ----------------------------------------------------------------
    _edge("attempt", "verifier", ("verifying",), "verification_attempted", None, HANDLED, "联系未果，预约下次", "No answer; next attempt scheduled"),
    _edge("verify", "verifier", ("verifying",), "verified", "*", HANDLED, "独立核实结果", "The independent result"),
    _edge("sample", "verifier_desk", ("closed",), "sampled", "verifying", HANDLED, "抽中复核", "Drawn for re-verification"),
    _edge("reopen", "reopener", ("closed",), "reopened", "dispatched", HANDLED, "未解决，二次办理", "Not solved: handled again"),
    # -- the reporter ----------------------------------------------------------------------------
    _edge("urge", "reporter", LIVE, "urged", None, COMPLAINT, "催办", "Urge"),
    _edge("supplement", "reporter", LIVE, "supplemented", None, COMPLAINT, "补充材料", "Add information"),
    _edge("withdraw", "reporter", ("received", "dispatched", "in_progress", "arbitration", "suspended"), "withdrawn", "withdrawn", COMPLAINT, "诉求人撤回", "The reporter withdraws"),
    # -- what counts -----------------------------------------------------------------------------
    _edge("request_exclusion", "holder_of_record", ("closed", "verifying"), "exclusion_requested", None, HANDLED, "申请剔除考核", "Ask for exclusion from an indicator"),
    _edge("approve_exclusion", "reviewer_of_exclusions", ("closed", "verifying"), "excluded", None, HANDLED, "同意剔除", "Exclude, with reason and approver"),
    _edge("refuse_exclusion", "reviewer_of_exclusions", ("closed", "verifying"), "exclusion_refused", None, HANDLED, "不予剔除", "Exclusion refused"),
    # -- gate ------------------------------------------------------------------------------------
    _edge("approve", "reviewer", DESK, "approved", "in_effect", GATE, "审查通过，载明有效期", "Admitted, with an expiry"),
    _edge("reject", "reviewer", DESK, "refused", "refused", GATE, "审查不通过", "Not admitted"),
    _edge("withdraw_application", "applicant", DESK, "withdrawn", "withdrawn", GATE, "申请单位撤回", "The applicant withdraws"),
    _edge("revoke", "reviewer", ("in_effect",), "revoked", "revoked", GATE, "撤销准入", "Revoked"),
    _edge("expire", "clock", ("in_effect",), "expired", "received", GATE, "到期重新审查", "Expired: reviewed again"),
    # -- time ------------------------------------------------------------------------------------
    _edge("tick", "clock", (*LIVE, "in_effect"), "ticked", None, ALL, "时限提醒与超期", "Warnings and missed deadlines"),
    _edge("inherit", "clock", (*LIVE, "in_effect"), "inherited", None, ALL, "单位撤销，由承继单位继续办理", "A unit has ended: its heir takes over"),
    _edge("migrate", "operator", (*LIVE, "in_effect"), "migrated", None, ALL, "规则换版，显示差异后生效", "A new edition of the rules, shown as a diff first"),
    _edge("recalendar", "clock", (*LIVE, "in_effect"), "recalendared", None, ALL, "年度放假安排公布，暂定时限重算", "A year's schedule is published: provisional deadlines are counted again"),
    _edge("record_history", "importer", LIVE, "history_recorded", "*", HANDLED, "按历史文件记录结果", "The ending an imported file records"),
)  # fmt: skip

NOT_BY_HAND = frozenset(
    {
        "open",
        "tick",
        "expire",
        "inherit",
        "migrate",
        "recalendar",
        "record_history",
        "join",
        "leave",
        "merge",
        "unmerge",
    }
)
"""Sent by clocks, importers and batch jobs, or as one half of a pair (merging); no door takes them as one command."""

BY_COMMAND: dict[str, Edge] = {e.command: e for e in EDGES}


def commands_from(state: str, shape: str) -> list[Edge]:
    """Edges that leave `state` for cases of `shape`, in table order."""
    return _LEAVING.get((state, shape), [])


_LEAVING: dict[tuple[str, str], list[Edge]] = {}
for _e in EDGES:
    for _shape in _e.shapes:
        for _source in _e.sources:
            _LEAVING.setdefault((_source, _shape), []).append(_e)
