"""Every page by its address."""

from django.urls import URLPattern, URLResolver, path

from bihuan.faces.api.site import api
from bihuan.faces.views import approvals, audit, callback, case, cockpit, desk, home, portal, programmes, track, unit

urlpatterns: list[URLPattern | URLResolver] = [
    path("", portal.portal, name="portal"),
    path("api/v1/", api.urls),
    path("icon.svg", portal.icon, name="icon"),
    path("report/", portal.report, name="report"),
    path("report/received/", portal.received, name="received"),
    path("report/receipt.json", portal.receipt_file, name="receipt-file"),
    path("report/areas.geojson", portal.areas_geojson, name="areas-geojson"),
    path("track/", track.track, name="track"),
    path("track/report/", track.my_report, name="my-report"),
    path("track/report/do/<slug:command>/", track.act, name="my-report-act"),
    path("track/report/answer/", track.answer, name="my-report-answer"),
    path("track/leave/", track.leave, name="track-leave"),
    path("home/", home.home, name="home"),
    path("cases/<str:number>/", case.show, name="case"),
    path("cases/<str:number>/act/", case.act, name="case-act"),
    path("cases/<str:number>/reporter/", case.reveal, name="case-reveal"),
    path("cases/<str:number>/files/<str:sha256>/", case.evidence_file, name="case-file"),
    path("desk/", desk.queue, name="desk"),
    path("desk/next/", desk.claim_next, name="desk-next"),
    path("desk/views/", desk.save_view, name="desk-save-view"),
    path("desk/note/", desk.write_note, name="desk-note"),
    path("desk/new/", desk.new, name="desk-new"),
    path("desk/caller/", desk.caller, name="desk-caller"),
    path("desk/surge/<uuid:key>/seen/", desk.surge_seen, name="desk-surge-seen"),
    path("desk/<str:number>/", desk.work, name="desk-case"),
    path("desk/<str:number>/lock/", desk.heartbeat, name="desk-lock"),
    path("desk/<str:number>/answers/", desk.answers, name="desk-answers"),
    path("desk/<str:number>/merge/", desk.merge, name="desk-merge"),
    path("unit/", unit.queue, name="unit"),
    path("callback/", callback.queue, name="callback"),
    path("callback/<str:number>/", callback.call, name="callback-case"),
    path("approvals/", approvals.queue, name="approvals"),
    path("programmes/", programmes.catalogue, name="programmes"),
    path("programmes/<slug:key>/", programmes.one, name="programme"),
    path("programmes/<slug:key>/<slug:kind>.svg", programmes.diagram, name="programme-diagram"),
    path("audit/", audit.audit, name="audit"),
    path("audit/consistency.json", audit.consistency, name="audit-consistency"),
    path("cockpit/", cockpit.cockpit, name="cockpit"),
    path("cockpit/<slug:indicator>/", cockpit.number, name="number"),
]
