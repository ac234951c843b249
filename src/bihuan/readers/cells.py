"""One step that makes plain cells of what formats give: text, whole numbers, decimals, dates, or nothing. Pure.

Bytes are UTF-8 text or refused, lists and objects become their JSON, NaN is nothing, nanoseconds become microseconds.
"""

import datetime as dt
import json
import math
from typing import Any

PLAIN = (str, int, bool, dt.datetime, dt.date, type(None))


def plain_cell(cell: Any) -> Any:
    """One cell as a plain value.

    Raises:
        UnicodeDecodeError: bytes that are no UTF-8 text.

    Source: docs/adr/0060 (1).
    """
    if type(cell) in PLAIN:
        return cell
    if isinstance(cell, float):
        return None if math.isnan(cell) else cell
    if isinstance(cell, bytes | bytearray | memoryview):
        return bytes(cell).decode("utf-8")
    if isinstance(cell, list | dict | tuple):
        return json.dumps(cell, ensure_ascii=False, default=_inside)
    if isinstance(cell, dt.time | dt.timedelta):
        return str(cell)
    return cell


def _inside(value: Any) -> Any:
    plain = plain_cell(value)
    return str(plain) if plain is value else plain
