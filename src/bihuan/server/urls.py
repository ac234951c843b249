"""The URL map: operations here, everything a person or an integrator sees by include from the faces."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from bihuan.server import health, metrics

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz, name="healthz"),
    path("health/live", health.healthz),
    path("health/ready", health.ready, name="health-ready"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.view, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("bihuan.faces.urls")),
]

handler400 = "bihuan.faces.parts.errors.bad_request"
handler403 = "bihuan.faces.parts.errors.not_yours"
handler404 = "bihuan.faces.parts.errors.not_found"
handler500 = "bihuan.server.outage.server_error"
