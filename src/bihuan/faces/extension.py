"""What the faces add to the house: every page by its address, the API's parts, the pages of errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bihuan.extend import (
    App,
    Check,
    ErrorPage,
    Link,
    Middleware,
    PersonalPlace,
    PlainColumns,
    Retention,
    Router,
    Standard,
)
from bihuan.faces.addresses import pages

__all__ = ["pages"]


def apps() -> tuple[App, ...]:
    """Templates, words, drafts."""
    return (App("bihuan.faces", order=100),)


def middleware() -> tuple[Middleware, ...]:
    """Bounds before anything is read, limits once it is known who asks, then what pages need."""
    return (
        Middleware("bihuan.faces.parts.bounds.BoundsMiddleware", "django.middleware.common.CommonMiddleware"),
        Middleware("bihuan.faces.parts.bounds.LimitsMiddleware", "django_htmx.middleware.HtmxMiddleware"),
        Middleware("bihuan.faces.parts.middleware.PagesMiddleware", "bihuan.server.gate.SecondFactorMiddleware"),
    )


def error_pages() -> tuple[ErrorPage, ...]:
    """In the reader's language, with what to do."""
    from bihuan.faces.parts import errors

    return (
        ErrorPage("400", errors.bad_request),
        ErrorPage("403", errors.not_yours),
        ErrorPage("404", errors.not_found),
        ErrorPage("500", errors.broken),
        ErrorPage("csrf", errors.csrf_failed),
    )


def checks() -> tuple[Check, ...]:
    """Every declared view and feed is whole."""
    from bihuan.faces import feeds, signs
    from bihuan.faces.panels import doctoring

    return (
        Check("views", doctoring.find_faults, order=80),
        Check("feeds", feeds.find_faults, order=81),
        Check("signs", signs.find_faults, order=82),
    )


def retention() -> tuple[Retention, ...]:
    """What people began and left."""
    from bihuan.faces.parts import drafts

    two = ("2 小时", "Two hours")
    return (
        Retention(
            "drafts", "未提交的表单", "Forms that were begun and not sent", *two, "docs/topics/faces.md", drafts.sweep
        ),
    )


def routers() -> tuple[Router, ...]:
    """What programs may ask and do."""
    from bihuan.faces.api import (
        audit,
        books,
        boxes,
        cases,
        catalogue,
        certificates,
        declared,
        documents,
        erasures,
        files,
        forms,
        letters,
        numbers,
        orders,
        reports,
        series,
        subjects,
        suggestions,
        watches,
    )

    return (
        Router("reports", reports.router),
        Router("cases", cases.router),
        Router("files", files.router),
        Router("suggestions", suggestions.router),
        Router("catalogue", catalogue.router),
        Router("declared", declared.router),
        Router("numbers", numbers.router),
        Router("books", books.router),
        Router("boxes", boxes.router),
        Router("forms", forms.router),
        Router("documents", documents.router),
        Router("certificates", certificates.router),
        Router("letters", letters.router),
        Router("orders", orders.router),
        Router("subjects", subjects.router),
        Router("series", series.router),
        Router("watches", watches.router),
        Router("erasures", erasures.router),
        Router("audit", audit.router),
    )


def menu() -> tuple[Link, ...]:
    """The rooms that the role catalogue calls so, for whoever works there. Source: docs/adr/0234 (rooms of a role)."""
    from bihuan.registers.pure.roles import catalogue

    def opened(*rooms: str) -> Callable[[Any], bool]:
        return lambda actor: bool(actor.opens(*rooms))

    rooms = catalogue().rooms.items()
    watches = Link("watches", "监看", "Watches", opened("cockpit"), order=110)
    certificates = Link("certificates", "证书", "Certificates", lambda actor: bool(actor.may("write")), order=113)
    letters = Link("letters", "函件", "Letters", lambda actor: bool(actor.may("write")), order=111)
    orders = Link("orders", "指令", "Orders", lambda actor: bool(actor.may("write", "approve")), order=112)
    series = Link("series", "监测序列", "Series", opened("cockpit"), order=114)
    declared = Link("declared", "声明清单", "What is declared", opened("cockpit"), order=115)
    books = Link("books", "账册", "Books", opened("cockpit", "books"), order=113)
    return (
        *(Link(key, room.zh, room.en, opened(key)) for key, room in rooms if room.menu),
        watches,
        letters,
        orders,
        certificates,
        books,
        series,
        declared,
    )


def personal() -> tuple[PersonalPlace, ...]:
    """Where the room keeps something of a person."""
    from bihuan.faces.personal import PLACES

    return PLACES


def plain() -> tuple[PlainColumns, ...]:
    """Columns that hold nothing of a person."""
    from bihuan.faces.personal import PLAIN

    return PLAIN


def standards() -> tuple[Standard, ...]:
    """What programs that call the house may rely on."""
    return (
        Standard(
            "OpenAPI",
            "3.1.0",
            "out",
            "/api/v1/openapi.json",
            "接口说明",
            "What the API takes and gives",
            "tests/api/test_schemathesis.py",
        ),
        Standard(
            "iCalendar (RFC 5545)",
            "2009",
            "out",
            "/feeds/",
            "事项声明的日历，可订阅",
            "Calendars that programmes declare, to subscribe to",
            "tests/faces/test_feeds.py",
        ),
        Standard(
            "RFC 9457 (problem details)",
            "2023",
            "out",
            "/api/v1/",
            "接口的每个错误",
            "Every error of the API",
            "tests/api/test_schemathesis.py",
        ),
        Standard(
            "RFC 7946 (GeoJSON)",
            "2016",
            "out",
            "/report/areas.geojson",
            "街镇位置与边界",
            "Places and outlines of sub-districts",
            "",
        ),
    )
