"""Commitments: the contract other rooms rely on, byte for byte."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

import pytest
import rfc8785

from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.leaf import (
    BODY_FIELDS,
    event_hash,
    event_hash_of,
    leaf_hash,
    leaf_hashes,
    private_hash,
    private_hash_of,
    write_instant,
)

SALT = bytes(range(16))
PREV = bytes(range(32))
BODY = {
    "case": "01920000-0000-7000-8000-000000000001",
    "version": 2,
    "kind": "dispatched",
    "occurred_at": "2026-03-01T01:02:03Z",
    "recorded_at": "2026-03-01T01:02:03.000004Z",
    "actor": "user:1",
    "data": {"holder": "unit:9", "说明": "派单"},
    "private": None,
}


def test_the_event_hash_is_the_contract() -> None:
    assert set(BODY) == BODY_FIELDS
    assert event_hash(SALT, PREV, BODY) == sha256(b"\x42" + SALT + PREV + rfc8785.dumps(BODY)).digest()
    assert event_hash(SALT, None, BODY) == sha256(b"\x42" + SALT + bytes(32) + rfc8785.dumps(BODY)).digest()


def test_the_event_hash_never_changes_between_releases() -> None:
    # A golden value: if this fails, every log ever written stops verifying.
    assert event_hash(SALT, PREV, BODY).hex() == "b05b0e5e2e4d1e10dc864226c468d095ac0a0a81e18bc531829c2c389ee7ba0c"


def test_private_and_leaf_hashes_are_the_contract() -> None:
    record = {"phone": "00000000000", "words": "污水"}
    assert private_hash(SALT, record) == sha256(b"\x50" + SALT + rfc8785.dumps(record)).digest()
    assert leaf_hash(PREV) == sha256(b"\x00" + PREV).digest()
    assert leaf_hashes(PREV + bytes(32)) == leaf_hash(PREV) + leaf_hash(bytes(32))
    assert leaf_hashes(b"") == b""


@pytest.mark.parametrize("field", sorted(BODY_FIELDS))
def test_every_field_counts(field: str) -> None:
    assert event_hash(SALT, PREV, {**BODY, field: "altered"}) != event_hash(SALT, PREV, BODY)


def test_salt_and_previous_hash_count() -> None:
    plain = event_hash(SALT, PREV, BODY)
    assert event_hash(bytes(16), PREV, BODY) != plain
    assert event_hash(SALT, bytes(32), BODY) != plain


def test_wrong_lengths_are_refused() -> None:
    with pytest.raises(LedgerError, match="salt is 15 bytes"):
        event_hash(SALT[:15], PREV, BODY)
    with pytest.raises(LedgerError, match="salt is 17 bytes"):
        private_hash(SALT + b"x", {})
    with pytest.raises(LedgerError, match="previous event hash is 31 bytes"):
        event_hash(SALT, PREV[:31], BODY)
    with pytest.raises(LedgerError, match="whole 32-byte event hashes"):
        leaf_hashes(b"x")


def test_instants_are_utc_and_exact() -> None:
    beijing = timezone(timedelta(hours=8))
    assert write_instant(datetime(2026, 3, 1, 9, 2, 3, tzinfo=beijing)) == "2026-03-01T01:02:03Z"
    assert write_instant(datetime(2026, 3, 1, 1, 2, 3, 4, tzinfo=UTC)) == "2026-03-01T01:02:03.000004Z"
    with pytest.raises(LedgerError, match="no time zone"):
        write_instant(datetime(2026, 3, 1))


@pytest.mark.parametrize("private", [None, "ab" * 32])
@pytest.mark.parametrize("prev", [None, PREV])
@pytest.mark.parametrize("data", [{}, {"说明": '引"号\\', "a": [1, {"z": None, "b": True}]}])
def test_hashing_what_is_canonical_already_gives_the_same_bytes(
    data: dict[str, object], prev: bytes | None, private: str | None
) -> None:
    body = {**BODY, "data": data, "private": private, "actor": 'user:"1"'}
    head = (body["case"], body["version"], body["kind"], body["occurred_at"], body["recorded_at"], body["actor"])
    assert event_hash_of(SALT, prev, head, canonical(data), private) == event_hash(SALT, prev, body)  # type: ignore[arg-type]  # a body's values by name
    assert private_hash_of(SALT, canonical(data)) == private_hash(SALT, data)
