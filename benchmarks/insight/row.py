"""One line of the table that `make bench-insight` prints."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """What was measured, ours beside each named peer in the same run, against its target.

    Args:
        task: For example `duplicates`.
        metric: For example `parent top-1, last 40 % of days`.
        ours: The figure.
        peers: Name → figure; None where a peer cannot do it.
        target: As written in the targets, with its sign: `≥ .75`.
        passed: None where there is no target.
        note: Split, size, what was tried where the target is missed.
    """

    task: str
    metric: str
    ours: float
    peers: dict[str, float | None]
    target: str
    passed: bool | None
    note: str
