"""The methods in force in this process: made once, made anew when registers, model or confirmed places have changed."""

from __future__ import annotations

import threading
import time

from bihuan.insight.triage import Triage
from bihuan.loop.facts import LoopFacts
from bihuan.suggestions.wording import Words

CHECK_SECONDS = 5.0  # for which a model is taken as the promoted one without looking

_lock = threading.Lock()
_known: dict[str, tuple[float, tuple[str, str], Words]] = {}


def words_method(facts: LoopFacts) -> Words:
    """The method of the task `words` for a district, shared by the threads of this process."""
    district, now = facts.registers.district.code, time.monotonic()
    with _lock:
        known = _known.get(district)
        if known is None or now - known[0] > CHECK_SECONDS:
            model = promoted()
            stamp = (facts.registers.version, model.id if model else "")
            fresh = known[2] if known and known[1] == stamp else Words(facts, model)
            _known[district] = known = (now, stamp, fresh)
        known[2].facts = facts
        return known[2]


def forget() -> None:
    """Make everything anew at the next call (after a promotion here, and in tests)."""
    with _lock:
        _known.clear()


def promoted() -> Triage | None:
    """The triage model that is in force, or None before the first training."""
    return None
