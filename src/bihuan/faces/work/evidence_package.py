"""The package of evidence of a case, for whoever reads its words; the file's name holds the digest of its bytes.

Source: docs/adr/0364-evidence-package.md.
"""

from __future__ import annotations

import hashlib

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.documents.evidence import EvidenceAsked, evidence_of
from bihuan.faces.parts import acting
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import world
from bihuan.loop.store.read import case_of


@requires()
def download(request: HttpRequest, number: str) -> HttpResponse:
    """The package, to those who may read the words of the case.

    Raises:
        PermissionDenied: the role does not read the words of cases.
        Http404: the case is not about something that is registered.

    Source: docs/adr/0364-evidence-package.md.
    """
    here = world(request)
    row = acting.row_of(here, number)
    if row is None:
        raise Http404(_("There is no case %(number)s that you may see.") % {"number": number})
    if not row.words_seen:
        raise PermissionDenied(_("Your role does not read the words and photos of a case."))
    case = case_of(row.fold)
    if not (case.about and case.subject and case.opened_at):
        raise Http404(_("This case is not about something that is registered."))
    content = evidence_of(EvidenceAsked(here.actor, here.registers, here.now), case)
    name = f"{number}-{hashlib.sha256(content).hexdigest()}.zip"
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
