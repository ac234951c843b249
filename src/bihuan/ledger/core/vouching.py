"""The chain of a log's keys: each is vouched for by the one before it, and is in force from then until its successor.

A key enters the chain with a note ``bihuan-key/1``, origin, public key, signed by the former key with a time. What a
key signed outside its time, or a key that nobody vouched for signed, does not count: neither somebody who wrote a key
of their own into the database nor somebody who found a retired one can speak for the log.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.keys import KeyRing, PublicKey
from bihuan.ledger.core.leaf import write_instant
from bihuan.ledger.core.notes import Note

VOUCH = "bihuan-key/1"
"""First line of the note by which one key vouches for the next."""

OVERLAP = timedelta(hours=24)
"""How long a key may go on after its successor was taken up: processes that were started with it end meanwhile."""

SKEW = timedelta(minutes=5)
"""How far the clocks of two processes may differ."""


class KeyRecord(NamedTuple):
    """A key as it is kept: its text, and the former key's note about it (the first has none)."""

    vkey: str
    vouched: str


@dataclass(frozen=True, slots=True)
class Tenure:
    """When a key is in force; None: from the beginning, or until now."""

    key: PublicKey
    since: datetime | None
    until: datetime | None


class KeyChain(KeyRing):
    """Public keys of a log, oldest first, each with its time.

    Args:
        tenures: as ``follow_keys`` finds them.
        trusted: ids of the keys that were obtained elsewhere, and of those they lead to; None: all.
    """

    def __init__(self, tenures: Iterable[Tenure], trusted: frozenset[str] | None = None) -> None:
        held = list(tenures)
        super().__init__(tenure.key for tenure in held)
        self._tenures = {(tenure.key.name, tenure.key.id): tenure for tenure in held}
        self.trusted = frozenset(tenure.key.id for tenure in held) if trusted is None else trusted

    def refuse(self, key: PublicKey, at: datetime | None, *, reissued: bool = False) -> str | None:
        """See ``KeyRing.refuse``.

        Source: docs/topics/ledger.md, "Keys" (in force from the former key's note until 24 hours after its own).
        """
        tenure = self._tenures.get((key.name, key.id))
        if tenure is None:
            return f"key {key.id} is not a key of this log"
        if at is None:
            return f"key {key.id} signed without a time, so nobody can tell whether it was in force"
        if tenure.until is not None and at > tenure.until:
            end = write_instant(tenure.until)
            return f"key {key.id} was retired and in force only until {end}, not at {write_instant(at)}"
        if tenure.since is not None and not reissued and at < tenure.since - SKEW:
            return f"key {key.id} is in force only since {write_instant(tenure.since)}, not yet at {write_instant(at)}"
        return None


def follow_keys(records: Iterable[KeyRecord], pinned: KeyRing | None = None) -> tuple[KeyChain, list[str]]:
    """Follow the chain from its first key.

    Args:
        records: oldest first.
        pinned: keys obtained elsewhere. The chain then is worth as much as the oldest of them in it.

    Returns:
        the chain of the keys that are vouched for, and one sentence for each that is not.

    Source: docs/topics/ledger.md, "Keys".
    """
    chain: list[Tenure] = []
    faults: list[str] = []
    for record in records:
        try:
            key = PublicKey.parse(record.vkey)
            if not chain:
                chain.append(Tenure(key, None, None))
                continue
            since = _vouched_at(key, record.vouched, chain[-1])
        except LedgerError as error:
            faults.append(f"a recorded key is not trusted: {error}")
            continue
        chain[-1] = Tenure(chain[-1].key, chain[-1].since, since + OVERLAP)
        chain.append(Tenure(key, since, None))
    return _anchored(chain, pinned), faults


def _anchored(chain: list[Tenure], pinned: KeyRing | None) -> KeyChain:
    if pinned is None:
        return KeyChain(chain)
    known = {(key.name, key.id) for key in pinned}
    first = next((n for n, each in enumerate(chain) if (each.key.name, each.key.id) in known), None)
    if first is None:
        return KeyChain([Tenure(key, None, None) for key in pinned])
    return KeyChain(chain, frozenset(each.key.id for each in chain[first:]))


def _vouched_at(key: PublicKey, vouched: str, former: Tenure) -> datetime:
    """When the former key vouched for this one; raises LedgerError if it did not."""
    by = former.key
    wrong = f"key {key.id} is not vouched for by the key before it ({by.id})"
    if not vouched:
        raise LedgerError(f"{wrong}: it carries no note")
    note = Note.parse(vouched)
    if note.text != f"{VOUCH}\n{by.name}\n{key.text()}\n" or key.name != by.name:
        raise LedgerError(f"{wrong}: its note is about something else")
    times = [seal.signed_at for seal in note.seals(KeyRing([by])) if seal.signed_at is not None]
    if not times:
        raise LedgerError(f"{wrong}: the note is not signed by it with a time")
    if former.since is not None and min(times) < former.since:
        raise LedgerError(f"{wrong}: the note is older than that key itself")
    return min(times)
