"""Suggestions of a case, and answering them: the same rules as at the desk."""

from typing import Any, Literal

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from ninja.params import functions as params

from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.api.cases import case_seen
from bihuan.faces.api.schemas import Clean, ProblemOut
from bihuan.faces.parts import acting
from bihuan.faces.parts.problems import not_found, problem
from bihuan.faces.parts.world import World
from bihuan.loop.kernel.model import Case
from bihuan.suggestions import taking
from bihuan.suggestions.drafts import Kind
from bihuan.suggestions.judging import SET_BY_CLASSIFYING
from bihuan.suggestions.models import Suggestion

router = Router(tags=["suggestions"], auth=STAFF)


class SuggestionOut(Schema):
    """One suggestion. Numbers of `confidence` are 0–1; `decided` false: the method leaves it to a person."""

    kind: str
    value: str
    confidence: float
    decided: bool
    alternatives: list[dict[str, Any]]
    reasons: list[dict[str, Any]]
    model: str
    answer: str | None
    answer_value: str | None


class AnswerIn(Schema):
    """`accept` takes the value, `choose` another one of those offered, `refuse` says that it is wrong."""

    answer: Literal["accept", "choose", "refuse"]
    value: Clean | None = None


@router.get("/cases/{number}/suggestions", response={200: list[SuggestionOut]}, summary="What is suggested for a case")
@needs("read", "judge_suggestions")
def listing(request: HttpRequest, number: str) -> HttpResponse:
    """Every suggestion of the case, answered ones too. A parent the caller may not see is left out."""
    world = here(request)
    case = case_seen(world, number)
    return _all(world, case)


@router.post("/cases/{number}/suggestions/{kind}", response={200: list[SuggestionOut], 403: ProblemOut, 404: ProblemOut,
             409: ProblemOut}, summary="Answer a suggestion")  # fmt: skip
@needs("act", "dispatch")
def answer(request: HttpRequest, number: str, kind: str, body: AnswerIn,
           idempotency_key: str | None = params.Header(None, alias="Idempotency-Key", max_length=128)) -> HttpResponse:  # fmt: skip
    """Accepting or choosing classifies the case under the caller's name; merging and dispatching are commands."""
    world = here(request)
    case = case_seen(world, number)
    if kind not in set(Kind) or not Suggestion.objects.filter(case_id=case.id, kind=kind).exists():
        raise not_found(f"建议{kind}", f"suggestion {kind}")
    if body.answer == "refuse":
        if not taking.refuse_suggestion(case, kind, world.actor, world.now):
            raise _answered()
        return _all(world, case)
    if kind not in SET_BY_CLASSIFYING:
        raise problem(409, "not_by_classifying", "请用相应操作（合并、派单）", "take it by its own command (merge, dispatch)",
                      field="kind")  # fmt: skip
    if body.answer == "choose" and not body.value:
        raise problem(422, "value_missing", "请给出所选的值", "name the value chosen", field="value")
    _take(world, case, kind, body.value or "", idempotency_key)
    return _all(world, case)


def _all(world: World, case: Case) -> HttpResponse:
    rows = Suggestion.objects.filter(case_id=case.id).order_by("kind")
    return _json([shown for row in rows if (shown := _shown(world, row)) is not None])


def _take(world: World, case: Case, kind: str, value: str, key: str | None) -> None:
    errors = acting.take_suggestions(world, case, kind, value, f"api:{world.actor.id}:{key}" if key else None)
    for field, text in errors.items():
        raise problem(409, "not_taken", text, text, field=field)


def _answered() -> Exception:
    return problem(409, "answered", "该建议已有结论", "this suggestion has been answered already")


def _shown(world: World, row: Suggestion) -> dict[str, Any] | None:
    alternatives, value = row.alternatives, row.value
    if row.kind == Kind.PARENT:
        numbers = acting.numbers_seen(world, [choice["value"] for choice in alternatives])
        alternatives = [{**c, "value": numbers[c["value"]]} for c in alternatives if c["value"] in numbers]
        if not alternatives:
            return None
        value = alternatives[0]["value"]
    return {
        "kind": row.kind, "value": value, "confidence": row.confidence, "decided": row.decided,
        "alternatives": alternatives, "reasons": row.reasons, "model": row.model,
        "answer": row.answer, "answer_value": None if row.kind == Kind.PARENT else row.answer_value,
    }  # fmt: skip


def _json(body: object) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")
