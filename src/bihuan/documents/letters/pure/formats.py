"""How a fact of a type reads in a letter: a closed catalogue of formats, each in Chinese and English.

A value that a format does not fit raises nothing: facts are checked by their field type before (`facts`).
Source: docs/topics/letters.md, "Formats".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿", "亿亿")

type Format = Callable[[Any, str, ZoneInfo], str]
"""Takes the value, the language (`zh` or `en`) and the district's zone."""


class Formats(NamedTuple):
    """The formats of a type; the first is taken when none is named."""

    usual: str
    known: Mapping[str, Format]


def long_day(value: Any, language: str) -> str:
    """Return a day as letters write it: 2026年11月30日, 30 November 2026. Source: GB/T 15835—2011; ISO 8601-1."""
    day = date.fromisoformat(str(value)[:10])
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def capital_amount(amount: str) -> str:
    """Return yuan and fen in the capitals of bank papers: 壹仟零伍拾元整.

    Source: 支付结算办法附件一（正确填写票据和结算凭证的基本规定）; GB/T 15835—2011.
    """
    whole, _, cents = amount.removeprefix("-").partition(".")
    jiao, fen = int(cents[:1] or 0), int(cents[1:2] or 0)
    yuan = _capital_whole(int(whole))
    small = (_DIGITS[jiao] + "角" if jiao else "零" if fen and yuan else "") + (_DIGITS[fen] + "分" if fen else "")
    said = (yuan + "元" if yuan else "") + small or "零元"
    return ("负" if amount.startswith("-") else "") + said + ("" if fen else "整")


def _capital_whole(number: int) -> str:
    groups: list[int] = []
    while number:
        number, rest = divmod(number, 10_000)
        groups.append(rest)
    said = ""
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            continue
        if said and (group < 1_000 or groups[place + 1] == 0):
            said += "零"
        said += _capital_group(group) + _GROUPS[place]
    return said


def _capital_group(group: int) -> str:
    said, gap = "", False
    for place in (3, 2, 1, 0):
        digit = group // 10**place % 10
        if not digit:
            gap = bool(said)
            continue
        said += ("零" if gap else "") + _DIGITS[digit] + _PLACES[place]
        gap = False
    return said


def _long(value: Any, language: str, _zone: ZoneInfo) -> str:
    return long_day(value, language)


def _plain(value: Any, _language: str, _zone: ZoneInfo) -> str:
    return str(value)


def _long_instant(value: Any, language: str, zone: ZoneInfo) -> str:
    at = datetime.fromisoformat(str(value)).astimezone(zone)
    return f"{long_day(at.date(), language)}{'' if language == 'zh' else ', '}{at:%H:%M}"


def _instant_day(value: Any, language: str, zone: ZoneInfo) -> str:
    return long_day(datetime.fromisoformat(str(value)).astimezone(zone).date(), language)


def _money(value: Any, language: str, _zone: ZoneInfo) -> str:
    whole, _, cents = str(value).partition(".")
    said = f"{int(whole):,}.{cents}"
    if whole.startswith("-") and not said.startswith("-"):
        said = "-" + said
    return f"{said}元" if language == "zh" else f"CNY {said}"


def _capitals(value: Any, language: str, zone: ZoneInfo) -> str:
    return f"人民币{capital_amount(str(value))}" if language == "zh" else _money(value, language, zone)


def _grouped(value: Any, _language: str, _zone: ZoneInfo) -> str:
    whole, dot, rest = str(value).partition(".")
    sign = "-" if whole.startswith("-") else ""
    return f"{sign}{int(whole.lstrip('-') or 0):,}{dot}{rest}"


def _yes_no(value: Any, language: str, _zone: ZoneInfo) -> str:
    return ("是" if value else "否") if language == "zh" else ("yes" if value else "no")


def _formats(usual: str, **known: Format) -> Formats:
    return Formats(usual, MappingProxyType(known))


PLAIN = _formats("plain", plain=_plain)
_NUMBER = _formats("plain", plain=_plain, grouped=_grouped)
FORMATS: Mapping[str, Formats] = MappingProxyType({
    "date": _formats("long", long=_long, plain=_plain),
    "instant": _formats("long", long=_long_instant, day=_instant_day, plain=_plain),
    "money": _formats("grouped", grouped=_money, capitals=_capitals, plain=_plain),
    "decimal": _NUMBER,
    "number": _NUMBER,
    "count": _NUMBER,
    "yes_no": _formats("words", words=_yes_no),
})  # fmt: skip


def formats_of(type_name: str) -> Formats:
    """Return the formats of a field type; every type can be written plainly."""
    return FORMATS.get(type_name, PLAIN)
