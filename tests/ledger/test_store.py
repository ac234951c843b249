"""The log in PostgreSQL: appending by queue and directly, guards, proofs, rotation, and what happens in between."""

import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import uuid4

import psycopg
import pymerkle
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from bihuan.ledger import keyring, promises, proofs, statements, store
from bihuan.ledger.core.errors import LedgerError, SignatureError
from bihuan.ledger.core.heads import open_head
from bihuan.ledger.core.keys import KeyRing, SigningKey
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.merkle import consistency_holds, inclusion_holds, root_of
from bihuan.ledger.core.receipts import sign_receipt
from bihuan.ledger.erasure import erase_events
from bihuan.ledger.verification import verify_log
from tests.ledger.district import START, TABLE, District, execute, scalar


def append(leaves: list[store.Leaf]) -> store.Appended:
    with transaction.atomic():
        return store.append_batch(leaves)


class PowerCutError(Exception):
    """Raised where a test pretends that the machine stops."""


def interrupted_append(leaves: list[store.Leaf]) -> None:
    with transaction.atomic():
        store.append_batch(leaves)
        raise PowerCutError


def root() -> bytes:
    note = store.latest_note()
    assert note is not None
    return open_head(note, keyring.log_keys()).head.root


def test_queue_and_direct_append_give_the_tree_of_all_events_in_order(events: District) -> None:
    leaves: list[store.Leaf] = []
    for count in (1, 255, 1, 300):
        batch = events.record(count)
        store.enqueue_leaves(batch)
        assert store.count_waiting_leaves() == count
        assert store.sequence_leaves() == count
        leaves += batch
    batch = events.record(700)
    done = append(batch)
    leaves += batch
    assert (done.first, done.count, done.size) == (557, 700, 1257)
    assert store.size() == 1257
    assert store.count_waiting_leaves() == 0
    assert store.sequence_leaves() == 0
    assert root() == root_of([leaf_hash(digest) for _, digest in leaves])
    assert verify_log(TABLE).as_json() == {
        "ok": True,
        "events": 1257,
        "statements": 0,
        "cases": 0,
        "heads": 5,
        "size": 1257,
        "since": 0,
        "erased": 0,
        "withheld": 0,
        "pinned": False,
        "found": 0,
        "findings": [],
    }


def test_the_sequencer_respects_its_limit(events: District) -> None:
    store.enqueue_leaves(events.record(25))
    assert [
        store.sequence_leaves(10),
        store.sequence_leaves(10),
        store.sequence_leaves(10),
        store.sequence_leaves(10),
    ] == [10, 10, 5, 0]
    assert verify_log(TABLE).ok


def test_a_direct_append_puts_waiting_leaves_first(events: District) -> None:
    early = events.record(2, cases=1)
    store.enqueue_leaves(early)
    late = events.record(2, cases=1)
    assert append(late).first == 2
    order = [proofs.prove_event(event)["index"] for event, _ in early + late]
    assert order == [0, 1, 2, 3]
    assert verify_log(TABLE).ok


def test_a_rolled_back_append_leaves_no_trace(events: District) -> None:
    append(events.record(10))
    before, note = store.size(), store.latest_note()
    with pytest.raises(PowerCutError):
        interrupted_append(events.record(300))
    assert (store.size(), store.latest_note()) == (before, note)


def test_a_key_first_used_in_a_rolled_back_transaction_is_still_recorded_later(committed_events: District) -> None:
    with pytest.raises(PowerCutError):
        interrupted_append(committed_events.record(1, cases=1))
    assert len(keyring.log_keys()) == 0
    execute("TRUNCATE ledgertest_event, ledgertest_event_private")
    committed_events.heads.clear()
    append(committed_events.record(1, cases=1))
    assert len(keyring.log_keys()) == 1
    assert verify_log(TABLE).ok


def test_the_same_event_cannot_enter_twice(events: District) -> None:
    leaves = events.record(3)
    append(leaves)
    with pytest.raises(IntegrityError):
        append(leaves[:1])
    store.enqueue_leaves(events.record(1))
    with pytest.raises(IntegrityError), transaction.atomic():
        store.enqueue_leaves([(scalar("SELECT event_id FROM ledger_queue"), bytes(32))])
    assert store.size() == 3


