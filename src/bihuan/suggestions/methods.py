"""The methods in force in this process: made once, made anew when registers, model or known places have changed."""

from __future__ import annotations

import threading
import time
from functools import lru_cache
from typing import NamedTuple

from bihuan.insight.places import Locator
from bihuan.insight.registry import Registry, RegistryError
from bihuan.insight.triage import Model, Triage
from bihuan.loop.facts import LoopFacts
from bihuan.server.keeping import Rows
from bihuan.server.log_lines import log
from bihuan.suggestions import gazetteer, returns
from bihuan.suggestions.wording import WordsMethod

CHECK_SECONDS = 5.0  # for which model and places are taken as unchanged
RETURNS_SECONDS = 600.0  # for which the experience with returns is


class _Known(NamedTuple):
    checked: float
    counted: float
    stamp: tuple[str, ...]
    words: WordsMethod


_lock = threading.Lock()
_known: dict[str, _Known] = {}


def words_method(facts: LoopFacts) -> WordsMethod:
    """Return the method of the task `words` for a district, shared by the threads of this process.

    Source: docs/topics/triage.md, "The life of a model".
    """
    district = facts.registers.district.code
    with _lock:
        known = _known.get(district)
        if known is None or time.monotonic() - known.checked > CHECK_SECONDS:
            _known[district] = known = _checked(known, facts)
        known.words.facts = facts
        return known.words


def forget_methods() -> None:
    """Make everything anew at the next call (after a promotion here, and in tests)."""
    with _lock:
        _known.clear()
    _model.cache_clear()


def promoted() -> Triage | None:
    """Return the triage model that is in force; None before the first training, or when it cannot be read (logged).

    Source: docs/topics/triage.md, "The life of a model".
    """
    registry = Registry(Rows("models"), "triage")
    current = registry.current()
    return _model(registry, current) if current else None


@lru_cache(maxsize=2)
def _model(registry: Registry, name: str) -> Triage | None:
    try:
        return Model.from_bytes(registry.read(name), where=f"{registry.shelf}: {name}")
    except (RegistryError, ValueError, OSError) as error:
        log("model_unusable", model=name, error=type(error).__name__)
        return None


def _checked(known: _Known | None, facts: LoopFacts) -> _Known:
    now = time.monotonic()
    model = promoted()
    stamp = (facts.registers.version, getattr(model, "id", ""), gazetteer.list_stamp())
    if known is not None and known.stamp == stamp and now - known.counted < RETURNS_SECONDS:
        return known._replace(checked=now)
    taken = returns.returns_prior(facts.registers.district.code, facts.now)
    if known is not None and known.stamp == stamp:
        known.words.prior = taken
        return _Known(now, now, stamp, known.words)
    places = gazetteer.known_places(facts.registers.areas)
    words = WordsMethod(facts, model, Locator(places or None), gazetteer.names_of(facts.registers.areas), taken)
    return _Known(now, now, stamp, words)
