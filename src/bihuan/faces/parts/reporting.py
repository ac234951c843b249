"""Reports and the people behind them, as pages need them: sending one in, opening a sealed identity."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import qrcode
import qrcode.image.svg
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from bihuan.declare.fieldtype import UnparsableText
from bihuan.declare.types.place import position
from bihuan.faces.parts import media
from bihuan.faces.parts.language import language, moment, say
from bihuan.faces.parts.uploads import Upload
from bihuan.faces.parts.world import World
from bihuan.intake.receive import ReportReceipt, receive
from bihuan.intake.reports import NewReport, Reporter
from bihuan.loop.actors import reporter_of
from bihuan.loop.kernel.model import Actor, Case, Command
from bihuan.loop.kernel.permission import narrowed
from bihuan.loop.keys import bound, digest_of
from bihuan.loop.models import MediaRow, ReportRow
from bihuan.loop.store import Order, append
from bihuan.registers import identity
from bihuan.registers.pure.errors import RegisterError

MOST_PHOTOS = 4
PROGRAMME, KIND = "hotline", "request"  # what the public form opens; settings name another for another city
FIELDS = ("text", "category", "address", "area", "lon", "lat", "name", "phone", "key")


class OpenedIdentity(NamedTuple):
    """One opened identity."""

    channel: str
    received: str
    fields: dict[str, str]


def check(sent: Mapping[str, str], photos: int) -> dict[str, str]:
    """Return what is missing or too much in a report form, by field; `photos`: how many come with it.

    Source: docs/topics/import.md (the one door); docs/topics/faces.md ("Once")
    """
    errors = {}
    if len(sent["text"].strip()) < 4:
        errors["text"] = _("Please say in a sentence what is wrong.")
    if not (sent["address"].strip() or sent["area"] or (sent["lon"] and sent["lat"])):
        errors["place"] = _("Please say where: an address, a sub-district or a point on the map.")
    if photos > MOST_PHOTOS:
        errors["photos"] = _("At most %(most)d photos.") % {"most": MOST_PHOTOS}
    return errors


def store_photos(here: World, photos: Sequence[Upload]) -> tuple[list[MediaRow], dict[str, str]]:
    """Store each photograph that can be taken; with the reason for the first that cannot. The rest is not lost.

    Source: docs/topics/import.md (the one door); docs/topics/faces.md ("Once")
    """
    rows: list[MediaRow] = []
    errors: dict[str, str] = {}
    for photo in photos[:MOST_PHOTOS]:
        try:
            rows.append(media.keep(photo, here.actor.id, here.now, here.registers.district.code, zone=here.zone))
        except media.BadUpload as error:
            errors.setdefault("photos", f"{photo.name}: {error}")
    return rows, errors


def send_report(
    here: World,
    sent: Mapping[str, str],
    kept: Sequence[MediaRow],
    *,
    channel: str = "web",
    restricted: str | None = None,
    browser: str = "",
) -> tuple[ReportReceipt | None, dict[str, str]]:
    """Hand a checked form to intake; the receipt, or errors by field.

    The form's key is bound to who sent it and to what it says: sent twice it has one effect, other words after `back`
    are another report, and a stranger's form with the same key is a report of its own.

    Args:
        kept: Stored photographs (see `store_photos`).
        browser: What only the sender's browser knows (see `browser_of`), for who has no account.

    Source: docs/topics/import.md (the one door); docs/topics/faces.md ("Once")
    """
    text = sent["text"].strip()
    said = digest_of({name: value for name, value in sent.items() if name != "key"})
    key = bound("web", f"{here.actor.id}|{browser}", f"{sent['key']}|{said.hex()}")
    report = NewReport(
        key=key, programme=PROGRAMME, kind=KIND, channel=channel, at=here.now,
        title=text.splitlines()[0][:60], text=text, address=sent["address"].strip(),
        category=sent["category"] or None, area=sent["area"] or None, place=place_of(sent),
        reporter=Reporter(name=sent["name"].strip(), phone=sent["phone"].strip(), language=language()),
        media=tuple(row.sha256 for row in kept), restricted=restricted,
    )  # fmt: skip
    (receipt,) = receive([report], actor=here.actor, facts=here.facts)
    if receipt.refusal:
        remedy = f" · {say(receipt.refusal.remedy)}" if receipt.refusal.remedy else ""
        return None, {receipt.refusal.field or "form": say(receipt.refusal.text) + remedy}
    if receipt.duplicate and kept and receipt.report and (browser or here.staff):
        _add_photos(here, receipt, [row.sha256 for row in kept])
    return receipt, {}


def _add_photos(here: World, receipt: ReportReceipt, sent: list[str]) -> None:
    """A form sent again with further photos: they are added, for the words have been received already."""
    assert receipt.case is not None
    assert receipt.report is not None
    known = set(MediaRow.objects.filter(case_id=receipt.case).values_list("sha256", flat=True))
    new = [digest for digest in sent if digest not in known]
    if new:
        MediaRow.objects.filter(case_id=None, sha256__in=new).update(case_id=receipt.case)
        reporter = reporter_of(receipt.report, receipt.case)
        append([Order(Command("supplement", reporter, here.now, {}, {"media": new}), receipt.case)], facts=here.facts)


def browser_of(request: HttpRequest) -> str:
    """What only this browser knows: the secret behind its forgery check; empty when it keeps no cookies.

    Source: docs/adr/0220 (a browser's form is bound to the secret behind its forgery check)
    """
    return str(request.META.get("CSRF_COOKIE") or "")


def place_of(sent: Mapping[str, str]) -> tuple[int, int] | None:
    """Longitude and latitude in millionths of a degree; None when not given or not on this planet.

    Source: docs/adr/0231 (positions are millionths of a degree)
    """
    try:
        lon, lat = position(f"{sent['lon']}, {sent['lat']}")
    except UnparsableText:
        return None
    return lon, lat


def qr(url: str) -> str:
    """Return a QR code of a link as a data URL (SVG). Source: ISO/IEC 18004 (QR code)."""
    image = qrcode.make(url, image_factory=qrcode.image.svg.SvgPathFillImage, border=2)
    out = io.BytesIO()
    image.save(out)
    return "data:image/svg+xml;base64," + base64.b64encode(out.getvalue()).decode()


def track_link(number: str) -> str:
    """Return the public address of a report; without its access code."""
    return f"{settings.BIHUAN_BASE_URL}/track/?number={number}"


def reports_of(case: UUID) -> list[dict[str, Any]]:
    """The reports of a case without anything personal: channel, time, language, and whether an identity is sealed.

    Source: docs/topics/registers.md, "Identity"; docs/topics/faces.md ("Sealed")
    """
    rows = (
        ReportRow.objects.filter(case_id=case)
        .order_by("received_at")
        .values("id", "channel", "received_at", "language", "identity_id", "external_source", "external_number")
    )
    return [dict(row) for row in rows]


def may_reveal(actor: Actor, case: Case) -> bool:
    """Whether this person may open an identity: by a role that holds for the case, never from a unit that held it.

    Source: docs/topics/registers.md, "Identity"; docs/topics/faces.md ("Sealed")
    """
    units = {*actor.units, actor.unit} - {None}
    return narrowed(actor, case).may("reveal") and not units & {*case.units, *case.parties}


def unseen(error: RegisterError) -> str:
    """Return why an identity is not shown, in the reader's language.

    Source: docs/topics/registers.md, "Identity"; docs/topics/faces.md ("Sealed")
    """
    if error.where == "purpose":
        return _("Say for what purpose you look: it is logged with your name.")
    return _("This identity is no longer kept: it was erased, or its time is over.")


def reveal_report(here: World, case: UUID, purpose: str) -> list[OpenedIdentity]:
    """Open the identities of a case's reporters; every look is logged with its purpose.

    Raises:
        RegisterError: no purpose was given, or an identity has been erased.

    Source: docs/topics/registers.md, "Identity"; docs/topics/faces.md ("Sealed")
    """
    return [
        OpenedIdentity(
            row["channel"],
            moment(row["received_at"]),
            identity.reveal(row["identity_id"], here.registers.district, here.actor.id, purpose),
        )
        for row in reports_of(case)
        if row["identity_id"]
    ]
