"""The states of a case and their names; `table` has the steps between them.

A *shape* selects steps: `complaint` (somebody outside complains and judges), `patrol` (a roster or
sensor finds, a re-inspection judges), `gate` (an act may not take effect until reviewed).
"""

from bihuan.loop.kernel.model import Text

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
