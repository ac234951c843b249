"""Which page stands at which address; a page's module is loaded with the addresses, not with the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bihuan.extend import Page


def pages() -> tuple[Page, ...]:
    """Every page by its address."""
    from bihuan.faces.api.site import api
    from bihuan.faces.numbers import briefings, cockpit, suggested
    from bihuan.faces.panels.page import open_view_page, view_page
    from bihuan.faces.panels.report import view_file
    from bihuan.faces.public import (
        admitted,
        applying,
        feeds,
        forms,
        portal,
        programmes,
        received_letters,
        signs,
        track,
        voting,
    )
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
        policy_drafts,
        revisions,
        series,
        stuck,
        subjects,
        submissions,
        unit,
        voter_codes,
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
        Page("policies/<slug:key>/draft/", policy_drafts.draft, "policy-draft"),
        Page("draws/", _of_draws("catalogue"), "draws"),
        Page("draws/<str:name>.json", _of_draws("record"), "draw-record"),
        Page("draws/<str:name>/", _of_draws("one"), "draw"),
        Page("boxes/", _of_boxes("catalogue"), "boxes"),
        Page("boxes/<str:box>/<str:lot>.json", _of_boxes("record"), "box-record"),
        Page("boxes/<str:box>/<str:lot>/", _of_boxes("one"), "box"),
        Page("boxes/<str:box>/<str:lot>/vote/", voting.vote, "box-vote"),
        Page("boxes/<str:box>/<str:lot>/vote/receipts.json", voting.receipts, "box-receipts"),
        Page("boxes/<str:box>/<str:lot>/codes.csv", voter_codes.issue, "box-codes"),
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
        Page("certificates/check/<uuid:key>/", shown_certificates.check, "certificate-check"),
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
        Page("programmes/<slug:key>/open/<slug:view>/", open_view_page, "open-view"),
        Page("programmes/<slug:key>/page/<slug:view>.docx", view_file, "view-file"),
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


def _of_draws(name: str) -> Callable[..., Any]:
    """A page about a draw: the methods that it rests on are loaded when somebody opens it, not at the start."""

    def answer(request: Any, **given: Any) -> Any:
        from bihuan.faces.public import draws

        return getattr(draws, name)(request, **given)

    return answer


def _of_boxes(name: str) -> Callable[..., Any]:
    """A page about a sealed box: the methods that count are loaded when somebody opens it, not at the start."""

    def answer(request: Any, **given: Any) -> Any:
        from bihuan.faces.public import boxes

        return getattr(boxes, name)(request, **given)

    return answer


def _of_policies(name: str) -> Callable[..., Any]:
    """A page that judges registers in columns: what it needs is loaded when somebody opens it, not at the start."""

    def answer(request: Any, **given: Any) -> Any:
        from bihuan.faces.public import policies

        return getattr(policies, name)(request, **given)

    return answer
