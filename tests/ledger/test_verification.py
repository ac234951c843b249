"""Verification of the whole log: one altered byte anywhere is found, and the event is named."""

import json
from collections.abc import Callable
from uuid import UUID

import pytest

from bihuan.ledger import keyring, statements, store
from bihuan.ledger.core.keys import KeyRing, SigningKey
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.tiles import MemoryTiles, TileTree
from bihuan.ledger.verification import verify_log
from tests.ledger.district import TABLE, District, execute, filled, scalar

pytestmark = pytest.mark.django_db

COUNT = 540
VERSION = 50
TARGET = "case_id = %s AND version = 50"


@pytest.fixture
def log(events: District) -> District:
    """540 events of three cases in three appends; the target is version 50 of the first case, at index 147."""
    return filled(events, 120, 180, 240)


def target(log: District) -> str:
    return f"event 50 of case {log.cases[0]} (log index 147, noted)"


def successor(log: District) -> str:
    return f"event 51 of case {log.cases[0]} (log index 150, noted)"


def altered_hash(log: District) -> bytes:
    """Alter the target so that its own hash fits again, as somebody who knows the code would."""
    from bihuan.ledger.core.leaf import event_hash

    execute(f"UPDATE ledgertest_event SET actor = 'user:2' WHERE {TARGET}", [log.cases[0]])
    record = next(r for r in TABLE.between(147, 148))
    digest = event_hash(record.event["salt"], record.event["prev"], record.event["body"])
    execute(f"UPDATE ledgertest_event SET hash = %s WHERE {TARGET}", [digest, log.cases[0]])
    return digest


def test_an_untouched_log_holds_and_tells_its_progress(log: District) -> None:
    told: list[tuple[int, int]] = []
    report = verify_log(TABLE, progress=lambda done, total: told.append((done, total)))
    assert (report.ok, report.events, report.heads, report.size) == (True, COUNT, 3, COUNT)
    assert told == [(COUNT, COUNT)]


def test_an_empty_log_holds(events: District) -> None:
    assert verify_log(TABLE).ok


@pytest.mark.parametrize(
    "change",
    [
        "data = jsonb_set(data, '{number}', '1')",
        "data = data || '{\"added\": 1}'",
        "data = data - 'holder'",
        "data = jsonb_set(data, '{number}', '1.5')",
        "actor = 'user:2'",
        "kind = 'notes'",
        "occurred_at = occurred_at + interval '1 microsecond'",
        "recorded_at = recorded_at - interval '1 second'",
        "salt = set_byte(salt, 15, get_byte(salt, 15) # 1)",
        "hash = set_byte(hash, 0, get_byte(hash, 0) # 1)",
        "prev = set_byte(prev, 31, get_byte(prev, 31) # 1)",
        "prev = NULL",
        "private_hash = set_byte(private_hash, 0, get_byte(private_hash, 0) # 1)",
        "private_hash = NULL",
        "salt = substring(salt FROM 2)",
    ],
)
def test_any_altered_column_is_found_and_the_event_named(log: District, change: str) -> None:
    case = log.cases[0]
    # The 51st event of the case carries a private record, so that every column can be altered there.
    execute("UPDATE ledgertest_event SET " + change + " WHERE case_id = %s AND version = 51", [case])
    report = verify_log(TABLE)
    assert not report.ok
    named = report.findings[0]
    assert named.startswith(f"event 51 of case {case} (log index 150, note"), report.findings
    assert "altered" in named


def test_every_single_byte_of_an_event_counts(log: District) -> None:
    """Flip the lowest bit of each byte of data, salt, prev and hash in turn: none may pass."""
    from bihuan.ledger.checks import VerificationReport, check_content

    (record,) = list(TABLE.between(147, 148))
    event = record.event
    text = json.dumps(event["body"], ensure_ascii=False).encode()
    flips = 0
    for place in range(len(text)):
        flipped = bytearray(text)
        flipped[place] ^= 1
        try:
            body = json.loads(bytes(flipped))
        except ValueError:
            continue
        if body == event["body"]:
            continue
        report = VerificationReport()
        check_content({**event, "body": body}, report)
        assert report.found, bytes(flipped)
        flips += 1
    for column in ("salt", "prev", "hash"):
        for place in range(len(event[column])):
            flipped = bytearray(event[column])
            flipped[place] ^= 1
            report = VerificationReport()
            check_content({**event, column: bytes(flipped)}, report)
            assert report.found, (column, place)
            flips += 1
    assert flips > 200


