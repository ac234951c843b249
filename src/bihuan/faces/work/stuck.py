"""What a loop or list could not handle and has set aside: red until it is mended.

People read what stands still, since when and what to do; the technical reason is for whoever runs the system.
"""

from __future__ import annotations

from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from bihuan.extend import ASIDE, SetAside
from bihuan.faces.parts.language import say
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop import stuck

UNKNOWN = SetAside(
    "",
    "一项后台工作停住了",
    "A piece of background work stands still",
    "请告知系统管理员",
    "Tell the administrator",
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


class ToldStuck(NamedTuple):
    """One thing that is set aside, as the page tells it."""

    what: str
    todo: str
    cause: str
    line: stuck.Stuck


@requires("stuck")
def page(request: HttpRequest) -> HttpResponse:
    """Each thing that is set aside: what stands still, since when, what to do; and why, for the administrator.

    Source: docs/topics/kernel.md, "The store" (`/desk/stuck/` tells it in plain words)
    """
    lines = [told(line) for line in stuck.all_stuck()]
    admin = world(request).actor.may("keep")
    return render(request, "faces/work/stuck.html", {"lines": lines, "admin": admin})


def told(line: stuck.Stuck) -> ToldStuck:
    """What is set aside, in the reader's language; a loop may have parts (`suggestions.words`).

    Source: docs/topics/kernel.md, "The store" (`/desk/stuck/` tells it in plain words)
    """
    name = line.loop.partition(".")[0]
    found = next((each for each in ASIDE.all() if each.name == name), UNKNOWN)
    what, todo = say((found.zh, found.en)), say((found.todo_zh, found.todo_en))
    return ToldStuck(what, todo, say(CAUSES.get(line.reason.partition(":")[0], OTHER)), line)
