"""What every answer of NGSI-LD has in common: its media type, its context, the problem types of the standard.

Source: ETSI GS CIM 009 V1.8.1, 6.3.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from bihuan.faces.parts.problems import ApiProblem, answer, problem
from bihuan.standards.ngsild.entities import CORE
from bihuan.standards.ngsild.queries import WrongQuery
from bihuan.subjects.fence import FenceClosed

ERRORS = "https://uri.etsi.org/ngsi-ld/errors/"
TYPES = {
    400: "BadRequestData", 422: "BadRequestData", 404: "ResourceNotFound", 409: "AlreadyExists",
    501: "OperationNotSupported",
}  # fmt: skip
BODY = {"requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}}}
_numbers = msgspec.json.Encoder(decimal_format="number")


def as_the_standard_says[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Answer refusals with the problem types of the standard. Source: ETSI GS CIM 009, 5.5.2, 6.3.2."""

    @wraps(view)
    def answered(*given: P.args, **named: P.kwargs) -> HttpResponse:
        try:
            return view(*given, **named)
        except WrongQuery as error:
            refused = problem(400, "wrong_query", f"无法读取：{error}", str(error))
        except FenceClosed as error:
            refused = problem(403, "purpose", "该名册只为规定用途收集", error.message)
        except ApiProblem as error:
            refused = error
        return standard_problem(refused)

    return answered


def contexted(request: HttpRequest, body: dict[str, Any]) -> dict[str, Any]:
    """Return a body with its context inside, where JSON-LD was asked for. Source: ETSI GS CIM 009, 6.3.5."""
    if "application/ld+json" not in request.headers.get("Accept", ""):
        return body
    return {**body, "@context": [f"{base_of(request)}/ngsi-ld/v1/context.jsonld", CORE]}


def told_json(request: HttpRequest, body: object, status: int = 200) -> HttpResponse:
    """Return a body as JSON or JSON-LD; the context of the first is linked. Source: ETSI GS CIM 009, 6.3.5."""
    linked = "application/ld+json" in request.headers.get("Accept", "")
    form = "application/ld+json" if linked else "application/json"
    answered = HttpResponse(_numbers.encode(body), status=status, content_type=form)
    if not linked:
        address = f"{base_of(request)}/ngsi-ld/v1/context.jsonld"
        answered.headers["Link"] = (
            f'<{address}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'
        )
    return answered


def standard_problem(refused: ApiProblem) -> HttpResponse:
    """Return a refusal with the problem type that the standard has for it. Source: ETSI GS CIM 009, 5.5.2, 6.3.2."""
    told = refused.refusal
    status = 400 if refused.status == 422 else refused.status
    kind = TYPES.get(status)
    body: dict[str, Any] = {"code": told.code, "title": told.text.en, "detail": told.text.en}
    body |= {"text": {"zh": told.text.zh, "en": told.text.en}} | ({"field": told.field} if told.field else {})
    return answer(status, body | ({"type": f"{ERRORS}{kind}"} if kind else {}))


def decoded[T](request: HttpRequest, kind: type[T]) -> T:
    """Return the JSON of a request; 400 where it is none, or not of a kind. Source: ETSI GS CIM 009, 6.3.2."""
    try:
        found = msgspec.json.decode(request.body)
    except msgspec.DecodeError as error:
        raise problem(400, "unreadable", "不是 JSON", f"no JSON: {error}") from None
    if not isinstance(found, kind):
        raise problem(400, "unreadable", "JSON 类型不符", f"a JSON {kind.__name__} is wanted")
    return found


def number(given: dict[str, str], name: str, usual: int) -> int:
    """Return a whole number that was asked for. Raises WrongQuery. Source: ETSI GS CIM 009, 6.3.10."""
    text = given.get(name, "")
    if text and not (text.isascii() and text.isdigit() and len(text) < 8):
        raise WrongQuery(f"{name} is a number")
    return int(text) if text else usual


def base_of(request: HttpRequest) -> str:
    """Return scheme and host by which we were asked. Source: ETSI GS CIM 009, 6.3.5."""
    return request.build_absolute_uri("/").rstrip("/")
