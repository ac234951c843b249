"""An alert of the Common Alerting Protocol as a package of emergency broadcasting.

In: one CAP 1.2 file; one that `cap-check` rejects is refused with the rule it breaks. Out: an EBD package in UTF-8.
Codes come from the tables `broadcast.*`; what a package cannot say exactly stands in its extension (`parts/ebm.py`), so
`ebm-to-cap` gives the whole message back. A message that is not `Actual` gets a class that never reaches production
terminals. `resource`: 23 digits of the sending platform, else made of the first area code; `hours`: how long a message
without an end holds. A signature is not carried: it would not hold over the other format. Times are Beijing time.
Source: CAP-v1.2; GY/T 385-2023 (to be read in the official text).
Compared with: the fields of both formats read one by one (tests/methods/test_broadcast.py).
"""

from __future__ import annotations

from bihuan.methods.cap_check import BOUNDS, SAID, bounds_of
from bihuan.methods.declared.model import Answer, AnswerKey, Input, Method, Option
from bihuan.methods.declared.running import WrongCallError
from bihuan.methods.declared.tables import Given
from bihuan.methods.parts.cap import check_alerts
from bihuan.methods.parts.ebm import RESOURCE, flatten_alert, package_of


def convert_alert(given: Given) -> Answer:
    """The package that says what an alert says.

    Raises:
        WrongCallError: the resource code is none.

    Source: GY/T 385-2023 (to be read in the official text).
    """
    resource = str(given.option("resource") or "")
    if resource and not RESOURCE.fullmatch(resource):
        raise WrongCallError(f"resource={resource}：须为23位数字 · 23 digits", "resource=DIGITS")
    table = given["alert"]
    found = check_alerts([table.raw], bounds_of(given))[0]
    if found.rule:
        said = SAID[found.rule]
        table.refuse(0, found.rule, f"{said.zh} · {said.en}", "见 · see `bihuan calc cap-check`")
        return Answer(facts={"infos": 0})
    flat = flatten_alert(found.root)
    package = package_of(flat, resource, int(given.option("hours")))
    infos = sum(path.startswith("info.") and path.endswith(".event.1") for path in flat)
    return Answer(facts={"infos": infos}, document=package.decode())


METHOD = Method(
    name="cap-to-ebm",
    zh="CAP 转应急广播消息",
    en="Alert as a package of emergency broadcasting",
    inputs=(Input("alert", "CAP 1.2 消息", "CAP 1.2 message", kind="bytes"),),
    options=(
        Option("resource", "资源编码", "Resource code of the sender, 23 digits", "code", ""),
        Option("hours", "未写失效时间时的时长", "Hours a message without an end holds", "count", "24", unit="h"),
        BOUNDS,
    ),
    output=(),
    facts=(AnswerKey("infos", "语种数", "Texts in the message", {"type": "integer"}),),
    run=convert_alert,
    source="GY/T 385-2023",
    peer="the fields of both formats one by one",
    cost="n",
)  # fmt: skip
