"""The URL map: operations here, what people and integrators see from the pages that rooms have added."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from bihuan.extend import PAGES, Page
from bihuan.server import health, metrics


def literal_first(page: Page) -> tuple[bool, ...]:
    """Sort key of a page: where another has a converter, a literal part of the address goes before it.

    Source: docs/adr/0236 (the URL map is assembled from what rooms add)
    """
    return tuple("<" in part for part in page.route.split("/"))


def patterns() -> list[URLPattern | URLResolver]:
    """Return every address: ours first, then what rooms have added.

    Source: docs/adr/0236 (the URL map is assembled from what rooms add)
    """
    return [
        path("healthz", health.healthz, name="healthz"),
        path("health/live", health.healthz),
        path("health/ready", health.ready, name="health-ready"),
        path("readyz", health.readyz, name="readyz"),
        path("metrics", metrics.view, name="metrics"),
        path("accounts/", include("allauth.urls")),
        path("i18n/", include("django.conf.urls.i18n")),
        *(path(page.route, page.view, name=page.name or None) for page in sorted(PAGES.all(), key=literal_first)),
    ]


urlpatterns = patterns()

handler400 = "bihuan.server.errors.bad_request"
handler403 = "bihuan.server.errors.not_yours"
handler404 = "bihuan.server.errors.not_found"
handler500 = "bihuan.server.outage.server_error"
