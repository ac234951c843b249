"""The administrative backbone: city, district or county, street or town.

Areas are known by how a name ends (省, 市, 区, 县), above all by the masked codes that stand where names were taken out
of published texts (A市, A3区, K县). A street is known by how it ends too: 街道, 办事处, 镇, 乡.
A code before 路 or 大道, or right behind another district, is part of a name and no area.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from bihuan.insight.places.words import AREA, CODE, LINE, OFFICE

ROAD_TAIL = r"(?:[东西南北中]?(?:路(?!口)|街(?!道)|巷|大道))"
MASKED = re.compile(
    rf"(?P<code>(?<![A-Za-z0-9])[A-Z]\d{{0,2}}(?:市|区|县))(?:市(?![场民政区容长内里委]))?(?!{ROAD_TAIL})"
    r"|(?<=[\u4e00-\u9fff]{2})(?<![外全我本该各][\u4e00-\u9fff])(?<![节反能够以可])省(?![心电钱力级委厅内府直事得着])"
)
OFFICE_END = re.compile(r"街道|办事处|镇|乡")
HAN_TAIL = re.compile(r"[\u4e00-\u9fff]{2,6}$")
LEAD = re.compile(r"^.*(?:投诉|反映|举报|咨询|建议|希望|请求|恳请|关于|位于|居住在|在|对|请|到|是|盼|及|和|与|从)")
NO_OFFICE = re.compile(
    r"^(?:各|某|该|本|全|我|这|那|哪|多|小|古|城|集|重|村|每|几|个|的|两|下|回|家|老|故|水)|[各的小古城村家老故水]$"
)
LONGEST, SHORTEST = 5, 2  # characters before 镇, 乡, 街道


CONNECTED = re.compile(
    r"(?:[到至和与及、，。,在由从往向对给让请于于为是把将被比距离跨沿入出来去经，！？；：（）()《》“”\s]|附近|位于|以及|属于)$"
)


class AreaMention(NamedTuple):
    """One area or street found: its offsets in the joined text and its level."""

    start: int
    end: int
    name_end: int
    level: str  # province | city | district | street
    inner: bool = False  # behind a word that is no connective, so it may be part of a name


def find_areas(joined: str) -> list[AreaMention]:
    """Areas of a text that may hold many lines, in order; see the module for the rule.

    Source: docs/topics/places.md, "How it decides" (2).
    """
    found: list[AreaMention] = []
    for match in MASKED.finditer(joined):
        code = match["code"]
        level = "province" if code is None else "city" if code[-1] == "市" and len(code) == 2 else "district"
        start, end = match.span()
        before = found[-1] if found else None
        if code is None:  # a province: the pattern matches its last character
            start -= 2
            if before and before.end > start:
                continue
        second = level == "district" and before and before.end == start and before.level == "district"
        inner = bool(code and before and before.end < start and _one_line(joined, before.end, start))
        inner = bool(second or (inner and not CONNECTED.search(joined, max(start - 2, 0), start)))
        found.append(AreaMention(start, end, match.end("code") if code else end, level, inner))
    return found


def _one_line(joined: str, start: int, end: int) -> bool:
    return joined.find(LINE, start, end) < 0


def hide_areas(joined: str, found: list[AreaMention], mark: str) -> str:
    """The text with each area replaced by as many marks, so that offsets stay and no word crosses a border."""
    parts: list[str] = []
    at = 0
    for area in found:
        parts += (joined[at : area.start], (CODE if area.inner else mark) * (area.end - area.start))
        at = area.end
    parts.append(joined[at:])
    return "".join(parts)


def find_offices(hidden: str) -> list[AreaMention]:
    """Streets and towns of a text whose areas are hidden, in order.

    Source: docs/topics/places.md, "How it decides" (2): 街道, 镇, 乡 by how they end.
    """
    found: list[AreaMention] = []
    at = 0
    for match in OFFICE_END.finditer(hidden):
        if match.start() < at:
            continue
        start = _name_start(hidden, at, match.start())
        if start < 0:
            continue
        end = match.end()
        behind = hidden.startswith(("办事处", "党工委"), end)
        found.append(AreaMention(start, end + 3 * behind, end, "street"))
        at = found[-1].end
    return found


def _name_start(hidden: str, least: int, end: int) -> int:
    """Where the name before an ending begins, not before `least`; -1 when what stands there is no name."""
    line = max(hidden.rfind(LINE, 0, end), end - LONGEST - 1)
    tail = HAN_TAIL.search(hidden, max(line + 1, least), end)
    if tail is None:
        return -1
    behind_area = hidden[tail.start() - 1 : tail.start()] == AREA
    name = tail.group() if behind_area and len(tail.group()) <= LONGEST else LEAD.sub("", tail.group())
    start = end - len(name)
    closed = len(name) < len(tail.group()) or start == 0 or not "\u4e00" <= hidden[start - 1] <= "\u9fff"
    if not closed and len(name) > SHORTEST + 1 and hidden[start - 1] != AREA:
        return -1
    return -1 if not SHORTEST <= len(name) <= LONGEST or NO_OFFICE.search(name) else start


def hide_all(joined: str) -> tuple[str, list[AreaMention], list[AreaMention]]:
    """Hide areas, then streets; returns the hidden text and both lists.

    Source: docs/topics/places.md, "How it decides" (2).
    """
    found = find_areas(joined)
    hidden = hide_areas(joined, found, AREA)
    streets = find_offices(hidden)
    return (hide_areas(hidden, streets, OFFICE) if streets else hidden), found, streets
