"""What comes through the door `books.survey`: the answers of one form go to those about the event, or are refused."""

from __future__ import annotations

from typing import Any

from bihuan.books.catalogue import book_with_survey
from bihuan.books.survey_door import ANSWER, CODE
from bihuan.books.surveys import NOT_THERE, OVER, REPEATED, TAKEN, UNKNOWN, answer_survey
from bihuan.extend import DoorAnswer, Handed
from bihuan.loop.programmes import folder_of

WHY = {
    UNKNOWN: (("没有这个票码", "there is no pass with this code"), ("核对票码", "compare the letters and digits")),
    NOT_THERE: (("该票未入场", "nobody was let in with this pass"), ("由到场的人评价", "whoever was there answers")),
    OVER: (("评价期已过", "the days for answering are over"), ("可以通过诉求渠道反映", "a report may still be made")),
    REPEATED: (("该票已评价", "this pass has answered"), ("每票评价一次", "each pass answers once")),
}  # fmt: skip


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
