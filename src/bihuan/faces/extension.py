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
    Page,
    PersonalPlace,
    PlainColumns,
    Retention,
    Router,
    Standard,
)


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

    def opened(room: str) -> Callable[[Any], bool]:
        return lambda actor: bool(actor.opens(room))

    rooms = catalogue().rooms.items()
    watches = Link("watches", "监看", "Watches", opened("cockpit"), order=110)
    certificates = Link("certificates", "证书", "Certificates", lambda actor: bool(actor.may("write")), order=113)
    letters = Link("letters", "函件", "Letters", lambda actor: bool(actor.may("write")), order=111)
    orders = Link("orders", "指令", "Orders", lambda actor: bool(actor.may("write", "approve")), order=112)
    series = Link("series", "监测序列", "Series", opened("cockpit"), order=114)
    declared = Link("declared", "声明清单", "What is declared", opened("cockpit"), order=115)
    books = Link("books", "账册", "Books", opened("cockpit"), order=113)
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


def pages() -> tuple[Page, ...]:
    """Every page by its address."""
    from bihuan.faces.api.site import api
    from bihuan.faces.numbers import briefings, cockpit, suggested
    from bihuan.faces.panels.page import view_page
    from bihuan.faces.public import admitted, applying, feeds, forms, portal, programmes, received_letters, signs, track
    from bihuan.faces.public import certificates as shown_certificates
    from bihuan.faces.trust import audit, erasures
    from bihuan.faces.trust.rulebook import Rulebook
    from bihuan.faces.work import (
        approvals,
        books,
        callback,
        case,
        certificates,
        composing,
        declared,
        desk,
        door,
        evidence_package,
        handing,
        home,
        inbox,
        letters,
        mails,
        notices,
        offers,
        opening,
        orders,
        revisions,
        series,
        stuck,
        subjects,
        submissions,
        unit,
        watches,
    )
    from bihuan.faces.work.documents import Documents
    from bihuan.faces.work.registers import DutyMatrix, Places, Units, WorkingDays

    registers = [page for kind in (Units, Places, DutyMatrix, WorkingDays) for page in kind().pages("registers/")]
    return (
        Page("", portal.portal, "portal"),
        Page("api/v1/", api.urls),
        Page("icon.svg", portal.icon, "icon"),
        Page("report/", portal.report, "report"),
        Page("report/kept/<uuid:key>/", portal.kept_photo, "report-kept"),
        Page("report/received/", portal.received, "received"),
        Page("report/receipt.json", portal.receipt_file, "receipt-file"),
        Page("report/areas.geojson", portal.areas_geojson, "areas-geojson"),
        Page("track/", track.track, "track"),
        Page("track/report/", track.my_report, "my-report"),
        Page("track/report/do/<slug:command>/", track.act, "my-report-act"),
        Page("track/report/answer/", track.answer, "my-report-answer"),
        Page("track/report/erasure/", track.ask_erasure, "my-report-erasure"),
        Page("track/report/proof/<str:sha256>/", track.proof_file, "my-report-proof"),
        Page("track/report/letters/<uuid:key>/", received_letters.of_report, "my-report-letter"),
        Page("track/leave/", track.leave, "track-leave"),
        Page("forms/", forms.listed, "forms"),
        Page("forms/worker.js", forms.worker, "forms-worker"),
        Page("forms/resume/", forms.resume, "form-resume"),
        Page("forms/<slug:name>/", forms.fill, "form"),
        Page("forms/<slug:name>/received/", forms.received, "form-received"),
        Page("forms/<slug:name>/print/", forms.blank, "form-print"),
        Page("forms/<slug:name>/print.pdf", forms.blank_file, "form-print-file"),
        Page("forms/<slug:name>/submissions/", submissions.listed, "form-submissions"),
        Page("forms/<slug:name>/submissions/<uuid:key>/", submissions.one, "form-submission"),
        Page("home/", home.home, "home"),
        Page("cases/<str:number>/", case.show, "case"),
        Page("cases/<str:number>/act/", case.act, "case-act"),
        Page("cases/<str:number>/reporter/", case.reveal, "case-reveal"),
        Page("cases/<str:number>/evidence.zip", evidence_package.download, "case-evidence"),
        Page("cases/<str:number>/files/<str:sha256>/", case.evidence_file, "case-file"),
        Page("desk/", desk.queue, "desk"),
        Page("desk/next/", desk.claim_next, "desk-next"),
        Page("desk/views/", desk.save_view, "desk-save-view"),
        Page("desk/note/", desk.write_note, "desk-note"),
        Page("desk/new/", desk.new, "desk-new"),
        Page("desk/caller/", desk.caller, "desk-caller"),
        Page("desk/surge/<uuid:key>/seen/", desk.surge_seen, "desk-surge-seen"),
        Page("desk/hints/", offers.hints, "desk-hints"),
        Page("desk/mails/", mails.waiting, "desk-mails"),
        Page("desk/mails/<uuid:key>/", mails.handle_mail, "desk-mail"),
        Page("desk/stuck/", stuck.page, "desk-stuck"),
        Page("desk/<str:number>/", desk.work, "desk-case"),
        Page("desk/<str:number>/offers/", offers.panel, "desk-offers"),
        Page("desk/<str:number>/offers/answer/", offers.answer, "desk-offer-answer"),
        Page("desk/<str:number>/lock/", desk.heartbeat, "desk-lock"),
        Page("desk/<str:number>/answers/", desk.answers, "desk-answers"),
        Page("desk/<str:number>/merge/", desk.merge, "desk-merge"),
        Page("watches/", watches.list_page, "watches"),
        Page("watches/<str:name>/", watches.one_page, "watches-one"),
        Page("watches/<str:name>/silence/", watches.silence, "watches-silence"),
        Page("unit/", unit.queue, "unit"),
        Page("books/", books.list_page, "books"),
        Page("books/<str:name>/", books.one_page, "books-one"),
        Page("books/<str:name>/account/", books.account_page, "books-account"),
        Page("books/<str:name>/entries/<str:key>/", books.entry_page, "books-entry"),
        Page("revisions/", revisions.list_page, "revisions"),
        Page("revisions/<uuid:key>/", revisions.one_page, "revision"),
        Page("revisions/<uuid:key>/decide/", revisions.decide, "revision-decide"),
        Page("revisions/<str:kind>/edit/", revisions.edit, "revision-edit"),
        Page("revisions/<str:kind>/import/", revisions.import_, "revision-import"),
        Page("books/<str:name>/reconciliations/", books.reconciliations_page, "books-reconciliations"),
        Page("books/<str:name>/reconciliations/<uuid:key>/", books.reconciliation_page, "books-reconciliation"),
        Page("books/<str:name>/passes/<str:kind>/door/", door.door, "door"),
        Page("books/<str:name>/passes/<str:kind>/handing/", handing.handing, "pass-handing"),
        *applying.pages(),
        Page("signs/<slug:key>/<slug:name>/<path:subject>/", signs.sign_page, "sign"),
        Page("feeds/<slug:key>/<slug:name>.ics", feeds.calendar, "feed"),
        Page("feeds/<slug:key>/<slug:name>.jsonld", feeds.linked, "feed-linked"),
        Page("declared/", declared.list_page, "declared"),
        Page("declared.csv", declared.file, "declared-file"),
        Page("series/", series.list_page, "series"),
        Page("series/<str:name>.csv", series.file, "series-file"),
        Page("series/<str:name>/", series.one_page, "series-one"),
        Page("subjects/", subjects.types_page, "subjects"),
        Page("subjects/<str:kind>.<str:form>", subjects.file, "subjects-file"),
        Page("subjects/<str:kind>/", subjects.list_page, "subjects-list"),
        Page("subjects/<str:kind>/<path:key>/", subjects.one_page, "subjects-one"),
        Page("unit/notices/seen/", unit.notices_seen, "unit-notices-seen"),
        Page("inbox/", inbox.queue, "inbox"),
        Page("callback/", callback.queue, "callback"),
        Page("callback/<str:number>/", callback.call, "callback-case"),
        Page("approvals/", approvals.queue, "approvals"),
        Page("policies/", _of_policies("catalogue"), "policies"),
        Page("policies/ask/", _of_policies("ask"), "policy-ask"),
        Page("policies/lists/<slug:key>/", _of_policies("one_list"), "policy-list"),
        Page("policies/<slug:key>/", _of_policies("one"), "policy"),
        Page("draws/", _of_draws("catalogue"), "draws"),
        Page("draws/<str:name>.json", _of_draws("record"), "draw-record"),
        Page("draws/<str:name>/", _of_draws("one"), "draw"),
        Page("notices/", notices.list_page, "notices"),
        Page("notices/seen/", notices.seen, "notices-seen"),
        Page("notices/<uuid:key>/", notices.one_page, "notice"),
        Page("notices/<uuid:key>/receipt/", notices.receipt, "notice-receipt"),
        Page("orders/", orders.list_page, "orders"),
        Page("orders/new/", composing.choose, "order-new"),
        Page("orders/new/<slug:name>/", composing.compose, "order-compose"),
        Page("orders/<uuid:key>/", orders.one_page, "order"),
        Page("orders/<uuid:key>/act/", orders.act, "order-act"),
        Page(".well-known/jwt-vc-issuer", shown_certificates.issuer, "certificate-issuer"),
        Page("certificates/", certificates.list_page, "certificates"),
        Page("certificates/verify/", shown_certificates.verify, "certificate-verify"),
        Page("certificates/read/", shown_certificates.read, "certificate-read"),
        Page("certificates/mine/", shown_certificates.mine, "my-certificate"),
        Page("certificates/types/<str:name>/", shown_certificates.kind, "certificate-type"),
        Page("certificates/status/<uuid:key>/", shown_certificates.status, "certificate-status"),
        Page("certificates/<uuid:key>/", certificates.one_page, "certificate"),
        Page("certificates/<uuid:key>/act/", certificates.act, "certificate-act"),
        Page("letters/", letters.list_page, "letters"),
        Page("letters/post-list.csv", letters.post_list, "letters-post-list"),
        Page("letters/read/", received_letters.read, "letter-read"),
        Page("letters/mine/", received_letters.mine, "my-letter"),
        Page("letters/mine/<str:name>", received_letters.file, "my-letter-file"),
        Page("letters/<uuid:key>/", letters.one_page, "letter"),
        Page("letters/<uuid:key>/delivery/", letters.record, "letter-delivery"),
        Page("letters/<uuid:key>/<str:name>", letters.file, "letter-file"),
        Page("programmes/", programmes.catalogue, "programmes"),
        Page("programmes/<slug:key>/", programmes.one, "programme"),
        Page("programmes/<slug:key>/page/<slug:view>/", view_page, "view"),
        Page("programmes/<slug:key>/<slug:kind>/new/", opening.new, "new-case"),
        Page("programmes/<slug:key>/<slug:kind>/list/", admitted.changes, "admitted"),
        Page("programmes/<slug:key>/<slug:kind>.svg", programmes.diagram, "programme-diagram"),
        Page("erasures/", erasures.listed, "erasures"),
        Page("erasures/ask/", erasures.ask, "erasure-ask"),
        Page("erasures/<uuid:key>/decide/", erasures.decide, "erasure-decide"),
        Page("audit/", audit.audit, "audit"),
        Page("audit/consistency.json", audit.consistency, "audit-consistency"),
        Page("cockpit/", cockpit.cockpit, "cockpit"),
        Page("cockpit/briefings/", briefings.briefings, "briefings"),
        Page("cockpit/briefings/<slug:name>/", briefings.briefing, "briefing"),
        Page("cockpit/briefings/<slug:name>/document/", briefings.document, "briefing-document"),
        Page("cockpit/briefings/<slug:name>/<str:fact>/", briefings.behind, "briefing-fact"),
        Page("cockpit/suggestions/", suggested.month, "cockpit-suggestions"),
        Page("cockpit/<slug:indicator>/", cockpit.number, "number"),
        *Rulebook().pages(""),
        *Documents().pages(""),
        *registers,
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


def _of_draws(name: str) -> Callable[..., Any]:
    """A page about a draw: the methods that it rests on are loaded when somebody opens it, not at the start."""

    def answer(request: Any, **given: Any) -> Any:
        from bihuan.faces.public import draws

        return getattr(draws, name)(request, **given)

    return answer


def _of_policies(name: str) -> Callable[..., Any]:
    """A page that judges registers in columns: what it needs is loaded when somebody opens it, not at the start."""

    def answer(request: Any, **given: Any) -> Any:
        from bihuan.faces.public import policies

        return getattr(policies, name)(request, **given)

    return answer
