"""`/catalog.ttl`, `/catalog.jsonld`. Source: W3C DCAT 3; W3C Turtle; W3C JSON-LD 1.1."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from bihuan.faces.parts.world import world
from bihuan.standards.dcat.catalogue import catalogue_of
from bihuan.standards.dcat.writing import as_jsonld, as_turtle


@require_GET
def turtle(request: HttpRequest) -> HttpResponse:
    """The catalogue as Turtle. Source: W3C RDF 1.1 Turtle."""
    text = as_turtle(catalogue_of(world(request), request.build_absolute_uri("/").rstrip("/")))
    return HttpResponse(text, content_type="text/turtle; charset=utf-8")


@require_GET
def jsonld(request: HttpRequest) -> HttpResponse:
    """The catalogue as JSON-LD. Source: W3C JSON-LD 1.1."""
    body = as_jsonld(catalogue_of(world(request), request.build_absolute_uri("/").rstrip("/")))
    return HttpResponse(body, content_type="application/ld+json")
