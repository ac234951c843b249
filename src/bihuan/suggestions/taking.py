"""A person answers: which command it takes, and a plain no. And what would be suggested for words not yet a case."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Actor, Case, Data
from bihuan.suggestions import answers
from bihuan.suggestions.drafts import Kind, PersonsAnswer, SeenCase, SuggestionDraft
from bihuan.suggestions.judging import SET_BY_CLASSIFYING
from bihuan.suggestions.models import Suggestion


def classification_data(case: Case, kind: str = "", value: str = "") -> Data:
    """Return the data of the `classify` command that takes suggestions of a case; empty when there is nothing to take.

    Args:
        kind: One question; empty for every question whose method has decided.
        value: The value picked; empty for the suggested one. Only an offered value is taken.

    Source: docs/topics/suggestions.md, "Keys" (Enter takes what is decided).
    """
    rows = Suggestion.objects.filter(case_id=case.id, answer__isnull=True, kind__in=sorted(SET_BY_CLASSIFYING))
    if not kind:
        return {row.kind: row.value for row in rows if row.decided}
    row = next((row for row in rows if row.kind == kind), None)
    if row is None or not _offered(row, value):
        return {}
    return {row.kind: value or row.value}


def refuse_suggestion(case: Case, kind: str, actor: Actor, at: datetime) -> bool:
    """Nothing of the kind: the suggestion is overruled, the case stays as it is. False when it was answered before.

    Source: docs/topics/suggestions.md, "Answers" (overruled).
    """
    return kind in set(Kind) and answers.record_answer(UUID(str(case.id)), kind, PersonsAnswer.OVERRULED, actor.id, at)


def suggest_for_words(programme: str, kind: str, text: str, address: str, facts: LoopFacts) -> list[SuggestionDraft]:
    """Category, urgency, area and place for words that are not a case yet. Nothing is stored.

    Source: docs/topics/suggestions.md, "Keys" (hints while a call is entered; nothing is kept).
    """
    from bihuan.suggestions.methods import words_method  # arrays and models: loaded where they predict

    nobody = UUID(int=0)
    seen = SeenCase(
        nobody, programme, kind, "received", None, None, "general", None, None, facts.now, 0, "", text, address
    )
    (drafts,) = words_method(facts)([seen])
    return [draft for draft in drafts if draft.kind in _WHILE_TYPING]


_WHILE_TYPING = frozenset({Kind.CATEGORY, Kind.AREA})


def _offered(row: Suggestion, value: str) -> bool:
    offered: Iterable[str] = (choice["value"] for choice in row.alternatives)
    return not value or value == row.value or value in offered
