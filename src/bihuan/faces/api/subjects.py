"""Subjects for programs: types, lists, one with its history. Those with a place are features at `/ogc/`.

Every question may name a day (`at`), a day or instant of knowledge (`known`), fields to be found by (`street=…`,
`name^=…`), and for types behind a fence the programme it reads for and its purpose.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router

from bihuan.faces.api.access import STAFF, here, needs
from bihuan.faces.parts.problems import not_found, problem
from bihuan.faces.parts.subjects import Unreadable, looker_of, plain_subject, question_of
from bihuan.subjects import asking
from bihuan.subjects.catalogue import UnknownType, subject_type, subject_types
from bihuan.subjects.fence import FenceClosed
from bihuan.subjects.pure.types import SubjectType

router = Router(tags=["subjects"], auth=STAFF)
MOST = 1000


@router.get("/subjects", summary="Every declared type of subjects")
@needs("read", "work")
def types(request: HttpRequest) -> HttpResponse:
    """Fields, links, states, and what each type is found by, as declared."""
    return _json([_declared(kind) for kind in subject_types().values()])


@router.get("/subjects/{kind}", summary="Subjects of a type that match, page by page")
@needs("read", "work")
def listed(request: HttpRequest, kind: str, limit: int = asking.PAGE) -> HttpResponse:
    """A page in the order of keys; `next` is the `after` of the following one. `TYPE:LINK` lists links."""
    found = _kind(kind)
    question = _question(request, found, max(1, min(limit, MOST)))
    district, looker = here(request).registers.district.code, looker_of(here(request), _asked(request))
    held = _ask(lambda: asking.find(district, found, question, looker))
    return _json({
        "type": found.id, "at": question.day.isoformat(),
        "total": _ask(lambda: asking.count(district, found, question, looker)),
        "subjects": [plain_subject(found, each, question.day) for each in held],
        "next": held[-1].key if len(held) == question.limit else None,
    })  # fmt: skip


@router.get("/subjects/{kind}/{key}/history", summary="Every version of one subject")
@needs("read", "work")
def history(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """By day and then as they became known, superseded ones too."""
    found, looker = _kind(kind), looker_of(here(request), _asked(request))
    day = _question(request, found, 1).day
    versions = _ask(lambda: asking.history(here(request).registers.district.code, found, key, looker))
    if not versions:
        raise not_found("对象", "subject")
    return _json({"type": found.id, "key": key, "versions": [plain_subject(found, each, day) for each in versions]})


@router.get("/subjects/{kind}/{key}", summary="What holds of one subject on a day")
@needs("read", "work")
def one(request: HttpRequest, kind: str, key: str) -> HttpResponse:
    """Its values, each with its source."""
    found, looker = _kind(kind), looker_of(here(request), _asked(request))
    question = _question(request, found, 1)
    district = here(request).registers.district.code
    held = _ask(lambda: asking.get(district, found, key, question.day, looker, question.known))
    if held is None:
        raise not_found("对象", "subject")
    return _json({"type": found.id, **plain_subject(found, held, question.day)})


def _kind(name: str) -> SubjectType:
    try:
        return subject_type(name)
    except UnknownType:
        raise not_found("对象类型", "type of subjects") from None


def _asked(request: HttpRequest) -> Mapping[str, str]:
    return {name: str(value) for name, value in request.GET.items()}


def _question(request: HttpRequest, kind: SubjectType, limit: int) -> asking.Viewpoint:
    try:
        return question_of(here(request), kind, _asked(request), limit)
    except Unreadable as error:
        raise problem(422, "wrong_value", error.text.zh, error.text.en, field=error.field) from None


def _ask[T](question: Callable[[], T]) -> T:
    try:
        return question()
    except FenceClosed as error:
        raise problem(403, "purpose", "该名册只为规定用途收集", error.message) from None


def _declared(kind: SubjectType) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(kind.model_dump_json(exclude_defaults=True))
    return said | {"digest": kind.digest, "found_by": list(kind.found_by), "fenced": bool(kind.fence)}


def _json(body: object) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json")