def test_wrong_use_is_told(committed_events: District) -> None:
    with pytest.raises(LedgerError, match="belongs into the transaction"):
        store.append_batch([(uuid4(), bytes(32))])
    with pytest.raises(LedgerError, match="erase inside the transaction"):
        erase_events([uuid4()], by="user:1", ground="request", table=TABLE)
    with pytest.raises(LedgerError, match="given no leaves"):
        append([])
    with pytest.raises(LedgerError, match="has a hash of 31 bytes"):
        append([(uuid4(), bytes(31))])
    with pytest.raises(LedgerError, match="no signed head yet"):
        proofs.prove_consistency(0)
    with pytest.raises(LedgerError, match="neither in the log nor waiting"):
        proofs.prove_event(uuid4())
    with pytest.raises(LedgerError, match="there is no case"):
        proofs.prove_case(uuid4(), TABLE)


def test_many_writers_at_once_make_one_log(committed_events: District) -> None:
    batches = [committed_events.record(40) for _ in range(8)]
    append(committed_events.record(1))  # the key is recorded before the race
    errors: list[BaseException] = []

    def write(batch: list[store.Leaf], direct: bool) -> None:
        try:
            if direct:
                append(batch)
            else:
                store.enqueue_leaves(batch)
                store.sequence_leaves(15)
        except BaseException as error:  # noqa: BLE001 — carried to the main thread and raised there
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(batch, n % 2 == 0)) for n, batch in enumerate(batches)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    while store.sequence_leaves():
        pass
    assert store.size() == 8 * 40 + 1
    report = verify_log(TABLE)
    # Batches of one case entered in any order here, so only the chains may be out of order; leaves and heads hold.
    assert [
        finding for finding in report.findings if "does not follow" not in finding and "missing" not in finding
    ] == []
    assert report.size == 321


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE ledger_entry SET event_id = gen_random_uuid() WHERE index = 0", "append-only"),
        ("DELETE FROM ledger_entry", "append-only"),
        ("UPDATE ledger_head SET note = ''", "append-only"),
        ("DELETE FROM ledger_head", "append-only"),
        ("DELETE FROM ledger_key", "append-only"),
        ("DELETE FROM ledger_statement", "append-only"),
        ("DELETE FROM ledger_tile", "may only grow"),
        ("UPDATE ledger_tile SET hashes = set_byte(hashes, 0, 7)", "may only grow"),
        ("UPDATE ledger_tile SET hashes = substring(hashes FROM 1 FOR 32), width = 1", "may only grow"),
        ("UPDATE ledger_tile SET hashes = set_byte(hashes, 0, 7) || hashes, width = width * 2", "may only grow"),
        ("INSERT INTO ledger_tile VALUES (5, 5, 2, '\\x00')", "ledger_tile_width"),
    ],
)
def test_even_the_owner_cannot_rewrite_the_log(events: District, statement: str, message: str) -> None:
    statements.publish_statement("test", {"n": 1})
    append(events.record(5))
    with pytest.raises(DatabaseError, match=message):
        execute(statement)
    assert verify_log(TABLE).ok