def test_an_event_altered_together_with_its_hash_is_found_by_leaf_and_chain(log: District) -> None:
    altered_hash(log)
    report = verify_log(TABLE)
    assert report.findings == [
        f"{target(log)}: its recorded hash is not the leaf at that index of the log",
        f"{successor(log)}: it does not follow event 50 of its case; one of the two was altered, "
        "or an event between them removed",
    ]


def test_an_event_altered_together_with_hash_and_leaf_is_bracketed_by_the_heads(log: District) -> None:
    digest = altered_hash(log)
    execute("ALTER TABLE ledger_tile DISABLE TRIGGER grows")
    execute(
        "UPDATE ledger_tile SET hashes = overlay(hashes PLACING %s FROM %s) WHERE level = 0 AND index = 0",
        [leaf_hash(digest), 147 * 32 + 1],
    )
    execute("ALTER TABLE ledger_tile ENABLE TRIGGER grows")
    findings = verify_log(TABLE).findings
    assert findings[0].startswith(f"{successor(log)}: it does not follow event 50")
    assert any(
        finding.startswith("tile 1/0 (over the leaves from 0) is not what the leaves give") for finding in findings
    )
    assert findings[-1] == (
        "the head signed at size 300 does not match the leaves: a leaf between index 120 and 299 was altered, "
        "removed or inserted; so do 1 later heads"
    )


def test_a_history_rewritten_through_and_through_fails_at_the_signed_head(log: District) -> None:
    """Everything but the key: events, hashes, chain, every tile. Only the signature is left to tell."""
    altered_hash(log)
    _follow_the_chain(log.cases[0])
    leaves = [bytes(leaf_hash(record.event["hash"])) for record in TABLE.between(0, COUNT)]
    tiles = MemoryTiles()
    TileTree(tiles).append(b"".join(leaves))
    execute("ALTER TABLE ledger_tile DISABLE TRIGGER grows")
    for (level, index), hashes in tiles.tiles.items():
        execute("UPDATE ledger_tile SET hashes = %s WHERE level = %s AND index = %s", [hashes, level, index])
    execute("ALTER TABLE ledger_tile ENABLE TRIGGER grows")
    assert verify_log(TABLE).findings == [
        "the head signed at size 300 does not match the leaves: a leaf between index 120 and 299 was altered, "
        "removed or inserted; so do 1 later heads"
    ]


def _follow_the_chain(case: UUID) -> None:
    from bihuan.ledger.core.leaf import event_hash

    records = [record for record in TABLE.of_cases([case]) if record.event["body"]["version"] >= VERSION]
    prev = records[0].event["hash"]
    for record in records[1:]:
        prev_hash, event = prev, record.event
        prev = event_hash(event["salt"], prev_hash, event["body"])
        execute("UPDATE ledgertest_event SET prev = %s, hash = %s WHERE id = %s", [prev_hash, prev, record.event_id])


def remove_event(log: District) -> None:
    execute(f"DELETE FROM ledgertest_event WHERE {TARGET}", [log.cases[0]])


def insert_event(log: District) -> None:
    log.record(1)


def swap_entries(log: District) -> None:
    execute("ALTER TABLE ledger_entry DISABLE TRIGGER append_only")
    first, second = (scalar("SELECT event_id FROM ledger_entry WHERE index = %s", [index]) for index in (147, 150))
    execute("DELETE FROM ledger_entry WHERE index IN (147, 150)")
    execute("INSERT INTO ledger_entry VALUES (147, %s), (150, %s)", [second, first])


def drop_entry(log: District) -> None:
    execute("ALTER TABLE ledger_entry DISABLE TRIGGER append_only")
    execute("DELETE FROM ledger_entry WHERE index = 147")


def drop_last_entry(log: District) -> None:
    execute("ALTER TABLE ledger_entry DISABLE TRIGGER append_only")
    execute("DELETE FROM ledger_entry WHERE index = 539")


def add_entry(log: District) -> None:
    execute("INSERT INTO ledger_entry VALUES (540, gen_random_uuid())")


