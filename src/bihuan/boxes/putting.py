"""Putting envelopes into a box: sealed at once, a receipt for each in the log; and how many took part so far.

Nobody, whatever the role, reads a value before the box is opened: the row holds ciphertext, the log a salted digest,
and no function of this room unseals before the closing. Source: docs/topics/boxes.md, "Putting in".
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db import connection

from bihuan.boxes.catalogue import DeclaredBox
from bihuan.boxes.models import EnvelopeRow
from bihuan.boxes.pure.declared import BoxFile
from bihuan.boxes.pure.record import BoxRefused, envelope_body
from bihuan.ledger.core.leaf import SALT_BYTES, private_hash
from bihuan.ledger.statements import promise_statements
from bihuan.registers.identity import sealer
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from bihuan.registers.pure.ids import new_id
from bihuan.subjects import asking
from bihuan.subjects.asking import HeldFacts
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.types import state_of

ENVELOPE = "sealed-envelope"


class SealedEnvelope(NamedTuple):
    """What somebody puts in: who, how it came, its values."""

    voter: str
    channel: str
    values: Mapping[str, str]


class BoxReceipt(NamedTuple):
    """What the voter gets: the digest of the own envelope, and the statement of the log that holds it."""

    voter: str
    digest: str
    statement: UUID


class RefusedEnvelope(NamedTuple):
    """An envelope that was not taken: its place in what was sent, the rule, in words."""

    place: int
    voter: str
    code: str
    what: str


class Participation(NamedTuple):
    """How many of the roll took part, by heads and by weight; never for what."""

    heads: int
    heads_in: int
    weight: Decimal
    weight_in: Decimal

    def missing(self, share: Sequence[int]) -> tuple[int, Decimal]:
        """How many heads and how much weight are missing to a share, rounded up to what would reach it."""
        above, below = share
        heads = max(0, -(-self.heads * above // below) - self.heads_in)
        return heads, max(Decimal(0), (self.weight * above / below - self.weight_in).quantize(Decimal("0.01")))


def put_in(
    box: DeclaredBox, lot: str, envelopes: Sequence[SealedEnvelope], now: datetime
) -> tuple[list[BoxReceipt], list[RefusedEnvelope]]:
    """Seal envelopes and state their digests in the log; what cannot be taken is named, the rest is taken.

    Args:
        box: As declared. lot: Key of what it is about. now: The moment; it stands in every envelope.

    Raises:
        BoxRefused: no such lot, not open yet, or closed.

    Source: docs/topics/boxes.md, "Putting in".
    """
    registers = current_registers()
    district, zone = registers.district.code, registers.calendar.zone
    about = _open_lot(box, lot, now)
    known, written = rolled(box, about, now), now.astimezone(zone).isoformat(timespec="seconds")
    day, taken, refused = now.astimezone(zone).date(), [], []
    rows: list[EnvelopeRow] = []
    for place, each in enumerate(envelopes):
        wrong = _wrong(box.file, each, known) or barred(box, each.voter, day, now)
        if wrong is not None:
            refused.append(RefusedEnvelope(place, each.voter, *wrong))
            continue
        salt, key, statement = os.urandom(SALT_BYTES), new_id(), new_id()
        digest = private_hash(salt, envelope_body(box.file.box, lot, each.voter, each.channel, written, each.values))
        content = msgspec.json.encode({"values": dict(each.values), "salt": salt.hex(), "put_at": written})
        rows.append(EnvelopeRow(
            id=key, district_id=district, box=box.file.box, lot=lot, voter=each.voter, channel=each.channel, put_at=now,
            digest=digest, statement=statement, sealed=sealer().seal_bytes(content, district, key),
            key_id=sealer().current_id,
        ))  # fmt: skip
        taken.append(BoxReceipt(each.voter, digest.hex(), statement))
    with in_district(district):
        EnvelopeRow.objects.bulk_create(rows, batch_size=1000)
        promise_statements(
            ENVELOPE,
            {each.statement: {"box": box.file.box, "lot": lot, "digest": each.digest} for each in taken},
            now,
        )
    return taken, refused


def participation(box: DeclaredBox, lot: str, now: datetime) -> Participation:
    """Count who of the roll has put in so far: heads and weight.

    Raises:
        BoxRefused: there is no such lot.

    Source: docs/topics/boxes.md, "While it is open".
    """
    about = lot_of(box, lot, now)
    roll = rolled(box, about, now)
    district = current_registers().district.code
    with in_district(district), connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT voter FROM box_envelope WHERE district_id = %s AND box = %s AND lot = %s",
            [district, box.file.box, lot],
        )
        inside = {voter for (voter,) in cursor.fetchall()} & roll.keys()
    return Participation(
        len(roll), len(inside), sum(roll.values(), Decimal(0)), sum((roll[v] for v in inside), Decimal(0))
    )


def lot_of(box: DeclaredBox, lot: str, now: datetime) -> HeldFacts:
    """Return what the register says of a lot. Raises `BoxRefused`: there is none."""
    found = _get(box, box.file.lot.subject, lot, _day(now))
    if found is None:
        raise BoxRefused("no_lot", f"没有 {lot!r} · there is no {box.file.lot.subject} {lot!r}", "correct the number")
    return found


def span_of(box: DeclaredBox, about: HeldFacts) -> tuple[datetime, datetime] | None:
    """Return the instants between which a lot is open: its first day's beginning, its last day's end; or None."""
    zone = current_registers().calendar.zone
    days = [about.values.get(name) for name in (box.file.lot.opens, box.file.lot.closes)]
    if any(day is None for day in days):
        return None
    first, last = (date.fromisoformat(str(day)) for day in days)
    return datetime.combine(first, time(), zone), datetime.combine(last + timedelta(days=1), time(), zone)


def rolled(box: DeclaredBox, about: HeldFacts, now: datetime, day: date | None = None) -> dict[str, Decimal]:
    """Return who may put in, with the weight of all that is theirs; several rows of one voter are one head."""
    found: dict[str, Decimal] = {}
    for held in roll_rows(box, about, day or _day(now)):
        voter = held.values.get(box.file.roll.voter)
        if voter is not None:
            weight = Decimal(str(held.values.get(box.file.roll.weight or "") or 0))
            found[str(voter)] = found.get(str(voter), Decimal(0)) + weight
    return found


def roll_rows(box: DeclaredBox, about: HeldFacts, day: date) -> Iterator[HeldFacts]:
    """The rows of the roll on a day: those that say the same as the lot where the box asks for it."""
    kind, same = subject_type(box.file.roll.subject), box.file.roll.same
    equal = {ours: str(about.values.get(theirs)) for ours, theirs in same.items()}
    for held in asking.stream(_district(), kind, asking.Viewpoint(day), _looker(box)):
        if all(str(held.values.get(name)) == value for name, value in equal.items()):
            yield held


def barred(box: DeclaredBox, voter: str, day: date, now: datetime) -> tuple[str, str] | None:
    """Return why somebody's envelope of a day does not count, as known now: the bar's id and reason; None: it does."""
    for bar in box.file.barred:
        kind, held = subject_type(bar.subject), _get(box, bar.subject, voter, _day(now))
        state = state_of(kind, held.values, day.isoformat()) if held else None
        if state is not None and state.id in bar.states:
            return bar.id, f"{bar.reason.zh} · {bar.reason.en}"
    return None


def _open_lot(box: DeclaredBox, lot: str, now: datetime) -> HeldFacts:
    about = lot_of(box, lot, now)
    span = span_of(box, about)
    if span is None or now < span[0]:
        raise BoxRefused("not_open", f"{lot} 尚未开始 · is not open yet", f"from {span[0].date() if span else '?'}")
    if now >= span[1]:
        raise BoxRefused("closed", f"{lot} 已截止 · is closed", "nothing is put in after the close")
    return about


def _wrong(box: BoxFile, each: SealedEnvelope, roll: Mapping[str, Decimal]) -> tuple[str, str] | None:
    if each.voter not in roll:
        return "not_on_roll", f"{each.voter} 不在名册 · is not on the roll"
    if each.channel not in box.channels:
        return "channel", f"{each.channel!r}：{', '.join(box.channels)}"
    if set(each.values) != set(box.values):
        return "values", f"须填 · needed: {', '.join(box.values)}"
    for name, value in each.values.items():
        if value not in box.values[name].choices:
            return name, f"{value!r}：{', '.join(box.values[name].choices)}"
    return None


def _get(box: DeclaredBox, subject: str, key: str, day: date) -> HeldFacts | None:
    return asking.get(_district(), subject_type(subject), key, day, _looker(box))


def _looker(box: DeclaredBox) -> Looker:
    return Looker("system:box", frozenset(), frozenset({box.programme}), f"the box {box.file.box}")


def _district() -> str:
    return current_registers().district.code


def _day(now: datetime) -> date:
    return now.astimezone(current_registers().calendar.zone).date()
