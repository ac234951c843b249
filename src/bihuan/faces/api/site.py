"""The API object: its routers, its errors, its document."""

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from bihuan import __version__
from bihuan.extend import ROUTERS
from bihuan.faces.api.access import deny_undeclared
from bihuan.faces.parts import problems

PROBLEMS = {400: "The request cannot be read", 401: "Not signed in", 403: "Not allowed", 404: "Not found, or not visible to you",
            409: "Not possible in the present state", 422: "Does not follow the schema", 429: "Too many requests"}  # fmt: skip


class Api(NinjaAPI):
    """Adds the error documents to every operation, and closes those that declare no capability."""

    def add_router(self, prefix: str, router: Any, **kwargs: Any) -> None:
        """Mount a router; its operations without a declared capability answer 403.

        Source: docs/adr/0234 (forgetting a capability closes a door)
        """
        deny_undeclared(router)
        super().add_router(prefix, router, **kwargs)

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        """The OpenAPI document, with problem+json as the answer to every error.

        Source: OpenAPI 3.1; RFC 9457 (problem+json)
        """
        document = super().get_openapi_schema(**kwargs)
        for operations in document["paths"].values():
            for operation in operations.values():
                for status, meaning in PROBLEMS.items():
                    operation["responses"].setdefault(status, {
                        "description": meaning,
                        "content": {problems.TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
                    })  # fmt: skip
        return document


api = Api(
    title="Bihuan 闭环",
    version=__version__,
    description="Closed loops of a city district: report, track, act, queues, indicators, audit.",
    urls_namespace="api-v1",
    openapi_url="/openapi.json",
    docs_url="/docs",
)
problems.install(api)
for each in ROUTERS.all():
    api.add_router(each.prefix, each.router)


@api.exception_handler(msgspec.ValidationError)
def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    """A value of the wrong type inside free-form data."""
    return problems.answer(422, {"code": "invalid", "detail": str(error), "text": {"zh": str(error), "en": str(error)}})
