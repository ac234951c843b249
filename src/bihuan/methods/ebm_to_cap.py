"""A package of emergency broadcasting as an alert of the Common Alerting Protocol.

In: one EBD file; one with a document type, or without a message, is refused. Out: CAP 1.2 in UTF-8, valid by the schema.
Codes come from the tables `broadcast.*`; the extension that `cap-to-ebm` wrote gives back what a package cannot say.
Without it: public scope, urgency and certainty unknown, Beijing time; an unknown type of event stays its code.
Source: CAP-v1.2; GY/T 385-2023 (to be read in the official text).
Compared with: the fields of both formats read one by one (tests/methods/test_broadcast.py).
"""

from __future__ import annotations

from bihuan.methods.declared.model import Answer, AnswerKey, Input, Method
from bihuan.methods.declared.tables import Given, Table
from bihuan.methods.parts.cap import alert_schema, parse_alert
from bihuan.methods.parts.ebm import alert_of, build_alert


def convert_package(given: Given) -> Answer:
    """The alert that a package says. Source: CAP-v1.2 §3.2."""
    table = given["package"]
    root = parse_alert(table.raw)
    if root is None:
        return _refused(table, "xml", "不是规范的XML，或含有DTD、实体 · not well formed, or with a document type")
    try:
        alert = build_alert(alert_of(root))
    except (ValueError, KeyError, IndexError) as error:
        return _refused(table, "EBD", f"消息包不完整 · the package lacks or misspells {error}")
    if not alert_schema().validate(parse_alert(alert)):
        return _refused(table, "schema", "转出的消息不符合CAP 1.2 · what it says is no CAP 1.2")
    return Answer(facts={"bytes": len(alert)}, document=alert.decode())


def _refused(table: Table, field: str, rule: str) -> Answer:
    table.refuse(0, field, rule, "请发送方更正后重发 · let the sender correct it")
    return Answer(facts={"bytes": 0})


METHOD = Method(
    name="ebm-to-cap",
    zh="应急广播消息转 CAP",
    en="Package of emergency broadcasting as an alert",
    inputs=(Input("package", "EBD 消息包", "EBD package", kind="bytes"),),
    output=(),
    facts=(AnswerKey("bytes", "字节", "Bytes of the alert", {"type": "integer"}),),
    run=convert_package,
    source="CAP-v1.2",
    peer="the fields of both formats one by one",
    cost="n",
)  # fmt: skip
