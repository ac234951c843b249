"""What can stand in an event: JSON that every reader keeps exactly."""

from collections.abc import Iterable
from typing import Any

LARGEST = 2**53 - 1  # the largest integer that every JSON reader keeps exactly (RFC 7493, 2.2)
DEEPEST = 8


def exact(value: Any, depth: int = 0) -> str | None:
    """Why a value cannot stand in an event, in English; None when it can: JSON without floats, U+0000, surrogates.

    Source: RFC 7493 (I-JSON); docs/adr/0001 (no floats in events)
    """
    if isinstance(value, str):
        return inexact_text(value)
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int):
        return None if -LARGEST <= value <= LARGEST else "an integer beyond 2^53"
    if depth >= DEEPEST:
        return "nested too deeply"
    if isinstance(value, list):
        return _first_inexact(value, depth)
    if isinstance(value, dict):
        if not all(map(_is_text, value)):
            return exact(0.0)
        return _first_inexact(value, depth) or _first_inexact(value.values(), depth)
    return "a decimal number" if isinstance(value, float) else "not a JSON value"


def _first_inexact(items: Iterable[Any], depth: int) -> str | None:
    for item in items:
        if type(item) is str and item.isascii() and "\x00" not in item:
            continue  # most of what is ever said here
        why = exact(item, depth + 1)
        if why is not None:
            return why
    return None


def _is_text(key: object) -> bool:
    return isinstance(key, str)


def inexact_text(value: str) -> str | None:
    """Why a text cannot be kept, in English; None when it can. A lone surrogate is the only text UTF-8 refuses.

    Source: RFC 3629 §3 (no surrogates in UTF-8); RFC 7493 §2.1.
    """
    if "\x00" in value:
        return "U+0000 in a text"
    if value.isascii():
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return "a lone surrogate in a text"
    return None
