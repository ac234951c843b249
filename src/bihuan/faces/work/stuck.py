# ruff: noqa: E501 - a table of sentences: one row a line is how they are read and compared
"""What a loop or list could not handle and has set aside: red until it is mended.

People read what stands still, since when and what to do; the technical reason is for whoever runs the system.
"""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop import stuck
from bihuan.loop.kernel.model import Text


class Standing(NamedTuple):
    """What stands still when the work of one loop is set aside, and what a person can do meanwhile."""

    what: Text
    todo: Text


LOOPS: dict[str, Standing] = {
    "ticks": Standing(Text("时限提醒和超期记录停住了", "Warnings and missed deadlines are not recorded"), Text("请自行留意此案时限，并告知系统管理员", "Watch this case's deadline yourself, and tell the administrator")),
    "succession": Standing(Text("承办单位或经办人已变动，案件未能转给接手的单位", "The unit or person has changed and the case has not passed on"), Text("请由裁定人或派单员指定承办单位，并告知系统管理员", "Let the arbiter or the desk name a unit, and tell the administrator")),
    "recalendar": Standing(Text("新放假安排公布后，此案时限未能重算", "The deadline was not counted again after the year's holidays were published"), Text("请按原时限办理，并告知系统管理员", "Keep to the deadline shown, and tell the administrator")),
    "notices": Standing(Text("应发的通知没有发出", "A notice that was due was not sent"), Text("请电话告知相关单位或诉求人，并告知系统管理员", "Tell the unit or the reporter by telephone, and tell the administrator")),
    "suggestions": Standing(Text("智能建议没有算出", "Suggestions could not be worked out"), Text("请人工分类和派单，不影响办理", "Classify and send by hand; nothing else waits for it")),
    "lists": Standing(Text("此案的记录无法读取，列表中只显示编号和状态", "The record of this case cannot be read; lists show its number and state only"), Text("请把编号告知系统管理员，其他案件不受影响", "Tell the administrator its number; no other case is affected")),
    "migrate": Standing(Text("新版规则未能用于此案", "The new rules have not reached this case"), Text("仍按原规则和时限办理，并告知系统管理员", "The former rules and deadline hold; tell the administrator")),
    "surges": Standing(Text("集中诉求预警没有算出", "An alarm of many like reports could not be worked out"), Text("请人工留意同类来件，并告知系统管理员", "Watch for like reports yourself, and tell the administrator")),
    "answers": Standing(Text("建议的采纳情况没有记下", "What became of suggestions is not recorded"), Text("不影响办理，请告知系统管理员", "Nothing else waits for it; tell the administrator")),
    "sequencer": Standing(Text("一条记录没有进入透明日志，同案后续记录在其后等待", "A record has not entered the transparency log; later ones of its case wait behind it"), Text("案件照常办理，请尽快告知系统管理员", "The case goes on; tell the administrator soon")),
    "retention": Standing(Text("一份到期的身份信息没有清除", "An identity past its time has not been erased"), Text("请告知系统管理员", "Tell the administrator")),
    "upward": Standing(Text("此案的进展没有报给上级平台", "The city above has not been told of this case"), Text("请另行告知上级平台，并告知系统管理员", "Tell the city another way, and tell the administrator")),
}  # fmt: skip
UNKNOWN = Standing(
    Text("一项后台工作停住了", "A piece of background work stands still"),
    Text("请告知系统管理员", "Tell the administrator"),
)
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


class Told(NamedTuple):
    """One thing that is set aside, as the page tells it."""

    what: str
    todo: str
    cause: str
    line: stuck.Stuck


@requires("stuck")
def page(request: HttpRequest) -> HttpResponse:
    """Each thing that is set aside: what stands still, since when, what to do; and why, for the administrator."""
    lines = [told(line) for line in stuck.all_stuck()]
    admin = world(request).actor.may("keep")
    return render(request, "faces/work/stuck.html", {"lines": lines, "admin": admin})


def told(line: stuck.Stuck) -> Told:
    """What is set aside, in the reader's language; a loop may have parts (`suggestions.words`)."""
    found = LOOPS.get(line.loop.partition(".")[0], UNKNOWN)
    return Told(say(found.what), say(found.todo), say(CAUSES.get(line.reason.partition(":")[0], OTHER)), line)
