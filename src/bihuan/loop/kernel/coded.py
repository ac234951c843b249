"""Parts of payloads that are codes with words in both languages."""

from typing import Annotated

from msgspec import Meta

from bihuan.loop.kernel.evidence_types import evidence_types
from bihuan.loop.kernel.fields import CHANNELS, EMERGENCY, RESTRICTIONS, RESULTS, SATISFIED, URGENCIES
from bihuan.loop.kernel.model import Text

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
    "watch": Text("监看", "watch"),
}
"""Ways on which a report comes in, or on which somebody is spoken with."""

RESTS_ON: dict[str, Text] = {
    "number_seen": Text("；依据：查看号码有记录", "; rests on: the number was opened, on record"),
    "online": Text("；依据：诉求人网上作答", "; rests on: the reporter's own answer online"),
    "no_number": Text("；依据：仅凭本人陈述，诉求人未留号码", "; rests on: their word alone, no number was left"),
    "claim": Text("；依据：仅凭本人陈述，无人查看过号码", "; rests on: their word alone, nobody opened the number"),
}

Channel = Annotated[str, Meta(description="way of talking", extra={"codes": {**CHANNELS, **REPORT_CHANNELS}})]
Urgency = Annotated[str, Meta(description="class of urgency", extra={"codes": URGENCIES})]
Restriction = Annotated[str, Meta(description="why only some may see the case", extra={"codes": RESTRICTIONS})]
Result = Annotated[str, Meta(description="result of a verification", extra={"codes": RESULTS, "code": True})]
Satisfied = Annotated[str, Meta(description="whether the reporter is satisfied", extra={"codes": SATISFIED})]
EvidenceType = Annotated[str, Meta(description="type of evidence", extra={"codes": evidence_types})]
Emergency = Annotated[str, Meta(description="body outside the loop", extra={"codes": EMERGENCY})]
RestsOn = Annotated[str, Meta(description="what a talk can rest on, by the log", extra={"codes": RESTS_ON})]
