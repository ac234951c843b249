"""The resident's pages: the portal, reporting, the receipt."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control

from bihuan.faces.parts import drafts, media, reporting
from bihuan.faces.parts.language import language
from bihuan.faces.parts.options import category_groups, streets
from bihuan.faces.parts.ring import arc, example, ring_of
from bihuan.faces.parts.world import World, world
from bihuan.intake.access import code_of
from bihuan.intake.receive import ReportReceipt
from bihuan.loop.models import MediaRow
from bihuan.loop.store import get_case
from bihuan.numbers.reading import kept_figures
from bihuan.registers.pure.ids import new_id


def portal(request: HttpRequest) -> HttpResponse:
    """The front door. Source: docs/topics/indicators.md, "Kept numbers" (the portal's thirty days)."""
    here = world(request)
    ring = example("signal", "triage", "dispatch", "handling", "evidence", current="verification")
    told = {"example": ring, "figures": figures(here), "counted_at": counted_at(here), "now": here.now}
    return render(request, "faces/public/portal.html", told)


def figures(here: World) -> list[dict[str, Any]]:
    """Public counts of the last thirty days as last counted, each with its definition; none before the first time.

    Source: docs/topics/indicators.md, "Kept numbers" (the portal's thirty days)
    """
    counted = kept_figures(here.registers.district.code)
    told = {
        "received": (_("reports in 30 days"), _("Every case opened in the last 30 days, merged ones included.")),
        "confirmed": (_("closed in 30 days"), _("Cases ended after handling; answered-at-once ones not counted.")),
        "open": (_("open now"), _("Cases that have not ended, suspended ones included.")),
        "late": (_("overdue now"), _("Open cases whose earliest running clock has passed.")),
    }
    return [
        {"value": counted[name], "label": label, "definition": means}
        for name, (label, means) in told.items()
        if name in counted
    ]


def counted_at(here: World) -> datetime | None:
    """When the figures were counted. Source: docs/topics/indicators.md, "Kept numbers" (the portal's thirty days)."""
    at = kept_figures(here.registers.district.code).get("at")
    return datetime.fromisoformat(at) if at else None


def report(request: HttpRequest) -> HttpResponse:
    """The report form; sent twice it has one effect.

    Source: docs/topics/faces.md ("Once", "Nothing written is lost")
    """
    here = world(request)
    given = request.POST or drafts.words_for(request) or _beginning(request)
    sent = {name: given.get(name, "") for name in reporting.FIELDS}
    errors: dict[str, str] = {}
    kept: list[MediaRow] = []
    if request.method == "POST":
        photos = request.FILES.getlist("photos")
        stored, refused = reporting.store_photos(here, photos)
        kept = [*drafts.photos_for(request, request.POST.getlist("kept_photo")), *stored]
        errors = {**reporting.check(sent, len(kept) + len(photos) - len(stored)), **refused}
        drafts.keep_photos(request, kept)  # a wrong word elsewhere in the form does not cost the photographs
        if not errors:
            browser = reporting.browser_of(request)
            receipt, errors = reporting.send_report(here, sent, kept, browser=browser)
            if receipt is not None and receipt.duplicate and not _own(request, receipt, browser):
                receipt, errors = None, {"form": _("This form was sent before. Open a new form for another matter.")}
            if receipt is not None:
                request.session["receipt"] = {
                    "number": receipt.number,
                    "report": str(receipt.report),
                    "signed": receipt.signed,
                }
                request.session["report"] = str(receipt.report)
                return redirect("received")
    sent["key"] = sent["key"] or str(new_id())
    if request.method == "GET":
        kept = drafts.photos_for(request)
    context = {"form": sent, "errors": errors, "categories": category_groups(), "areas": _areas(here),
               "kept_photos": kept}  # fmt: skip
    return render(request, "faces/public/report.html", context, status=422 if errors else 200)


def _beginning(request: HttpRequest) -> dict[str, str]:
    """Where a link lets a report begin, such as the one of a sign; nothing else is taken from an address."""
    return {name: request.GET.get(name, "")[:200] for name in ("address", "area", "lon", "lat")}


def kept_photo(request: HttpRequest, key: UUID) -> HttpResponseBase:
    """A photograph kept for an interrupted form of this browser.

    Source: docs/topics/faces.md ("Once", "Nothing written is lost")
    """
    world(request)
    mine = drafts.holds(request, key)
    return media.response(MediaRow.objects.filter(pk=key, case_id__isnull=True).first() if mine else None, 320)


def _own(request: HttpRequest, receipt: ReportReceipt, browser: str) -> bool:
    """Whether a report received before is this browser's: only then its number and code are shown again."""
    return bool(browser) or str(receipt.report) == request.session.get("report")


def received(request: HttpRequest) -> HttpResponse:
    """The receipt: number, access code, ring, signed promise.

    Source: docs/topics/ledger.md, "For residents: a receipt is a promise".
    """
    world(request)
    kept = request.session.get("receipt")
    case = get_case(kept["number"]) if kept else None
    if kept is None or case is None:
        return redirect("report")
    context = {
        "case": case,
        "access_code": code_of(UUID(kept["report"])),
        "ring": ring_of(case),
        "qr": reporting.qr(reporting.track_link(case.number)),
        "track_url": reverse("my-report"),
    }
    return render(request, "faces/public/receipt.html", context)


def receipt_file(request: HttpRequest) -> HttpResponse:
    """The signed receipt as a file.

    Raises:
        Http404: this browser holds no receipt.

    Source: docs/topics/ledger.md, "For residents: a receipt is a promise".
    """
    kept = request.session.get("receipt")
    if not kept or not kept["signed"]:
        raise Http404(_("There is no receipt in this browser; it is offered right after reporting."))
    body = json.dumps(kept["signed"], ensure_ascii=False, indent=2)
    answer = HttpResponse(body, content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="bihuan-{kept["number"]}.json"'
    return answer


@cache_control(max_age=3600)
def areas_geojson(request: HttpRequest) -> HttpResponse:
    """The district's sub-districts as GeoJSON: points, and outlines where the register has them.

    Source: RFC 7946 (GeoJSON); docs/adr/0050 (6)
    """
    here = world(request)
    features: list[dict[str, Any]] = []
    lons, lats = [], []
    for area in here.registers.areas.at_level("street"):
        properties = {"code": area.code, "name": area.name_en if language() == "en" else area.name_zh}
        if area.polygon:
            outline = {"type": "Polygon", "coordinates": [list(map(list, ring)) for ring in area.polygon]}
            features.append({"type": "Feature", "properties": properties, "geometry": outline})
        if area.lon is not None and area.lat is not None:
            lons.append(area.lon)
            lats.append(area.lat)
            point = {"type": "Point", "coordinates": [area.lon, area.lat]}
            features.append({"type": "Feature", "properties": properties, "geometry": point})
    margin = 0.02
    box = (
        [min(lons) - margin, min(lats) - margin, max(lons) + margin, max(lats) + margin]
        if lons
        else [-180, -85, 180, 85]
    )
    return JsonResponse({"type": "FeatureCollection", "bbox": box, "features": features})


def icon(request: HttpRequest) -> HttpResponse:
    """The mark as a favicon."""
    arcs = "".join(
        f'<path d="{arc(i)}" fill="none" stroke="#0e5a5e" stroke-width="{16 if i < 6 else 4}"/>' for i in range(7)
    )
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120">{arcs}</svg>'
    return HttpResponse(svg, content_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


def _areas(here: World) -> list[dict[str, str]]:
    return [{"code": code, "name": name} for code, name in streets(here.names)]
