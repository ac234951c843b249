"""After the event: whoever was let in with a pass says once how it was; what is kept names neither pass nor person.

A form hands its answers through the door `books.survey` with the code of the pass. Of the pass only a keyed digest
stays beside the answers, so that a second answer is known and nobody reads who gave the first.
Source: docs/adr/0366-surveys-of-passes.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil, sqrt
from typing import Any, NamedTuple

from django.db import transaction

from bihuan.books.declaration import BookDeclaration
from bihuan.books.models import PassAnswerRow, PassEndRow
from bihuan.books.passes import ADMITTED, pass_of_code
from bihuan.books.reading import query
from bihuan.loop.codes import hash_of

TAKEN, UNKNOWN, NOT_THERE, OVER, REPEATED = "taken", "no_such_pass", "not_let_in", "survey_over", "answered_before"
Z95 = 1.959964
_ADMITTED = """
SELECT p.subject, count(*), max(e.at) FROM book_pass p JOIN book_pass_end e ON e.pass_id = p.id
WHERE p.book = %s AND p.kind = ANY(%s) AND e.how = 'admitted' AND (%s = '' OR p.subject = %s) GROUP BY p.subject
"""


class SurveyFigure(NamedTuple):
    """One question: how many answered, the mean, and half the width of its 95 % interval (None below two answers)."""

    answers: int
    mean: float
    half: float | None


class Surveyed(NamedTuple):
    """What is known of one subject: passes let in, answers, and each question's figure by its name."""

    admitted: int
    answered: int
    questions: Mapping[str, SurveyFigure]


def answer_survey(book: BookDeclaration, kind: str, code: str, said: Mapping[str, Any], now: datetime) -> str:
    """Take what a holder says and return `TAKEN`, or the reason why not. Inside the caller's district.

    Args:
        kind: Of the pass; it declares a survey. code: As typed. said: Question → a number, or yes or no.

    Source: docs/adr/0366-surveys-of-passes.md
    """
    rule, held = book.passes[kind].survey, pass_of_code(code)
    if rule is None or held is None or (held.book, held.kind) != (book.book, kind):
        return UNKNOWN
    end = PassEndRow.objects.filter(pk=held.pk).first()
    if end is None or end.how != ADMITTED:
        return NOT_THERE
    if now > end.at + timedelta(days=rule.days):
        return OVER
    mark = hash_of(f"survey {held.pk}")
    with transaction.atomic():
        if PassAnswerRow.objects.filter(mark=mark).exists():
            return REPEATED
        PassAnswerRow.objects.create(
            district_id=held.district_id, book=held.book, kind=kind, subject=held.subject, mark=mark, said=dict(said)
        )
    return TAKEN


def surveyed(book: BookDeclaration, subject: str = "") -> dict[str, Surveyed]:
    """Return what was answered, by subject; only subjects with somebody who was let in.

    Args:
        subject: One alone; empty: all.

    Source: docs/adr/0366-surveys-of-passes.md; W. G. Cochran, Sampling Techniques (1977), 2.7 (finite populations)
    """
    asked = {"book": book.book} | ({"subject": subject} if subject else {})
    said: dict[str, list[Mapping[str, Any]]] = {}
    for of, answers in PassAnswerRow.objects.filter(**asked).values_list("subject", "said"):
        said.setdefault(of, []).append(answers)
    return {
        of: Surveyed(count, len(said.get(of, ())), _questions(said.get(of, ()), count))
        for of, count, _ in query(_ADMITTED, book.book, _kinds(book), subject, subject)
    }


def days_left(book: BookDeclaration, subject: str, at: datetime) -> int:
    """Return for how many days, begun ones included, somebody may still answer for a subject.

    Source: docs/adr/0366-surveys-of-passes.md (3)
    """
    days = max((kind.survey.days for kind in book.passes.values() if kind.survey), default=0)
    for _, _, last in query(_ADMITTED, book.book, _kinds(book), subject, subject):
        left: timedelta = last + timedelta(days=days) - at
        return max(0, ceil(left / timedelta(days=1)))
    return 0


def _kinds(book: BookDeclaration) -> list[str]:
    return [name for name, kind in book.passes.items() if kind.survey is not None]


def _questions(said: Sequence[Mapping[str, Any]], admitted: int) -> dict[str, SurveyFigure]:
    names = sorted({name for each in said for name in each})
    return {name: _figure([float(each[name]) for each in said if name in each], admitted) for name in names}


def _figure(values: Sequence[float], admitted: int) -> SurveyFigure:
    count, mean = len(values), sum(values) / len(values)
    if count < 2:
        return SurveyFigure(count, mean, None)
    spread = sum((value - mean) ** 2 for value in values) / (count - 1)
    missing = max(0.0, 1 - count / max(admitted, count))
    return SurveyFigure(count, mean, Z95 * sqrt(spread / count * missing))
