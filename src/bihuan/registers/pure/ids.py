"""Identities of register facts: derived from what the fact is, so that files, databases and installations agree.

A report, a user or an identity is an event in time and takes a UUIDv7. A place, a unit or a duty row is known by its
official code long before any row is written; deriving its id (UUIDv5, RFC 9562) makes loading idempotent and lets a
snapshot read from files stand in for the one read from the database.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid5

from uuid_utils.compat import uuid7

NAMESPACE = UUID("6f2f0a0e-6d1b-5a53-9a56-0b1d5f3f8c11")
"""Never change this: every stored reference depends on it."""


def register_id(district: str, register: str, key: str) -> str:
    """Return the id of a fact: `register` is `area`, `organisation`, `span`, `duty` or `calendar`; `key` its code.

    Source: RFC 9562 §5.5 (UUIDv5); docs/adr/0030 (2).
    """
    return str(uuid5(NAMESPACE, f"{district}/{register}/{key}"))


def duty_key(category: str, area: str, valid_from: date | None) -> str:
    """Return the key of a duty row: its cell of the matrix and the day from which it holds.

    Source: docs/topics/registers.md, "The duty matrix".
    """
    return f"{category}|{area}|{valid_from.isoformat() if valid_from else ''}"


def new_id() -> UUID:
    """Return a fresh UUIDv7: ordered by time of creation, which keeps indexes compact.

    Source: RFC 9562 §5.7 (UUIDv7); docs/adr/0030 (2).
    """
    return uuid7()
