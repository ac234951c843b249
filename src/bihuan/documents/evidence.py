"""The evidence of a case about something that is measured: what came, what the register said, what proves both.

One ZIP: the case and its events, the versions of the subject and of what it rests on as they held when the case opened,
values of its series with when each came, raw records of wires, and for every event the proof that it stands in the log.
Source: docs/adr/0364-evidence-package.md.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bihuan.extend import RAW_RECORDS, RawQuestion
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.proofs import prove_case
from bihuan.loop.kernel.model import Actor, Case
from bihuan.loop.models import EventRow
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.snapshot import Registers
from bihuan.series.catalogue import current_catalogue
from bihuan.series.showing import values_between
from bihuan.subjects import asking
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.catalogue import subject_type, subject_types
from bihuan.subjects.fence import Looker

BEFORE, LONGEST = timedelta(days=1), timedelta(days=31)
"""Values from a day before the opening on, at most a month."""
_SAME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class EvidenceAsked:
    """Who asks for a package, in which district, when."""

    actor: Actor
    registers: Registers
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        """The district's time zone."""
        return self.registers.calendar.zone


def evidence_of(here: EvidenceAsked, case: Case) -> bytes:
    """Return the ZIP of a case about something registered; its bytes depend on what is told alone.

    Source: docs/adr/0364-evidence-package.md.
    """
    files = dict(_files(here, case))
    listed = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    files["manifest.json"] = _json({"case": case.number, "programme": case.programme, "files": listed})
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _SAME), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _files(here: EvidenceAsked, case: Case) -> Iterator[tuple[str, bytes]]:
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


def _versions(here: EvidenceAsked, case: Case) -> Iterator[tuple[str, dict[str, Any]]]:
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


def _series(here: EvidenceAsked, case: Case, first: datetime, last: datetime) -> Iterator[tuple[str, bytes]]:
    district = here.registers.district.code
    with in_district(district):
        for name, series in sorted(current_catalogue().series.items()):
            if series.declared.subject == case.about:
                told = values_between(district, series, str(case.subject), first.isoformat(), last.isoformat())
                if told["values"]:
                    yield f"series/{name}.json", _json(told)


def _json(told: Mapping[str, Any] | list[Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True, default=str).encode()