def test_the_application_may_append_but_not_rewrite(
    committed_events: District, app_connection: psycopg.Connection
) -> None:
    append(committed_events.record(5))
    for statement in (
        "UPDATE ledger_entry SET index = 9",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry",
        "DELETE FROM ledger_tile",
        "TRUNCATE ledger_tile",
        "DELETE FROM ledger_head",
        "UPDATE ledger_key SET vkey = ''",
        "UPDATE ledger_queue SET event_hash = ''",
        "ALTER TABLE ledger_tile DISABLE TRIGGER grows",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app_connection.execute(statement)


def test_the_application_role_can_do_all_the_log_needs(events: District, app_role: None) -> None:
    store.enqueue_leaves(events.record(300))
    assert store.sequence_leaves() == 300
    append(events.record(5))
    statements.publish_statement("test", {"n": 1})
    assert verify_log(TABLE).ok


def test_inclusion_is_proven_and_an_independent_library_agrees(events: District) -> None:
    leaves = events.record(300)
    append(leaves)
    theirs = pymerkle.InmemoryTree(algorithm="sha256")
    theirs.append_entries([digest for _, digest in leaves])
    for index in (0, 17, 255, 256, 299):
        event, digest = leaves[index]
        proof = proofs.prove_event(event)
        assert (proof["state"], proof["index"], proof["size"]) == ("included", index, 300)
        path = [bytes.fromhex(step) for step in proof["proof"]]
        assert inclusion_holds(index, 300, leaf_hash(digest), path, bytes.fromhex(proof["root"]))
        assert [leaf_hash(digest), *path] == theirs.prove_inclusion(index + 1).path
    assert bytes.fromhex(proof["root"]) == theirs.get_root()
    assert len(proofs.prove_case(events.cases[0], TABLE)) == 100


def test_a_queued_event_says_so(events: District) -> None:
    ((event, digest),) = events.record(1)
    store.enqueue_leaves([(event, digest)])
    assert proofs.prove_event(event) == {"event": str(event), "state": "queued"}


def test_a_proof_takes_few_queries(events: District, django_assert_max_num_queries: Callable) -> None:
    leaves = events.record(600)
    append(leaves)
    with django_assert_max_num_queries(5):
        proofs.prove_event(leaves[300][0])


def test_consistency_is_proven_between_signed_sizes(events: District) -> None:
    leaves = [digest for count in (3, 260, 40) for _, digest in _appended(events, count)]
    for old, new in ((3, 263), (263, 303), (3, 303), (303, 303)):
        shown = proofs.prove_consistency(old, new)
        old_root, new_root = (root_of([leaf_hash(digest) for digest in leaves[:size]]) for size in (old, new))
        assert consistency_holds(old, new, old_root, new_root, [bytes.fromhex(step) for step in shown["proof"]])
        assert open_head(shown["old_head"], keyring.log_keys()).head.root == old_root
    assert proofs.prove_consistency(0)["new"] == 303
    with pytest.raises(LedgerError, match="no head was signed at size 4"):
        proofs.prove_consistency(4)


def _appended(events: District, count: int) -> list[store.Leaf]:
    leaves = events.record(count)
    append(leaves)
    return leaves


def test_a_receipt_is_kept_pending_or_broken(events: District) -> None:
    leaves = events.record(2)
    (event, digest), case = leaves[0], events.cases[0]

    def receipt(at: datetime, promised: bytes = digest) -> dict[str, Any]:
        key, leaf = keyring.signing_key(), leaf_hash(promised)
        return sign_receipt(key, case="HD-1", report="r1", leaf=leaf, at=at, max_merge_delay=60).as_json()

    fresh, old = receipt(timezone.now()), receipt(START)
    store.enqueue_leaves([(event, digest)])
    waiting = promises.check_receipt(fresh, case, TABLE)
    assert (waiting["ok"], waiting["state"], waiting["late_seconds"]) == (True, "pending", 0)
    overdue = promises.check_receipt(old, case, TABLE)
    assert (overdue["ok"], overdue["state"], overdue["reason"]) == (True, "pending", "overdue"), "the sequencer sleeps"
    assert overdue["late_seconds"] > 0
    store.sequence_leaves()
    kept = promises.check_receipt(fresh, case, TABLE)
    assert (kept["ok"], kept["state"], kept["late_seconds"], kept["proof"]["index"]) == (True, "kept", 0, 0)
    late = promises.check_receipt(old, case, TABLE)
    assert (late["ok"], late["state"], late["proof"]["index"]) == (True, "kept_late", 0)
    assert f"{promises.tell_length(late['late_seconds'], 'en')} late" in late["text"]["en"]
    assert f"迟了{promises.tell_length(late['late_seconds'], 'zh')}" in late["text"]["zh"]
    for unkept in (
        promises.check_receipt(receipt(START, bytes(32)), case, TABLE),
        promises.check_receipt(fresh, None, TABLE),
        promises.check_receipt(fresh, events.cases[1], TABLE),
    ):
        assert (unkept["ok"], unkept["state"]) == (False, "broken")
    for name in ("case", "report", "leaf", "time", "max_merge_delay", "signature", "key_id"):
        value = {"max_merge_delay": 10**6, "leaf": "00" * 32, "time": "2027-01-01T00:00:00Z"}.get(name, "HD-2")
        altered = promises.check_receipt({**old, name: value}, case, TABLE)
        assert (altered["ok"], altered["state"], altered["reason"]) == (False, "broken", "altered"), name
    with pytest.raises(SignatureError):
        promises.check_receipt({"case": "HD-2"}, case, TABLE)


def test_lengths_of_time_are_whole_units() -> None:
    said = [
        (promises.tell_length(n, "zh").strip(), promises.tell_length(n, "en"))
        for n in (1, 59, 60, 3599, 7200, 86_400, 200_000)
    ]
    assert said == [("1 秒", "1 second"), ("59 秒", "59 seconds"), ("1 分钟", "1 minute"), ("59 分钟", "59 minutes"),
                    ("2 小时", "2 hours"), ("1 天", "1 day"), ("2 天", "2 days")]  # fmt: skip


def test_a_promise_of_what_was_removed_is_broken(events: District) -> None:
    leaves = events.record(2)
    (event, digest), case = leaves[0], events.cases[0]
    key = keyring.signing_key()
    signed = sign_receipt(key, case="1", report="r", leaf=leaf_hash(digest), at=timezone.now(), max_merge_delay=60)
    assert promises.check_receipt(signed.as_json(), case, TABLE)["reason"] == "not_logged"
    store.enqueue_leaves([(event, digest)])
    store.sequence_leaves()
    execute("DELETE FROM ledgertest_event WHERE id = %s", [event])
    assert promises.check_receipt(signed.as_json(), case, TABLE)["reason"] == "no_event"


def test_keys_are_changed_only_by_rotation_and_old_heads_still_hold(events: District, settings) -> None:  # type: ignore[no-untyped-def]
    append(events.record(3))
    old = keyring.signing_key()
    new = SigningKey(old.public.name, b"n" * 32)
    settings.BIHUAN_LEDGER_KEY = new.text()
    with pytest.raises(LedgerError, match=rf"key {new.id}, which this log has never taken up"):
        append(events.record(1))
    settings.BIHUAN_LEDGER_KEY = old.text()
    vouched = keyring.rotate_log_key(new)
    assert new.public.text() in vouched.text
    assert [seal.key.id for seal in vouched.seals(KeyRing([old.public]))] == [old.id, old.id]
    settings.BIHUAN_LEDGER_KEY = new.text()
    # The refused append wrote its event all the same (another transaction); it is not in the log.
    execute("DELETE FROM ledgertest_event WHERE id NOT IN (SELECT event_id FROM ledger_entry)")
    for case in events.cases:
        last = scalar("SELECT max(version) FROM ledgertest_event WHERE case_id = %s", [case])
        events.heads[case] = (
            last,
            bytes(scalar("SELECT hash FROM ledgertest_event WHERE case_id = %s AND version = %s", [case, last])),
        )
    append(events.record(2))
    assert {seal.key.id for seal in open_head(store.latest_note(), keyring.log_keys()).seals} == {new.id}
    assert verify_log(TABLE).ok
    stranger = SigningKey("another.log", b"s" * 32)
    with pytest.raises(LedgerError, match="a key of this log is named"):
        keyring.rotate_log_key(stranger)
    settings.BIHUAN_LEDGER_KEY = stranger.text()
    with pytest.raises(LedgerError, match=r"belongs to another\.log"):
        keyring.signing_key()


def test_an_unusable_key_is_told_without_showing_it(events: District, settings) -> None:  # type: ignore[no-untyped-def]
    settings.BIHUAN_LEDGER_KEY = "insecure-secret-text"
    with pytest.raises(LedgerError, match="BIHUAN_LEDGER_KEY") as caught:
        keyring.signing_key()
    assert "insecure-secret-text" not in str(caught.value)
