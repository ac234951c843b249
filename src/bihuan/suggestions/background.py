"""The endless work of suggestions, as the worker calls it: loops that do not wait for each other."""

from __future__ import annotations

from functools import lru_cache

from bihuan.loop.store import current_facts
from bihuan.registers.models import District
from bihuan.suggestions import answers, gazetteer, monthly, work
from bihuan.suggestions.drafts import Task
from bihuan.suggestions.methods import words_method
from bihuan.suggestions.parents import Parents


def suggest_words() -> int:
    """Suggest category, urgency, place and unit for one batch; returns how many cases no longer wait.

    Source: docs/topics/suggestions.md, "How it runs"; docs/adr/0190.
    """
    if not District.objects.exists():
        return 0
    facts = current_facts()
    _warm(facts.registers.district.code)
    return work.run_batch(Task.WORDS, lambda seen: words_method(facts)(seen), facts.registers.district.code)


def suggest_parents() -> int:
    """Suggest cases that a report may belong to, for one batch; returns how many cases no longer wait.

    Source: docs/topics/suggestions.md, "How it runs"; docs/adr/0190.
    """
    if not District.objects.exists():
        return 0
    facts = current_facts()
    method = _window(facts.registers.district.code)
    method.ready()
    return work.run_batch(Task.PARENT, method, facts.registers.district.code)


def record_answers() -> int:
    """Read from the events what people made of suggestions; returns how many were looked at.

    Source: docs/topics/suggestions.md, "Answers".
    """
    if not District.objects.exists():
        return 0
    current_facts()  # names the district to this connection
    return answers.answer_moved_cases()


def count_months() -> int:
    """Count the months in which something was suggested or answered; never asks to be called again at once."""
    if District.objects.exists():
        monthly.count_changed(current_facts().registers)
    return 0


def forget_window() -> None:
    """Let the next batch rebuild the window (tests, and after an import)."""
    _window.cache_clear()
    _warm.cache_clear()


def learn_decided_places() -> int:
    """Keep the names of places that decided cases have taught; never asks to be called again at once.

    Source: docs/topics/suggestions.md, "Places that decisions teach".
    """
    if District.objects.exists():
        gazetteer.learn_names(current_facts().registers.areas)
    return 0


@lru_cache(maxsize=1)
def _warm(_district: str) -> None:
    """Read tables and models at the worker's start, not in the time of the first report."""
    words_method(current_facts()).warm()


@lru_cache(maxsize=1)
def _window(_district: str) -> Parents:
    return Parents()
