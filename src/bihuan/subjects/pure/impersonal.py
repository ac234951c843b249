"""Whether a text names a person: a citizen's number with its check character, or a mobile number. Pure.

Types that stand in a model of the city take neither: what is built is no place for who lives there.
Source: GB 11643-1999 (check character); 个人信息保护法 第二十八条; docs/adr/0356-city-models.md.
"""

from __future__ import annotations

import re

from bihuan.declare.fieldtype import Words, Wrong

PERSONAL_TYPES = frozenset({"citizen_id", "person", "plate", "signature", "photo"})
"""Field types that always say something of a person."""
NAMES_A_PERSON = Wrong(
    Words("含有身份证号或手机号", "holds a citizen's number or a mobile number"),
    Words("几何对象不得带有个人信息，请删去", "What is built says nothing of a person: take it out"),
)
_CITIZEN = re.compile(r"(?<!\d)[1-9]\d{16}[\dXx](?![\dXx])")
_MOBILE = re.compile(r"(?<!\d)(?:\+?86[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def names_a_person(text: str) -> bool:
    """Return whether a text holds a citizen's number or a mobile number. Source: GB 11643-1999; YD/T 1131."""
    return _MOBILE.search(text) is not None or any(_is_citizen(each) for each in _CITIZEN.findall(text))


def _is_citizen(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECKS[total % 11] == number[-1].upper()
