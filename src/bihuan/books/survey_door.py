"""The door `books.survey`: what a form says of an event goes to the answers about it, once for each pass."""

from __future__ import annotations

from collections.abc import Sequence

from bihuan.books.catalogue import book_with_survey
from bihuan.loop.programmes import folder_of

NAME, CODE, ANSWER = "books.survey", "code", "answer."
TAKES = (CODE, ANSWER)


def wrong_of(programme: str, kind: str, values: tuple[str, ...], _anybody: bool) -> Sequence[tuple[str, str]]:
    """What a form cannot hand through, each with a remedy. Source: docs/adr/0366-surveys-of-passes.md (1)."""
    found = []
    if book_with_survey(folder_of(programme).name, kind) is None:
        found.append((f"no pass {kind!r} of {programme} has a survey", "name a kind of pass with `survey` as `case`"))
    if CODE not in values or not any(each.startswith(ANSWER) for each in values):
        found.append(("a survey needs `code` and at least one `answer.NAME`", "hand them through"))
    return found
