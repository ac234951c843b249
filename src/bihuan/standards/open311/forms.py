"""The same answer as JSON and as XML, and errors in the standard's own form: a list of code and description.

Source: wiki.open311.org/GeoReport_v2 ("Format", "Errors"); open311/schema-validation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, Literal
from xml.sax.saxutils import escape

import msgspec
from django.http import HttpRequest, HttpResponse

from bihuan.faces.parts.problems import ApiProblem, problem

AnswerForm = Literal["json", "xml"]
"""Named here, where `in_its_form` is: annotations of what it wraps are looked up in this module."""
FORMS = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}
_NAME = re.compile(r"[a-z_]+")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def split_form(text: str) -> tuple[str, str]:
    """Return what stands before the last point, and the form behind it.

    Raises:
        ApiProblem: 404, neither json nor xml.

    Source: wiki.open311.org/GeoReport_v2, "Format".
    """
    name, point, form = text.rpartition(".")
    if not point or form not in FORMS:
        raise problem(404, "no_form", "地址须以 .json 或 .xml 结尾", "the address ends in .json or .xml")
    return name, form


def told(form: str, root: str, each: str, rows: Sequence[Mapping[str, Any]], status: int = 200) -> HttpResponse:
    """Return rows as an array of JSON, or as elements of XML.

    Args:
        form: `json` or `xml`. root: Name of the outer element. each: Of each row.

    Source: wiki.open311.org/GeoReport_v2.
    """
    if form == "json":
        body = msgspec.json.encode(list(rows))
    else:
        inner = "".join(f"<{each}>{_elements(row)}</{each}>" for row in rows)
        body = f'<?xml version="1.0" encoding="utf-8"?><{root}>{inner}</{root}>'.encode()
    return HttpResponse(body, status=status, content_type=FORMS[form])


def told_one(form: str, root: str, row: Mapping[str, Any]) -> HttpResponse:
    """Return one thing as an object of JSON, or as an element of XML. Source: wiki.open311.org/GeoReport_v2."""
    if form == "json":
        return HttpResponse(msgspec.json.encode(row), content_type=FORMS[form])
    body = f'<?xml version="1.0" encoding="utf-8"?><{root}>{_elements(row)}</{root}>'
    return HttpResponse(body.encode(), content_type=FORMS[form])


def in_its_form[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Answer the refusals of a view as the standard has errors: a list, in the form that was asked for.

    Source: wiki.open311.org/GeoReport_v2, "Errors".
    """

    @wraps(view)
    def answered(*given: P.args, **named: P.kwargs) -> HttpResponse:
        try:
            return view(*given, **named)
        except ApiProblem as refused:
            request = given[0]
            assert isinstance(request, HttpRequest)
            status = 400 if refused.status == 422 else refused.status
            text = f"{refused.refusal.text.en} · {refused.refusal.text.zh}"
            if refused.refusal.field:
                text = f"{refused.refusal.field}: {text}"
            form = "xml" if request.path.endswith(".xml") else "json"
            return told(form, "errors", "error", [{"code": status, "description": text}], status)

    return answered


def w3c(at: datetime | None) -> str | None:
    """Return an instant as W3C writes it. Source: W3C NOTE-datetime."""
    return None if at is None else at.replace(microsecond=0).isoformat()


def _elements(row: Mapping[str, Any]) -> str:
    return "".join(_element(name, value) for name, value in row.items())


def _element(name: str, value: Any) -> str:
    assert _NAME.fullmatch(name), name
    if value is None:
        return f"<{name}/>"
    if isinstance(value, (list, tuple)):  # attributes of a definition, values of an attribute
        single = {"attributes": "attribute", "values": "value"}[name]
        return f"<{name}>{''.join(f'<{single}>{_elements(each)}</{single}>' for each in value)}</{name}>"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"<{name}>{escape(_UNWRITABLE.sub('', text))}</{name}>"
