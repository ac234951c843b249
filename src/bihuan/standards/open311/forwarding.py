"""Cases that a person gave to a unit which stands for another installation: sent there once, followed from there.

Planned from cases, sent with a key of repetition that never changes, tried again with growing pauses; what does not go
through is shown at `/desk/stuck/`. Each step over there is a note here, in one transaction with what was heard of it;
where the declaration says so, the unit then accepts or submits. Verification stays ours, and independent.
Source: docs/adr/0374-open311-out.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction

from bihuan.loop import stuck
from bihuan.loop.facts import LoopFacts
from bihuan.loop.kernel.model import Case, Command, acting_as
from bihuan.loop.keys import bound
from bihuan.loop.models import CaseRow
from bihuan.loop.store import Order, append, get_case, history
from bihuan.notices.delivering import BACKOFF, pause_after
from bihuan.registers.pure.ids import new_id
from bihuan.standards.models import ForwardRow
from bihuan.standards.open311.client import EndpointAway, HeardUpdate, Open311Endpoint
from bihuan.standards.open311.forwards import ForwardDeclaration, all_forwards

LOOP = "open311_out"
LEASE, BATCH = timedelta(minutes=2), 50
LOOKED_BACK, AGAIN = timedelta(days=89), timedelta(hours=1)
"""How far back updates are asked for; how much of what was heard is asked for again, for clocks that differ."""
LONGEST = 3_900


@dataclass
class CaseForwarder:
    """Plans, sends and follows.

    Args:
        world: Facts in force. places: Name → endpoint.
    """

    world: LoopFacts
    places: dict[str, Open311Endpoint]

    def __post_init__(self) -> None:
        """Whose code each organisation has today."""
        today = self.world.now.astimezone(self.world.registers.calendar.zone).date()
        self._units = {span.code: str(span.id) for span in self.world.registers.organisations.at(today).units()}

    @property
    def district(self) -> str:
        """Code. Source: docs/adr/0374-open311-out.md."""
        return self.world.registers.district.code

    def plan(self) -> int:
        """Note the cases that are to go; returns how many. Source: docs/adr/0374-open311-out.md."""
        made: list[ForwardRow] = []
        for name, each in all_forwards().items():
            told = each.forward
            unit = self._units.get(told.unit)
            if unit is None or told.endpoint not in self.places:
                continue
            known = ForwardRow.objects.filter(district_id=self.district, forward=name).values("case_id")
            waiting = CaseRow.objects.filter(
                district_id=self.district, programme=told.programme, kind=told.case, lead=unit,
                ended_at__isnull=True, history__isnull=True, restricted__isnull=True,
            ).exclude(id__in=known)  # fmt: skip
            made += [
                ForwardRow(
                    id=new_id(), district_id=self.district, forward=name, endpoint=told.endpoint, case_id=case,
                    number=number, made_at=self.world.now, next_at=self.world.now,
                )
                for case, number in waiting.values_list("id", "number")[:1000]
            ]  # fmt: skip
        ForwardRow.objects.bulk_create(made, ignore_conflicts=True)
        return len(made)

    def send(self) -> int:
        """Send what is due; returns how many the other side took. Source: docs/adr/0374-open311-out.md."""
        with transaction.atomic():
            due = ForwardRow.objects.filter(district_id=self.district, state="waiting", next_at__lte=self.world.now)
            rows = list(due.select_for_update(skip_locked=True).order_by("next_at")[:BATCH])
            ForwardRow.objects.filter(id__in=[row.id for row in rows]).update(next_at=self.world.now + LEASE)
        return sum(self._send(row) for row in rows)

    def _send(self, row: ForwardRow) -> bool:
        declared, case = all_forwards().get(row.forward), get_case(row.case_id)
        if declared is None or case is None or not case.open or case.lead != self._units.get(declared.forward.unit):
            ForwardRow.objects.filter(pk=row.pk).update(state="over", next_at=None, detail="no longer theirs")
            stuck.mended(LOOP, [str(row.id)])
            return False
        try:
            remote = self._posted(row, declared.forward, case)
        except EndpointAway as away:
            self._later(row, str(away))
            return False
        with transaction.atomic():
            text = f"已转{declared.forward.name.zh}，对方编号 {remote} · with {declared.forward.name.en} as {remote}"
            self._tell(row, declared.forward, "sent", text, None)
            ForwardRow.objects.filter(pk=row.pk).update(
                state="sent", next_at=None, remote=remote, sent_at=self.world.now, detail="", attempts=row.attempts + 1
            )
        stuck.mended(LOOP, [str(row.id)])
        return True

    def _posted(self, row: ForwardRow, told: ForwardDeclaration, case: Case) -> str:
        service, place = told.service(case.category), self.places.get(row.endpoint)
        if place is None:
            raise EndpointAway(f"BIHUAN_OPEN311_OUT has no {row.endpoint}")
        if service is None:
            raise EndpointAway(f"no service over there for {case.category}; name it in {row.forward}")
        said = {"service_code": service, "description": _description(told, case)}
        if case.place is not None:
            lon, lat = case.place
            said |= {"lat": f"{lat / 1e6:.6f}", "long": f"{lon / 1e6:.6f}"}
        else:
            said["address_string"] = case.area or case.number
        return place.send(said, f"{self.district}-{row.number}-{row.forward}")

    def _later(self, row: ForwardRow, why: str) -> None:
        attempts = row.attempts + 1
        again = self.world.now + pause_after(min(attempts, len(BACKOFF)), str(row.id))
        ForwardRow.objects.filter(pk=row.pk).update(attempts=attempts, detail=why[:200], next_at=again)
        stuck.set_aside(LOOP, str(row.id), row.number, why[:200])

    def follow(self) -> int:
        """Hear what happened over there; returns how many updates were new. Source: docs/adr/0374-open311-out.md."""
        self._close()
        rows = ForwardRow.objects.filter(district_id=self.district, state="sent").order_by("sent_at")
        by_place = defaultdict[str, list[ForwardRow]](list)
        for row in rows:
            by_place[row.endpoint].append(row)
        return sum(self._follow(self.places[name], found) for name, found in by_place.items() if name in self.places)

    def _follow(self, place: Open311Endpoint, rows: Sequence[ForwardRow]) -> int:
        theirs, heard = {row.remote: row for row in rows}, 0
        since = min((row.heard_at or row.sent_at or row.made_at) for row in rows) - AGAIN
        name = f"follow:{rows[0].endpoint}"
        try:
            for update in place.updates(max(since, self.world.now - LOOKED_BACK), self.world.now):
                row = theirs.get(str(update.service_request_id))
                heard += row is not None and self._hear(row, update)
        except EndpointAway as away:
            stuck.set_aside(LOOP, name, "", str(away))
        else:
            stuck.mended(LOOP, [name])
        return heard

    def _hear(self, row: ForwardRow, update: HeardUpdate) -> bool:
        declared, case = all_forwards().get(row.forward), get_case(row.case_id)
        if declared is None or case is None or not case.open:
            return False
        told, status = declared.forward, update.status.strip().lower().replace(" ", "_")
        at = update.updated_datetime.astimezone(self.world.registers.calendar.zone)
        said = " ".join((update.description or "").split())[:1000]
        text = f"{told.name.zh}：{status} {at:%Y-%m-%d %H:%M} · {told.name.en}: {status}{f' · {said}' if said else ''}"
        with transaction.atomic():
            new = self._tell(row, told, str(update.update_id), text, told.updates.get(status))
            if row.heard_at is None or row.heard_at < update.updated_datetime:
                row.heard_at = update.updated_datetime
                row.save(update_fields=["heard_at"])
        return new

    def _tell(self, row: ForwardRow, told: ForwardDeclaration, what: str, text: str, then: str | None) -> bool:
        """Note it once, for the unit that stands for them, and do what then follows; True when it was new."""
        actor, key = acting_as("neighbour", row.forward, unit=self._units.get(told.unit)), f"{row.id}/{what}"
        noting = Order(Command("note", actor, self.world.now, private={"text": text}), row.case_id, key=_key(key))
        orders = [noting]
        if then is not None:
            orders.append(Order(Command(then, actor, self.world.now), row.case_id, key=_key(f"{key}/{then}")))
        results = append(orders, facts=self.world)
        return not results[0].duplicate and results[0].refusal is None

    def _close(self) -> None:
        """Whatever has ended here is followed no longer."""
        ended = CaseRow.objects.filter(district_id=self.district, ended_at__isnull=False).values("id")
        sent = ForwardRow.objects.filter(district_id=self.district, state="sent")
        sent.filter(case_id__in=ended).update(state="over")


def forward_all(world: LoopFacts, places: dict[str, Open311Endpoint]) -> tuple[int, int, int]:
    """Plan, send and follow once; returns how many of each. Source: docs/adr/0374-open311-out.md."""
    if not places or not all_forwards():
        return 0, 0, 0
    forwarder = CaseForwarder(world, places)
    return forwarder.plan(), forwarder.send(), forwarder.follow()


def forwarded(district: str) -> Iterator[dict[str, str | None]]:
    """Yield what went where, the newest first. Source: docs/adr/0374-open311-out.md."""
    for row in ForwardRow.objects.filter(district_id=district).order_by("-made_at")[:1000]:
        yield {
            "number": row.number, "forward": row.forward, "state": row.state, "remote": row.remote,
            "attempts": str(row.attempts), "detail": row.detail,
            "heard": row.heard_at.isoformat() if row.heard_at else None,
        }  # fmt: skip


def _key(text: str) -> str:
    return bound(LOOP, "system:neighbour", text)


def _description(told: ForwardDeclaration, case: Case) -> str:
    """Category and our number; where the declaration says so, what was reported. Never who reported it."""
    head = f"{case.number} {case.category or case.kind}"
    if not told.words:
        return head
    opening = next(iter(history(UUID(str(case.id)), private=True)), None)
    words = str((opening.private or {}).get("text", "")) if opening is not None else ""
    return f"{head}\n{words}"[:LONGEST]
