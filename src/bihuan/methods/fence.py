"""Which fields no installation may hold: policing intelligence, military facts, grades of secrecy.

In: names of fields and their labels in either language. A field is blocked when its name or its label holds a blocked word
or compound; compounds that only sound alike (suspected duplicate, secret ballot, concrete strength, soldier's family) are
taken out first. Words are matched whole, in Chinese as words of the list.
Out: verdict and reason for every field. A list of words: it errs on the side of blocking, and is dated. n.
Source: 保守国家秘密法 (2024) 第十三条; 军事设施保护法 (2021); 个人信息保护法 (2021) 第二十八条; docs/adr/0326-fence.md.
Compared with: fields read by hand (tests/methods/test_fence.py); every declaration of the house passes.
"""

from __future__ import annotations

from bihuan.declare.fence import blocked_reason
from bihuan.methods.declared.model import Answer, Column, Input, Method, one_of
from bihuan.methods.declared.tables import Given


def judge_fields(given: Given) -> Answer:
    """Verdict and reason for every field. Source: docs/adr/0326-fence.md."""
    fields = given["fields"]
    names = fields["name"].text()
    reasons = [blocked_reason(name, label) for name, label in zip(names, fields["label"].text(), strict=True)]
    verdicts = ["blocked" if reason else "allowed" for reason in reasons]
    return Answer({"name": names, "verdict": verdicts, "reason": reasons})


METHOD = Method(
    name="fence",
    zh="不得登记的字段",
    en="Fields that may not be held",
    inputs=(
        Input("fields", "字段", "Fields", (
            Column("name", "字段名", "Name"), Column("label", "标签", "Label", required=False))),
    ),
    output=(
        Column("name", "字段名", "Name"),
        Column("verdict", "结论", "Verdict", "choice", choices=one_of(blocked="不得登记|Blocked", allowed="可以登记|Allowed")),
        Column("reason", "理由", "Reason", "choice", required=False, choices=one_of(
            policing="侦查执法情报|Policing", military="军事|Military", secret="国家秘密|Secrecy")),  # noqa: S106 - words, no password
    ),
    key=("name",),
    run=judge_fields,
    source="保守国家秘密法 (2024); 军事设施保护法 (2021); 个人信息保护法 (2021)",
    peer="fields read by hand",
    error="a list of words",
    cost="n",
)  # fmt: skip
