"""Statements of erasure: which private records were erased on purpose, when, by whom and on which ground, signed.

A record that is absent without such a statement was not erased but destroyed, and a verifier says so. The statement
names records by their salted hash, which stands in the event for ever and tells nothing; it is a leaf of the log
like every statement (see ``leaf.statement_hash``).
"""

import base64
import binascii
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.core.errors import LedgerError, SignatureError
from bihuan.ledger.core.keys import KeyRing, SigningKey
from bihuan.ledger.core.leaf import write_instant

KIND = "erasure"
"""The kind of these statements."""

GROUNDS = ("request", "retention", "order", "misplaced")
"""Why: a person asked (PIPL article 47), the retention ended, an authority or court ordered it, or the words should
never have been recorded (such as a code quoted in a mail)."""

MOST = 1_000
"""Records in one statement; more make several."""

_CONTEXT = b"bihuan-erasure/1\n"
_MEMBERS = {"by", "case", "files", "ground", "key_id", "origin", "records", "signature"}


def sign_erasure(
    key: SigningKey,
    *,
    records: Iterable[str],
    files: Iterable[str] = (),
    case: str | None,
    by: str,
    ground: str,
    at: datetime,
) -> dict[str, Any]:
    """Return the signed body of a statement.

    Args:
        key: the log's key.
        records: hex of the salted hashes (``private`` of the events) whose records are erased.
        files: hex SHA-256 of uploaded files erased with them.
        case: id of the case, or None if they belong to several.
        by: id of who erased, as events name actors.
        ground: one of ``GROUNDS``.
        at: when; the statement's ``made_at``.

    Raises:
        LedgerError: for an unknown ground.

    Source: docs/topics/ledger.md, "Erasing personal content"; ground `request`: 个人信息保护法第四十七条.
    """
    if ground not in GROUNDS:
        raise LedgerError(f"{ground!r} is no ground for an erasure; use one of {', '.join(GROUNDS)}")
    body = {
        "by": by,
        "case": case,
        "files": sorted(set(files)),
        "ground": ground,
        "key_id": key.id,
        "origin": key.public.name,
        "records": sorted(set(records)),
    }
    return {**body, "signature": base64.b64encode(key.sign(_signed(body, write_instant(at)))).decode()}


def erased_records(statement: dict[str, Any], ring: KeyRing) -> frozenset[str]:
    """Check a statement of erasure and return the hex hashes of the records it names.

    Args:
        statement: ``made_at`` and ``body``.
        ring: the log's keys.

    Raises:
        SignatureError: if it is malformed, altered, or signed by a key that is unknown or was not in force then.

    Source: docs/topics/ledger.md, "Erasing personal content".
    """
    body = statement["body"]
    if not isinstance(body, dict) or set(body) != _MEMBERS or body["ground"] not in GROUNDS:
        raise SignatureError(f"a statement of erasure has the members {', '.join(sorted(_MEMBERS))} and a known ground")
    key = ring.get(body["key_id"])
    try:
        signature = base64.b64decode(body["signature"], validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise SignatureError("the signature of the statement is not base64") from error
    unsigned = {name: value for name, value in body.items() if name != "signature"}
    if key.name != body["origin"] or not key.holds(signature, _signed(unsigned, statement["made_at"])):
        raise SignatureError(f"it was altered: its signature by key {key.id} does not hold")
    if why := ring.refuse(key, datetime.fromisoformat(statement["made_at"])):
        raise SignatureError(why)
    return frozenset(body["records"])


def _signed(body: dict[str, Any], made_at: str) -> bytes:
    return _CONTEXT + canonical({"body": body, "made_at": made_at})
