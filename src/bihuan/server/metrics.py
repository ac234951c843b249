"""Prometheus metrics: requests and background loops counted in every process, the state of the database read at scrape.

Processes share their counters through files (`PROMETHEUS_MULTIPROC_DIR`, set by `bihuan serve` and `worker`).
`/metrics` answers to the token in BIHUAN_METRICS_TOKEN, or without one to callers on this machine only.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

REQUESTS = Counter("bihuan_requests", "HTTP requests.", ["method", "route", "status"])
SECONDS = Histogram(
    "bihuan_request_seconds",
    "Time to answer a request.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
LOOP_ITEMS = Counter("bihuan_loop_items", "Things done by background loops.", ["loop"])
LOOP_FAILURES = Counter("bihuan_loop_failures", "Batches of background loops that failed.", ["loop"])


class DatabaseState:
    """Gauges read from the database at each scrape."""

    def collect(self) -> Iterable[Metric]:
        """Yield the size of the database in bytes and its number of sessions, read at this moment.

        Source: Prometheus text exposition format 1.0.0; docs/topics/operations.md, "Watching".
        """
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            size = GaugeMetricFamily("bihuan_database_bytes", "Size of the database.", value=cursor.fetchone()[0])
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
            sessions = GaugeMetricFamily("bihuan_database_sessions", "Open sessions.", value=cursor.fetchone()[0])
        return [size, sessions]


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the package leaves it untyped
    else:
        for collector in {REQUESTS, SECONDS, LOOP_ITEMS, LOOP_FAILURES}:
            registry.register(collector)
    registry.register(DatabaseState())
    return registry


def view(request: HttpRequest) -> HttpResponse:
    """The metrics in Prometheus' text format, or 403.

    Source: Prometheus text exposition format 1.0.0; docs/topics/operations.md, "Watching".
    """
    if not _may_read(request):
        return HttpResponse(
            "metrics need the token or a caller on this machine\n", status=403, content_type="text/plain"
        )
    return HttpResponse(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    if token := settings.BIHUAN_METRICS_TOKEN:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    # Behind a proxy every caller seems to be on this machine, so then only the token counts.
    local = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
    return local and not settings.BIHUAN_BEHIND_PROXY and "X-Forwarded-For" not in request.headers


__all__ = ["LOOP_FAILURES", "LOOP_ITEMS", "REGISTRY", "REQUESTS", "SECONDS", "view"]
