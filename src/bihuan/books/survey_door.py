"""The door `books.survey`: what a form says of an event goes to the answers about it, once for each pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bihuan.books.surveys import NOT_THERE, OVER, REPEATED, TAKEN, UNKNOWN, answer_survey, book_with_survey
from bihuan.extend import DoorAnswer, Handed
from bihuan.loop.programmes import folder_of

NAME, CODE, ANSWER = "books.survey", "code", "answer."
TAKES = (CODE, ANSWER)
WHY = {
    UNKNOWN: (("没有这个票码", "there is no pass with this code"), ("核对票码", "compare the letters and digits")),
    NOT_THERE: (("该票未入场", "nobody was let in with this pass"), ("由到场的人评价", "whoever was there answers")),
    OVER: (("评价期已过", "the days for answering are over"), ("可以通过诉求渠道反映", "a report may still be made")),
    REPEATED: (("该票已评价", "this pass has answered"), ("每票评价一次", "each pass answers once")),
}  # fmt: skip


def wrong_of(programme: str, kind: str, values: tuple[str, ...], _anybody: bool) -> Sequence[tuple[str, str]]:
    """What a form cannot hand through, each with a remedy. Source: docs/adr/0366-surveys-of-passes.md (1)."""
    found = []
    if book_with_survey(folder_of(programme).name, kind) is None:
        found.append((f"no pass {kind!r} of {programme} has a survey", "name a kind of pass with `survey` as `case`"))
    if CODE not in values or not any(each.startswith(ANSWER) for each in values):
        found.append(("a survey needs `code` and at least one `answer.NAME`", "hand them through"))
    return found


def receive_survey(handed: Handed) -> DoorAnswer:
    """Take the answers of one form. Source: docs/adr/0366-surveys-of-passes.md."""
    book = book_with_survey(folder_of(handed.programme).name, handed.kind)
    assert book is not None, "a form whose survey is gone is set aside when it is read"
    said = {
        name.removeprefix(ANSWER): _number(value) for name, value in handed.values.items() if name.startswith(ANSWER)
    }
    told = answer_survey(book, handed.kind, str(handed.values[CODE]), said, handed.at)
    if told == TAKEN:
        return DoorAnswer()
    what, remedy = WHY[told]
    return DoorAnswer(code=told, field=CODE, what=what, remedy=remedy)


def _number(value: Any) -> int | float:
    """An answer as a number: yes is 1, no is 0."""
    if isinstance(value, bool):
        return int(value)
    number = float(value)
    return int(number) if number.is_integer() else number
