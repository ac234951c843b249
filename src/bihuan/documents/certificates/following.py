"""From events to certificates: follows the log; an event of a declared occasion issues one, others end it, once each.

The position moves in the transaction that writes. What cannot be issued is set aside by the names of what is missing,
shown, and tried again. Source: DESIGN §14; docs/adr/0332-certificates.md.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from bihuan.documents.certificates.catalogue import all_certificates
from bihuan.documents.certificates.declaration import CertificateEvent
from bihuan.documents.certificates.issuing import CertificateRefused, end_certificate, issue_after
from bihuan.documents.certificates.models import CertificateRow
from bihuan.documents.letters.following import LetterEvent, events_again, events_between, last_leaf
from bihuan.documents.letters.gathering import LetterOccasion
from bihuan.documents.letters.models import LetterPosition
from bihuan.loop import stuck
from bihuan.loop.facts import LoopFacts
from bihuan.loop.models import CaseRow

LOOP, SOURCE = "certificates", "certificate"
BATCH = 200
BY_EVENT = "system:certificates"


def follow_events(world: LoopFacts, batch: int = BATCH) -> int:
    """Issue and end the certificates that the next events of the log ask for; returns how many leaves were passed.

    Args:
        world: The facts in force, of the district that is worked for. batch: Leaves at most.

    Source: docs/adr/0332-certificates.md.
    """
    declared = all_certificates().values()
    wanted = [each for d in declared for each in (d.certificate.occasion, *d.certificate.revoked) if each is not None]
    if not wanted:
        return 0
    with transaction.atomic():
        district = world.registers.district.code
        position, _ = LetterPosition.objects.select_for_update().get_or_create(district_id=district, source=SOURCE)
        last = last_leaf(position.index, batch)
        if last is None:
            _act(_set_aside(), world)
            return 0
        programmes, kinds = sorted({each.programme for each in declared}), sorted({each.event for each in wanted})
        _act(events_between(position.index, last, kinds, programmes), world)
        passed: int = last - position.index
        LetterPosition.objects.filter(pk=position.pk).update(index=last)
    return passed


def _act(events: Sequence[LetterEvent], world: LoopFacts) -> None:
    for event in events:
        try:
            with transaction.atomic():
                _act_one(event, world)
        except stuck.AWAY:
            raise
        except CertificateRefused as refused:
            stuck.set_aside(LOOP, str(event.id), event.number, f"{refused.code}: {refused.field}")
        except Exception as error:  # noqa: BLE001 - whatever one event raises, the others go on; it is set aside, shown
            stuck.set_aside(LOOP, str(event.id), event.number, stuck.why(error))


def _act_one(event: LetterEvent, world: LoopFacts) -> None:
    for declared in all_certificates().values():
        if declared.programme != event.programme:
            continue
        kind = declared.certificate
        if kind.occasion is not None and _is(event, kind.occasion):
            case = CaseRow.objects.get(pk=event.case)
            occasion = LetterOccasion(f"event:{event.id}", event.at, event.programme, event.data, case, event.actor)
            issue_after(declared, occasion, {}, world)
        for each in kind.revoked:
            if _is(event, each):
                _end(event, kind.certificate, each, world)


def _is(event: LetterEvent, wanted: CertificateEvent) -> bool:
    return (
        event.kind == wanted.event
        and (not wanted.cases or event.case_kind in wanted.cases)
        and all(event.data.get(name) == value for name, value in wanted.when.items())
    )


def _end(event: LetterEvent, name: str, wanted: CertificateEvent, world: LoopFacts) -> None:
    """End what was issued in the event's case; what is over already stays as it is."""
    reason = str(event.data.get("reason") or event.kind)
    for row in CertificateRow.objects.filter(certificate=name, case_id=event.case).order_by("id"):
        try:
            end_certificate(row.id, wanted.does, reason, world, event.actor or BY_EVENT)
        except CertificateRefused as refused:
            if refused.code not in ("over", "wrong_step"):
                raise


def _set_aside() -> list[LetterEvent]:
    resting, known = stuck.resting(LOOP)
    due = sorted(known - resting)
    if not due:
        return []
    events = events_again(due)
    stuck.mended(LOOP, due)
    return events
