"""The administrative backbone: province, city, district or county, street or town.

Names come from a suffix grammar (a name ends in 省, 市, 区, 县 …, a street in 街道, 镇, 乡 or 办事处, as GB/T 2260 and
GB/T 10114 form them) and from masked codes such as A市 or A3区, which stand where names were taken out of published texts.
A code that is followed by 路 or 大道 is part of a road's name, not an area.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ROAD_TAIL = r"(?:[东西南北中]?(?:一|二|三|四|五|六)?(?:路|街(?!道)|巷|大道))"
MASKED = re.compile(rf"(?P<code>[A-Z]\d{{0,2}}(?:市|区|县))(?P<extra>市(?!场|民|政|区|容|长|内|里|委))?(?!{ROAD_TAIL})")
STREET = re.compile(
    r"(?P<name>(?:[A-Z]\d{0,2}[市区县])?[\u4e00-\u9fff]{2,4}?"
    r"(?:街道(?=办事处|办|[^\u4e00-\u9fff]|[\u4e00-\u9fff])|街?办事处|镇|乡))"
)
NOT_STREET = re.compile(
    r"^(?:乡镇|城镇|村镇|集镇|小镇|古镇|重镇|下乡|家乡|城乡|回乡|老乡|故乡|水乡|各|某|该|本|全|一|两|这|那|哪)"
)


class Backbone(NamedTuple):
    """What a text says about its area: the names and where the street ends (0 without one)."""

    admin: str
    street: str
    after: int


def backbone(text: str) -> Backbone:
    """The most specific administrative area and the street named in a folded text.

    Args:
        text: One folded text.

    Returns:
        '' for what is not named. Of several areas of one level the first counts.
    """
    city = district = ""
    after = 0
    for found in MASKED.finditer(text):
        code = found["code"]
        if code[-1] == "市" and not code[1].isdigit():
            city = city or code
        else:
            district = district or code
        after = after or found.end()
    return Backbone(district or city, "", after)
