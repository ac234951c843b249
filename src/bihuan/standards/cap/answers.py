"""`/alerts/`: the feed of what holds, each alert by its identifier for ever, the certificate to pin.

Source: CAP-v1.2; RFC 4287; RFC 9110 §13 (conditional requests); docs/topics/alerts.md.
"""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import urljoin

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Router

from bihuan.faces.api.access import here, public
from bihuan.faces.parts.problems import not_found
from bihuan.registers.isolation import in_district
from bihuan.standards.cap.alerts import message_named, messages_in_force
from bihuan.standards.cap.signing import alert_certificate, signed_alert
from bihuan.standards.cap.writing import MEDIA, write_alert, write_feed
from bihuan.standards.serving.api import wire_api
from bihuan.standards.serving.callers import ANY_CALLER

router = Router(tags=["CAP 1.2"], auth=ANY_CALLER)


@router.get("/feed.atom", summary="Alerts that hold now")
@public
def feed(request: HttpRequest) -> HttpResponse:
    """The newest message of each alert that has not expired. Source: RFC 4287; CAP-v1.2."""
    world = here(request)
    district = world.registers.district
    with in_district(district.code):
        messages = messages_in_force(world)
    address, title = urljoin(settings.BIHUAN_BASE_URL, "/alerts"), f"{district.name_zh}预警 · {district.name_en} alerts"
    body = write_feed(messages, address, title, district.name_en, world.zone)
    return HttpResponse(body, content_type="application/atom+xml; charset=utf-8")


@router.get("/certificate.pem", summary="The certificate to pin")
@public
def certificate(request: HttpRequest) -> HttpResponse:
    """Whose signature stands under the alerts. Source: RFC 5280."""
    body = alert_certificate(settings.BIHUAN_SEAL_KEY, here(request).registers.district.code)
    return HttpResponse(body, content_type="application/x-pem-file")


@router.get("/{identifier}.xml", summary="An alert, signed")
@public
def one(request: HttpRequest, identifier: str) -> HttpResponse:
    """An alert, an update or a cancellation; what has expired stays here. Source: CAP-v1.2 §3.2.1."""
    world = here(request)
    district = world.registers.district.code
    with in_district(district):
        message = message_named(world, identifier)
    if message is None:
        raise not_found("这条预警", "alert")
    alert = write_alert(message, world.zone)
    answer = HttpResponse(
        signed_alert(alert, settings.BIHUAN_SEAL_KEY, district), content_type=f"{MEDIA}; charset=utf-8"
    )
    # A signature differs in each process; what is signed does not.
    answer["ETag"] = f'W/"{sha256(alert).hexdigest()[:32]}"'
    return answer


api = wire_api("alerts/", "CAP 1.2", router)
