"""The log's keys: the signing key from the environment, and every public key it ever signed with, in the database.

The log's origin is fixed when the first key is recorded; changing keys never changes it. A new key is recorded with a
note about it signed by the former key, so that whoever trusts the former can follow.
"""

import os

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from bihuan.ledger.core.errors import LedgerError, SignatureError
from bihuan.ledger.core.keys import PublicKey, SigningKey
from bihuan.ledger.core.notes import Note
from bihuan.ledger.core.vouching import OVERLAP, VOUCH, KeyChain, KeyRecord, follow_keys
from bihuan.server.log_lines import log_committed


def signing_key() -> SigningKey:
    """Return the key that signs now, and record its public half the first time it is used.

    Raises:
        LedgerError: if BIHUAN_LEDGER_KEY is unusable, names another origin than the log's, or is a key the log has not
            taken up with ``rotate_log_key``.

    Source: docs/topics/ledger.md, "Keys".
    """
    place = (settings.BIHUAN_LEDGER_KEY, connection.settings_dict["NAME"])
    if place in _ready:
        return _ready[place]
    key = _checked_key(place[0])
    # Remembered only once its record is committed: a rollback must not leave a key that signs but is not known.
    transaction.on_commit(lambda: _ready.update({place: key}))
    return key


def log_keys() -> KeyChain:
    """Return the public keys of the log that are vouched for, oldest first, each with its time in force.

    Source: docs/topics/ledger.md, "Keys".
    """
    return follow_keys(key_records())[0]


def key_records() -> list[KeyRecord]:
    """Return every recorded key with the note that vouches for it, oldest first, good or not.

    Source: docs/topics/ledger.md, "Keys".
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT vkey, vouched FROM ledger_key ORDER BY id")
        return [KeyRecord(*row) for row in cursor.fetchall()]


def require_in_force(key: SigningKey) -> None:
    """Refuse to sign with a key whose successor was taken up longer ago than running processes may take to follow.

    Raises:
        LedgerError: if so; restart with the new key.

    Source: docs/topics/ledger.md, "Keys"; `core.vouching.OVERLAP` is the time allowed.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT vkey, added_at FROM ledger_key ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
    if row is not None and row[0] != key.public.text() and timezone.now() > row[1] + OVERLAP:
        raise LedgerError(
            f"key {key.id} was retired at {row[1]}; restart serve and worker with the new BIHUAN_LEDGER_KEY"
        )


def log_origin() -> str | None:
    """Return the log's origin, or None before its first key is recorded.

    Source: C2SP tlog-checkpoint (origin); docs/topics/ledger.md, "Keys".
    """
    first = next(iter(log_keys()), None)
    return None if first is None else first.name


def rotate_log_key(new: SigningKey) -> Note:
    """Take up a new key: record it, vouched for by the present one. It signs once BIHUAN_LEDGER_KEY holds it.

    Args:
        new: a key named like the log's origin.

    Returns:
        the note ``bihuan-key/1``, origin, new public key; signed by the present key.

    Raises:
        LedgerError: if the new key belongs to another origin.

    Source: docs/topics/ledger.md, "Keys"; the note is a C2SP signed-note.
    """
    present = signing_key()
    if new.public.name != present.public.name:
        raise LedgerError(f"the new key is named {new.public.name}; a key of this log is named {present.public.name}")
    now = timezone.now()
    note = Note(f"{VOUCH}\n{present.public.name}\n{new.public.text()}\n").signed(present).cosigned(present, now)
    _record(new.public, str(note))
    return note


def forget_cached_keys() -> None:
    """Read BIHUAN_LEDGER_KEY anew; for tests and for a process that has just rotated."""
    _ready.clear()


_ready: dict[tuple[str, str], SigningKey] = {}
"""Keys found good in this process, by secret and database."""


def _checked_key(secret: str) -> SigningKey:
    known = log_keys()
    first = next(iter(known), None)
    key = _parse(secret, first.name if first else None)
    if first is None:
        _record(key.public, "")
        return key
    if key.public.name != first.name:
        raise LedgerError(
            f"BIHUAN_LEDGER_KEY belongs to {key.public.name}, the log is {first.name}; use a key of this log"
        )
    if key.id not in {each.id for each in known}:
        raise LedgerError(
            f"BIHUAN_LEDGER_KEY is key {key.id}, which this log has never taken up (known: "
            f"{', '.join(each.id for each in known)}); "
            "put the former key back, or change keys with: bihuan audit keys --rotate"
        )
    return key


def _parse(secret: str, name: str | None) -> SigningKey:
    name = name or os.environ.get("BIHUAN_LEDGER_ORIGIN") or None
    try:
        if secret.startswith("PRIVATE+KEY+"):
            return SigningKey.parse(secret)
        # Without a name of its own the log is named after its first key: unique, and fixed from then on.
        return SigningKey.parse(
            secret, name or f"bihuan-log-{SigningKey.parse(secret, 'unnamed').public.raw.hex()[:12]}"
        )
    except SignatureError as error:
        raise LedgerError(f"BIHUAN_LEDGER_KEY: {error}; `bihuan init` makes one") from error


def _record(key: PublicKey, vouched: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_key (key_id, vkey, vouched, added_at) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (vkey) DO NOTHING",
            [key.id, key.text(), vouched, timezone.now()],
        )
    log_committed("key_recorded", key=key.id, vouched=bool(vouched))
