"""Names by how they end."""

from __future__ import annotations

import re

NAME = re.compile(
    r"(?P<name>[\u4e00-\u9fffA-Za-z0-9]{1,10}?(?:小区|花园|广场|大厦|公寓|家园|公司|学校|幼儿园|小学|中学|医院|社区|地铁站|路|街|大道|巷|村|城|苑|府))"
)


def first(text: str, after: int) -> tuple[str, tuple[int, int]] | None:
    """The first name behind `after` that ends as a place's name does."""
    found = NAME.search(text, after)
    return ("estate", found.span("name")) if found else None
