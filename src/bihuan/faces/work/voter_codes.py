"""Codes for the slips of a sealed box: whoever keeps its register of lots downloads them once, as a file."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from bihuan.boxes.catalogue import UnknownBox, box_named
from bihuan.boxes.codes import issue_codes
from bihuan.boxes.pure.record import BoxRefused
from bihuan.faces.parts.people import acts, requires
from bihuan.faces.parts.world import world
from bihuan.readers import CsvWriter
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.revising import may_edit

COLUMNS = ["voter", "code", "address"]


@acts("box", "box", "lot")
@requires()
def issue(request: HttpRequest, box: str, lot: str) -> HttpResponse:
    """Give every voter of a lot a code, or those named in `voter` a new one; they stand in the answer alone.

    Raises:
        Http404: there is no such lot, or nobody puts in online.
        PermissionDenied: they do not keep the register of lots.

    Source: docs/topics/boxes.md, "Putting in online".
    """
    here = world(request)
    try:
        declared = box_named(box)
        if not may_edit(subject_type(declared.file.lot.subject), here.actor.roles):
            raise PermissionDenied(_("Your role has no work on this page. The administrator can give you the role if you need it."))  # fmt: skip # noqa: E501
        issued = issue_codes(declared, lot, here.now, here.actor.id, request.POST.getlist("voter") or None)
    except (UnknownBox, BoxRefused):
        raise Http404(_("There is nothing of that name.")) from None
    address = request.build_absolute_uri(reverse("box-vote", args=[box, lot]))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="voting-codes.csv"'
    answer["Cache-Control"] = "no-store"
    answer.write("\ufeff")
    writer = CsvWriter(answer, COLUMNS, "\r\n")
    for each in issued:
        writer.write([each.voter, each.code, address])
    return answer