def drop_tile(log: District) -> None:
    execute("ALTER TABLE ledger_tile DISABLE TRIGGER grows")
    execute("DELETE FROM ledger_tile WHERE level = 0 AND index = 1")


def alter_upper_tile(log: District) -> None:
    execute("ALTER TABLE ledger_tile DISABLE TRIGGER grows")
    execute("UPDATE ledger_tile SET hashes = set_byte(hashes, 40, 1) WHERE level = 1")


def shorten_log(log: District) -> None:
    execute("ALTER TABLE ledger_tile DISABLE TRIGGER grows")
    execute(
        "UPDATE ledger_tile SET hashes = substring(hashes FROM 1 FOR 320), width = 10 WHERE level = 0 AND index = 2"
    )


def forge_head(log: District) -> None:
    execute("ALTER TABLE ledger_head DISABLE TRIGGER append_only")
    execute("UPDATE ledger_head SET note = replace(note, E'\\n300\\n', E'\\n299\\n') WHERE size = 300")


def relabel_head(log: District) -> None:
    execute("ALTER TABLE ledger_head DISABLE TRIGGER append_only")
    execute("UPDATE ledger_head SET size = 301 WHERE size = 300")


def remove_heads(log: District) -> None:
    execute("ALTER TABLE ledger_head DISABLE TRIGGER append_only")
    execute("DELETE FROM ledger_head WHERE size = 540")


def misqueue(log: District) -> None:
    ((event, _),) = log.record(1)
    store.enqueue_leaves([(event, bytes(32))])


def alter_queued(log: District) -> None:
    store.enqueue_leaves(log.record(1))
    execute("UPDATE ledgertest_event SET actor = 'user:2' WHERE case_id = %s AND version = 181", [log.cases[0]])


def alter_private(log: District) -> None:
    execute("UPDATE ledgertest_event_private SET body = '{}' WHERE event_id = %s", [log.ids[log.cases[0], VERSION + 1]])


def alter_statement(log: District) -> None:
    statements.publish_statement("test", {"n": 1})
    execute("ALTER TABLE ledger_statement DISABLE TRIGGER append_only")
    execute("UPDATE ledger_statement SET body = '{\"n\": 2}'")


@pytest.mark.parametrize(
    ("alter", "expected"),
    [
        (remove_event, "log index 147: its event .* is gone from the event table"),
        (insert_event, r"event 181 of case .* \(noted\): it is not in the log; it was inserted past the kernel"),
        (swap_entries, r"log index 147, noted\): its recorded hash is not the leaf at that index"),
        (drop_entry, "log index 147 to 147: the entries are missing"),
        (drop_last_entry, "log index 539 to 539: the entries are missing"),
        (add_entry, "1 entries claim an index beyond the log's 540 leaves"),
        (drop_tile, "tile 0/1 is missing; restore"),
        (alter_upper_tile, "tile 1/0 .* is not what the leaves give"),
        (shorten_log, "a head was signed at size 540, but the log has 522: leaves were removed from its end"),
        (forge_head, "the head stored for size 300 does not hold: the signature by .* does not match the text"),
        (relabel_head, "the head stored for size 301 was signed for size 300; the row was altered"),
        (remove_heads, "no valid signed head covers the log's 540 leaves"),
        (misqueue, "event .*: it waits for the log with another hash than its own"),
        (alter_queued, r"event 181 of case .* \(not in the log, noted\): its content was altered"),
        (alter_private, r"event 51 of case .* \(log index 150, noted\): its private record was altered"),
        (alter_statement, r"statement test of .* \(log index 540\): its content was altered"),
    ],
)
def test_every_other_alteration_is_found_too(log: District, alter: Callable[[District], None], expected: str) -> None:
    import re

    alter(log)
    report = verify_log(TABLE)
    assert any(re.search(expected, finding) for finding in report.findings), report.findings


def test_only_a_key_obtained_elsewhere_shows_who_signed(log: District) -> None:
    assert verify_log(TABLE, trusted=keyring.log_keys()).pinned
    stranger = SigningKey(keyring.log_origin(), b"s" * 32)
    report = verify_log(TABLE, trusted=KeyRing([stranger.public]))
    assert any("not signed by a known key" in finding for finding in report.findings)
