"""The evidence of a case about something that is measured: what came, what the register said, what proves both.

One ZIP whose name holds its digest: the case and its events, the versions of the subject and of what it rests on as
they held when the case opened, values of its series with when each came, raw records of wires, and for every event the
proof that it stands in the log. Source: docs/adr/0364-evidence-package.md.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from bihuan.extend import RAW_RECORDS, RawQuestion
from bihuan.faces.parts import acting
from bihuan.faces.parts.people import requires
from bihuan.faces.parts.world import World, world
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.proofs import prove_case
from bihuan.loop.kernel.model import Case
from bihuan.loop.models import EventRow
from bihuan.loop.store.read import case_of
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import current_catalogue
from bihuan.series.showing import values_between
from bihuan.subjects import asking
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import Looker

BEFORE, LONGEST = timedelta(days=1), timedelta(days=31)
"""Values from a day before the opening on, at most a month."""
_SAME = (1980, 1, 1, 0, 0, 0)


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
    content = package(here, case)
    name = f"{number}-{hashlib.sha256(content).hexdigest()}.zip"
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def package(here: World, case: Case) -> bytes:
    """The ZIP; its bytes depend on what is told alone. Source: docs/adr/0364-evidence-package.md."""
    files = dict(_files(here, case))
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    files["manifest.json"] = _json({"case": case.number, "programme": case.programme, "files": listed})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _SAME), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _files(here: World, case: Case) -> Iterator[tuple[str, bytes]]:
    assert case.opened_at is not None
    first, last = case.opened_at - BEFORE, min(case.ended_at or here.now, case.opened_at + LONGEST)
    yield "case.json", _json(_told(case))
    try:
        yield "proofs.json", _json(prove_case(case.id))
    except LedgerError as error:
        yield "proofs.json", _json({"not_yet": str(error)})
    held = dict(_versions(here, case))
    yield "register.json", _json(held)
    yield from _series(here, case, first, last)
    about = next(iter(held.values()), None)
    question = RawQuestion(str(case.about), about["values"] if about else {}, first, last)
    for wire in RAW_RECORDS.all():
        for name, content in wire.files(question).items():
            yield f"{wire.name}/{name}", content


def _told(case: Case) -> dict[str, Any]:
    events = EventRow.objects.filter(case_id=case.id).order_by("version")
    return {
        "number": case.number, "programme": case.programme, "edition": case.edition, "kind": case.kind,
        "state": case.state, "about": f"{case.about}/{case.subject}",
        "events": [
            {"id": str(each.id), "version": each.version, "kind": each.kind, "at": each.occurred_at.isoformat(),
             "recorded": each.recorded_at.isoformat(), "actor": each.actor, "data": each.data}
            for each in events
        ],
    }  # fmt: skip


def _versions(here: World, case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
    """The subject, then what its fields lead to, as they held and were known when the case opened."""
    assert case.opened_at is not None
    looker = Looker(here.actor.id, here.actor.roles, frozenset({case.programme}), f"evidence of {case.number}")
    day, types = case.opened_at.astimezone(here.zone).date(), subject_types()
    kind = subject_type(str(case.about))
    found = asking.get(here.registers.district.code, kind, str(case.subject), day, looker)
    if found is None:
        return
    yield f"{kind.id}/{found.key}", _version(found)
    for name in kind.open_fields:
        field = kind.fields[name]
        if field.to in types and (key := found.values.get(name)):
            other = asking.get(here.registers.district.code, types[field.to], str(key), day, looker)
            if other is not None:
                yield f"{field.to}/{other.key}", _version(other)


def _version(held: HeldFacts) -> dict[str, Any]:
    return {
        "values": dict(held.values), "from": held.valid_from.isoformat(),
        "until": held.valid_to.isoformat() if held.valid_to else None, "recorded": held.recorded_at.isoformat(),
        "change": str(held.change), "source": held.source, "actor": held.actor,
    }  # fmt: skip


def _series(here: World, case: Case, first: datetime, last: datetime) -> Iterator[tuple[str, bytes]]:
    district = here.registers.district.code
    with in_district(district):
        for name, series in sorted(current_catalogue().series.items()):
            if series.declared.subject == case.about:
                told = values_between(district, series, str(case.subject), first.isoformat(), last.isoformat())
                if told["values"]:
                    yield f"series/{name}.json", _json(told)


def _json(told: Mapping[str, Any] | list[Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()
