"""What triage answers about one report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class TriageAnswer(NamedTuple):
    """One report's answer; a person may always overrule it.

    Args:
        category: The best guess, also when it is not decided.
        confidence: Its calibrated probability, 0 to 1.
        decided: Whether the confidence reaches the threshold that held the stated accuracy on unseen reports.
        top3: The three likeliest categories with their probabilities, likeliest first (fewer when there are fewer).
        words: Words of the text that speak for the category, strongest first.
        urgency: 1 = danger to life, or an outage of water, power, gas or heat; 2 = the rest.
        urgency_words: The words behind urgency 1.
    """

    category: str
    confidence: float
    decided: bool
    top3: tuple[tuple[str, float], ...]
    words: tuple[str, ...]
    urgency: int
    urgency_words: tuple[str, ...]


class Triage(Protocol):
    """What the learnt model and the cold start both offer."""

    @property
    def id(self) -> str:
        """Content hash of the model, or of the keyword table."""
        ...

    def predict(self, texts: Sequence[str], *, explain: bool = True) -> list[TriageAnswer]:
        """One suggestion per text, in order, also for empty ones; without `explain` `words` stay empty (faster)."""
        ...
