"""Notices on pages: deliveries as lines of a case's story, and what waits in a unit's workspace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from bihuan.extend import PORTS
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.story import StoryEntry
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Actor, Text
from bihuan.loop.store import visible_to
from bihuan.notices import rules, timeline
from bihuan.notices.models import Notice

SHOWN = 20
MOST_UNSEEN = 99
WAYS = {
    "webhook": Text("推送接口", "webhook"),
    "contact": Text("联系方式", "contact"),
    "in_app": Text("工作台", "workspace"),
}
STATUSES = {
    "delivered": Text("已送达", "delivered"),
    "sent": Text("已发出", "sent"),
    "failed": Text("未送达，将重试", "not taken, will be tried again"),
    "gave_up": Text("多次未送达，已停止", "given up after several attempts"),
    "no_address": Text("没有可用的联系方式", "no address to send to"),
    "seen": Text("已阅", "seen"),
    "unseen": Text("未阅", "not yet seen"),
}
TITLE = Text("通知", "Notices")
MARK = Text("全部标为已阅", "Mark all as seen")
OPEN = Text("查看", "Open")
OVER = Text("已无须办理", "nothing more to do")
BAD = frozenset({"failed", "gave_up", "no_address"})


class NoticeLine(NamedTuple):
    """One notice in a workspace: `number` of its case, empty for what is told without one; `over`: it asks for nothing
    any more.
    """

    id: UUID
    number: str
    text: str
    at: datetime
    seen: bool
    url: str
    over: bool


class NoticeBox(NamedTuple):
    """The notices of a person's units, with the words around them."""

    title: str
    mark: str
    open: str
    over: str
    unseen: int | str
    lines: list[NoticeLine]


def ways() -> dict[str, Text]:
    """Return what each way of a notice is called: the ports, and what is no message to a person.

    Source: docs/adr/0236 (ways of a notice come through the one door)
    """
    return WAYS | {port.name: Text(port.zh, port.en) for port in PORTS.all()}


def entries(case_id: UUID) -> list[StoryEntry]:
    """Return the deliveries about a case as entries of its timeline. Source: docs/topics/notices.md."""
    return [_entry(told) for told in timeline.deliveries_of_case(case_id)]


def box(here: World) -> NoticeBox:
    """Return the newest notices of a person about cases that this person may see and what is told without a case.

    Source: docs/topics/notices.md.
    """
    found = notices_of(here)
    lines = [line_of(notice) for notice in timeline.merged_notices(found, 0, SHOWN)]
    unseen = sum(not line.seen for line in lines)
    if unseen == SHOWN:  # unseen ones come first, so there may be more of them
        unseen = sum(len(_unseen(each).order_by().values_list("pk")[: MOST_UNSEEN + 1]) for each in found)
    shown: int | str = f"{MOST_UNSEEN}+" if unseen > MOST_UNSEEN else unseen
    return NoticeBox(say(TITLE), say(MARK), say(OPEN), say(OVER), shown, lines)


def mark_seen(here: World, ids: list[UUID]) -> int:
    """Mark notices of this person as seen; those of others are left alone. Source: docs/topics/notices.md."""
    return sum(timeline.mark_seen(each, ids, here.now) for each in notices_of(here))


def notices_of(here: World) -> list[QuerySet[Notice]]:
    """Return the workspace notices of a person: about cases, and without one.

    Source: docs/topics/notices.md, "Without a case".
    """
    return timeline.notices_for(reader_of(here), visible_to(here.actor))


def reader_of(here: World) -> timeline.NoticeReader:
    """Return as whom a person reads notices: for units, in roles (of some programmes only where the grant says so).

    Source: docs/adr/0234 (a role is narrowed by the scope of its grant).
    """
    units = sorted({*here.actor.units, here.actor.unit or ""} - {""})
    return timeline.NoticeReader(units, here.actor.id.removeprefix("user:"), _roles(here.actor))


def _roles(actor: Actor) -> dict[str, list[str] | None]:
    found: dict[str, list[str] | None] = {}
    for role in actor.roles:
        scopes = [each.partition(":") for each in actor.limits.get(role, ())]
        within = [key for kind, _, key in scopes if kind == "programme"]
        found[role] = within if scopes and len(within) == len(scopes) else None
    return found


def _unseen(found: QuerySet[Notice]) -> QuerySet[Notice]:
    return found.filter(seen_at__isnull=True, over_at__isnull=True)


def _entry(told: timeline.ToldNotice) -> StoryEntry:
    what = _subject(told.kind, "")
    port, status = (
        say(table[key]) if key in table else key for table, key in ((ways(), told.port), (STATUSES, told.status))
    )
    text = f"通知“{what}”：{port}，{status}" if language() == "zh" else f"Notice “{what}”: {port}, {status}"
    return StoryEntry(0, "notice", told.at, text, "bad" if told.status in BAD else "", "", (), erased=False)


def line_of(notice: Notice) -> NoticeLine:
    """Return a notice as a line of a workspace. Source: docs/topics/notices.md."""
    about_case = notice.source == "case"
    url = reverse("case", args=[notice.number]) if about_case else reverse("notice", args=[notice.pk])
    over = notice.over_at is not None
    text = _subject(notice.kind, notice.number, notice.facts)
    return NoticeLine(notice.id, notice.number, text, notice.created_at, bool(notice.seen_at) or over, url, over)


def _subject(kind: str, number: str, facts: Mapping[str, Any] | None = None) -> str:
    """The subject of a notice; without a number, only what it is about. A kind no longer declared keeps its code."""
    if kind not in rules.notice_book().kinds:
        return f"{kind} {number}".strip()
    blank = dict.fromkeys(("state", "due", "clock", "url"), "")
    said = {"say": "", "name": "", **(facts or {}), **blank, "number": number}
    return rules.fill_words(kind, language(), said).subject.strip("：: ")
