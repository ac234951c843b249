"""What a loop or list could not handle and has set aside: red until it is mended."""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.faces.language import say
from bihuan.faces.people import requires
from bihuan.loop import stuck

WORK: dict[str, tuple[str, str]] = {
    "ticks": ("时限", "deadlines"),
    "succession": ("机构人员变动交接", "handing over from units and people that left"),
    "notices": ("通知", "notices"),
    "lists": ("列表", "lists"),
    "recalendar": ("按新公布的放假安排重算时限", "counting deadlines again by a newly published year"),
    "migrate": ("换用新版规则", "moving to new rules"),
    "surges": ("集中诉求预警", "surge alarms"),
    "answers": ("建议的采纳情况", "what became of suggestions"),
    "suggestions.words": ("分类建议", "suggestions"),
    "suggestions.parent": ("重复诉求建议", "suggestions of duplicates"),
    "sequencer": ("透明日志", "the transparency log"),
    "retention": ("到期身份信息清除", "erasing identities past their time"),
    "upward": ("向上级平台上报", "telling the city above"),
}
"""Whose work it is, as people call it."""
CAUSES: dict[str, tuple[str, str]] = {
    "UnreadableCase": ("案件存储的内容读不出来", "what is stored of the case cannot be read"),
    "ValidationError": ("案件存储的内容读不出来", "what is stored of the case cannot be read"),
    "IntegrityError": ("数据库拒绝改动这一行", "the database refuses to change this row"),
    "DataError": ("存储的值不合要求", "a stored value is not of the kind it should be"),
    "TypeError": ("存储的值不合要求", "a stored value is not of the kind it should be"),
    "AttributeError": ("存储的值不合要求", "a stored value is not of the kind it should be"),
    "ValueError": ("存储的值不合要求", "a stored value is not of the kind it should be"),
    "KeyError": ("所引用的规则或记录不存在", "it refers to a rule or record that is not there"),
    "hash_length": (
        "存证摘要长度不对，不能进入日志；同一案件的后续记录在它之后等待",
        "its fingerprint has a wrong length and cannot enter the log; later events of the case wait behind it",
    ),
    "logged_already": ("日志中已有这条记录", "the log has a leaf of this event already"),
}
"""What went wrong in plain words, by the first word of the recorded reason."""
OTHER = ("处理时出错", "handling it failed")


class Line(NamedTuple):
    """One thing that is set aside, as the page tells it; `reason` is for whoever runs the system."""

    work: str
    number: str
    subject: str
    since: object
    tries: int
    cause: str
    reason: str


def told(row: stuck.Stuck) -> Line:
    """What is set aside, in the reader's language."""
    cause = say(CAUSES.get(row.reason.partition(":")[0], OTHER))
    work = say(WORK.get(row.loop, (row.loop, row.loop)))
    return Line(work, row.number, row.subject, row.since, row.tries, cause, row.reason)


@requires("operator", "district_admin")
def page(request: HttpRequest) -> HttpResponse:
    """Each thing that is set aside: whose work it is, since when, how often it was tried, and why it failed."""
    return render(request, "faces/stuck.html", {"lines": [told(row) for row in stuck.all_stuck()]})
