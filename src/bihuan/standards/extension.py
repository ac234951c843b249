"""What the standards add to the house: methods on captured bytes; servers where they are configured."""

from __future__ import annotations

from typing import Any

from bihuan.extend import MethodPoint


def methods() -> tuple[MethodPoint, ...]:
    """What is read from captures."""
    return (MethodPoint("hj212", _hj212),)


def _hj212() -> Any:
    from bihuan.standards.hj212.calc_hj212 import METHOD

    return METHOD
