# ruff: noqa: E501 - tables of sentences: one row a line is how they are read and compared
"""Call-back scripts: what the agent says, in both languages, by the name a programme declares."""

from __future__ import annotations

from bihuan.loop.kernel.model import Text

SCRIPTS: dict[str, tuple[Text, ...]] = {
    "callback_v1": (
        Text("您好，这里是区回访中心。我不属于承办单位。您反映的事项，承办单位称已办结，想听听您的意见。",
             "Hello, this is the district's call-back centre. I do not belong to the unit that handled it. It says your matter is done; I would like to hear from you."),
        Text("承办单位联系过您吗？", "Did the unit contact you?"),
        Text("问题解决了吗：已解决、部分解决，还是没有解决？", "Is it solved: fully, partly, or not?"),
        Text("您对办理满意吗：满意、基本满意，还是不满意？", "Are you satisfied with the handling: yes, fairly, or no?"),
        Text("还有什么要补充的？谢谢您。", "Is there anything to add? Thank you."),
    ),
}  # fmt: skip


def questions(name: str | None) -> tuple[Text, ...]:
    """Return the lines of a script, by default of the first; a programme that names an unknown one is not loaded."""
    return SCRIPTS[name or next(iter(SCRIPTS))]
