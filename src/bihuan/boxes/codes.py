"""Codes by which voters put in online: given once, kept as keyed hashes, stated in the log by how many and by whom.

A code proves no identity: it proves that somebody holds the slip that was handed to the voter, as with the code of a
letter. Whoever hands the slips out could keep a copy; so the log says when codes were issued, the voter's page says
when the own one was and that something was put in under it, and different votes of one voter void each other.
Source: docs/topics/boxes.md, "Putting in online"; docs/adr/0432-voting-online.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from bihuan.boxes.catalogue import DeclaredBox
from bihuan.boxes.models import EnvelopeRow, VoterCodeRow
from bihuan.boxes.pure.record import BoxRefused
from bihuan.boxes.putting import lot_of, rolled, span_of
from bihuan.ledger.statements import promise_statement
from bihuan.loop.codes import code_of, hash_of, hashes_of
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from bihuan.registers.pure.ids import new_id

ISSUED = "voter-codes"
DIGEST_DIGITS = 64


class IssuedCode(NamedTuple):
    """What is printed on one slip; the code is told this once."""

    voter: str
    code: str


class OwnEnvelope(NamedTuple):
    """What a voter may know of an own envelope while the box is sealed: when, how it came, the receipt."""

    put_at: datetime
    channel: str
    digest: str
    statement: UUID


def issue_codes(
    box: DeclaredBox, lot: str, now: datetime, actor: str, voters: Sequence[str] | None = None
) -> list[IssuedCode]:
    """Give every voter of a lot a code, or those named a new one; an earlier code of theirs opens nothing any more.

    Args:
        box: As declared. lot: Key of what it is about. now: The moment. actor: Who issues.
        voters: None: the whole roll.

    Raises:
        BoxRefused: nobody puts in online here, there is no such lot, it is closed, or somebody is not on the roll.

    Source: docs/topics/boxes.md, "Putting in online".
    """
    if box.file.online is None:
        raise BoxRefused(
            "offline", "本密封箱不接受网上投入 · nobody puts in online here", "declare `online:` in its file"
        )
    about = lot_of(box, lot, now)
    span = span_of(box, about)
    if span is not None and now >= span[1]:
        raise BoxRefused("closed", f"{lot} 已截止 · is closed", "codes are for lots that are still to close")
    roll = rolled(box, about, now)
    wanted = sorted(roll) if voters is None else list(dict.fromkeys(voters))
    if strangers := [each for each in wanted if each not in roll]:
        raise BoxRefused("not_on_roll", f"{strangers[0]} 不在名册 · is not on the roll", "name voters of the roll")
    district, rows, told = current_registers().district.code, [], []
    for voter in wanted:
        key = new_id()
        told.append(IssuedCode(voter, code_of(key)))
        rows.append(VoterCodeRow(id=key, district_id=district, box=box.file.box, lot=lot, voter=voter,
                                 code_index=hash_of(told[-1].code), issued_at=now))  # fmt: skip
    with in_district(district):
        VoterCodeRow.objects.bulk_create(rows, batch_size=1000)
        promise_statement(ISSUED, {"box": box.file.box, "lot": lot, "issued": len(rows), "by": actor}, now)
    return told


def voter_by_code(box: DeclaredBox, lot: str, voter: str, code: str) -> VoterCodeRow | None:
    """Return the code's row when it is the newest of this voter for this lot, or None.

    Source: docs/topics/boxes.md, "Putting in online"; docs/adr/0220 (access codes are kept as keyed digests).
    """
    newest = _newest(box, lot, voter.strip())
    return newest if newest is not None and bytes(newest.code_index) in hashes_of(code) else None


def voter_of_code(box: DeclaredBox, lot: str, key: str) -> VoterCodeRow | None:
    """Return the row of a code that was shown before, while it is the newest of its voter; or None.

    Source: docs/topics/boxes.md, "Putting in online".
    """
    with in_district(current_registers().district.code):
        row = VoterCodeRow.objects.filter(pk=UUID(key), box=box.file.box, lot=lot).first()
    newest = _newest(box, lot, row.voter) if row is not None else None
    return newest if newest is not None and row is not None and newest.pk == row.pk else None


def own_envelopes(box: DeclaredBox, lot: str, voter: str) -> list[OwnEnvelope]:
    """Return what was put in under a voter so far, the oldest first; never for what.

    Source: docs/topics/boxes.md, "Putting in online".
    """
    with in_district(current_registers().district.code):
        rows = list(EnvelopeRow.objects.filter(box=box.file.box, lot=lot, voter=voter).order_by("put_at", "id"))
    return [OwnEnvelope(row.put_at, row.channel, bytes(row.digest).hex(), row.statement) for row in rows]


def holds_receipt(box: str, lot: str, digest: str) -> bool:
    """Return whether an envelope with this digest (hex) lies in a box.

    Source: docs/topics/boxes.md, "Putting in online".
    """
    if len(digest) != DIGEST_DIGITS or not set(digest) <= set("0123456789abcdef"):
        return False
    with in_district(current_registers().district.code):
        return EnvelopeRow.objects.filter(box=box, lot=lot, digest=bytes.fromhex(digest)).exists()


def _newest(box: DeclaredBox, lot: str, voter: str) -> VoterCodeRow | None:
    with in_district(current_registers().district.code):
        rows = VoterCodeRow.objects.filter(box=box.file.box, lot=lot, voter=voter)
        return rows.order_by("-issued_at", "-id").first()
