"""Notices on pages: deliveries as lines of a case's story, and what waits in a unit's workspace."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from bihuan.extend import PORTS
from bihuan.faces.parts.language import language, say
from bihuan.faces.parts.story import StoryEntry
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Text
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
BAD = frozenset({"failed", "gave_up", "no_address"})


class NoticeLine(NamedTuple):
    """One notice in a workspace."""

    id: UUID
    number: str
    text: str
    at: datetime
    seen: bool


class NoticeBox(NamedTuple):
    """The notices of a person's units, with the words around them."""

    title: str
    mark: str
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
    """Return the newest notices of a person's units about cases that this person may see, unseen first.

    Source: docs/topics/notices.md.
    """
    found = _mine(here)
    lines = [_line(notice) for notice in found[:SHOWN]]
    unseen = sum(not line.seen for line in lines)
    if unseen == SHOWN:  # unseen ones come first, so there may be more of them
        unseen = len(found.filter(seen_at__isnull=True).order_by().values_list("pk")[: MOST_UNSEEN + 1])
    return NoticeBox(say(TITLE), say(MARK), f"{MOST_UNSEEN}+" if unseen > MOST_UNSEEN else unseen, lines)


def mark_seen(here: World, ids: list[UUID]) -> int:
    """Mark notices of this person's units as seen; those of others are left alone. Source: docs/topics/notices.md."""
    return timeline.mark_seen(_mine(here), ids, here.now)


def _mine(here: World) -> QuerySet[Notice]:
    units = sorted({*here.actor.units, here.actor.unit or ""} - {""})
    return timeline.notices_of_units(units, visible_to(here.actor))


def _entry(told: timeline.ToldNotice) -> StoryEntry:
    what = _subject(told.kind, "")
    port, status = (
        say(table[key]) if key in table else key for table, key in ((ways(), told.port), (STATUSES, told.status))
    )
    text = f"通知“{what}”：{port}，{status}" if language() == "zh" else f"Notice “{what}”: {port}, {status}"
    return StoryEntry(0, "notice", told.at, text, "bad" if told.status in BAD else "", "", (), erased=False)


def _line(notice: Notice) -> NoticeLine:
    return NoticeLine(
        notice.id, notice.number, _subject(notice.kind, notice.number), notice.created_at, bool(notice.seen_at)
    )


def _subject(kind: str, number: str) -> str:
    """The subject of a notice; without a number, only what it is about. A kind no longer declared keeps its code."""
    if kind not in rules.notice_book().kinds:
        return f"{kind} {number}".strip()
    blank = dict.fromkeys(("state", "due", "clock", "url"), "")
    return rules.fill_words(kind, language(), {**blank, "number": number}).subject.strip("：: ")
