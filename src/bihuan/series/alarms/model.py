"""What a fold sees and gives."""

from __future__ import annotations

from typing import Any, NamedTuple

type State = dict[str, Any]
"""JSON of whole numbers, texts and lists; equal states go on alike."""


class SeenValue(NamedTuple):
    """A value that takes part: its instant (microseconds since 1970) and whole number of the last digit."""

    at: int
    value: int


class Incident(NamedTuple):
    """From the first value that spoke for it to the last that closed it.

    Args:
        opened: Instant, which with rule and line is its name.
        closed: Instant; None while it lasts.
        peak: The value farthest out; None for silence.
        values: How many values spoke for it.
        cited: Where its limit came from.
    """

    opened: int
    closed: int | None
    peak: int | None
    values: int
    cited: str = ""


class LimitSpan(NamedTuple):
    """A limit in force at first ≤ instant < end (microseconds since 1970), in the last digit of the series."""

    first: int
    end: int
    value: int
    cited: str = ""
