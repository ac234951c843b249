"""An evil hand on the log itself, with the database, and at times with a key of the log: what it does is named.

Each case is an alteration that leaves everything else consistent, as somebody who knows the code would make it.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from bihuan.ledger import keyring, promises, statements, store
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.heads import Head, open_head, sign_head
from bihuan.ledger.core.keys import KeyRing, SigningKey
from bihuan.ledger.core.leaf import leaf_hash
from bihuan.ledger.core.notes import Note
from bihuan.ledger.core.receipts import sign_receipt
from bihuan.ledger.core.vouching import OVERLAP, VOUCH, KeyRecord, follow_keys
from bihuan.ledger.export import export_log
from bihuan.ledger.offline import main, verify_bundle
from bihuan.ledger.verification import verify_log
from tests.ledger.district import TABLE, District, execute, filled, scalar

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
COUNT = 600


@pytest.fixture
def log(events: District) -> District:
    """600 events of three cases in two appends."""
    return filled(events, 250, 350)


def unlock() -> None:
    for table in ("ledger_entry", "ledger_head", "ledger_key", "ledger_statement"):
        execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
    execute("ALTER TABLE ledger_tile DISABLE TRIGGER grows")


def add_key(key: SigningKey, vouched: str = "", at: datetime | None = None) -> None:
    execute(
        "INSERT INTO ledger_key (key_id, vkey, vouched, added_at) VALUES (%s, %s, %s, %s)",
        [key.id, key.public.text(), vouched, at or timezone.now()],
    )


def resign(key: SigningKey, at: datetime, size: int = COUNT) -> None:
    """Replace the newest head by one of this key and time over the same leaves."""
    unlock()
    tree, _ = store.open_tree(store.size())
    root = tree.root(size)
    execute("DELETE FROM ledger_head WHERE size = %s", [size])
    note = str(sign_head(Head(key.public.name, size, root), key, at))
    execute("INSERT INTO ledger_head (size, root, signed_at, note) VALUES (%s, %s, %s, %s)", [size, root, at, note])


def rotated(settings: Any, ago: timedelta = timedelta()) -> tuple[SigningKey, SigningKey]:
    """A former and a present key; the change lies back by `ago`."""
    old = keyring.signing_key()
    new = SigningKey(old.public.name, b"n" * 32)
    at = timezone.now() - ago
    text = f"{VOUCH}\n{old.public.name}\n{new.public.text()}\n"
    add_key(new, str(Note(text).signed(old).cosigned(old, at)), at)
    settings.BIHUAN_LEDGER_KEY = new.text()
    keyring.forget_cached_keys()
    return old, new


def stranger() -> SigningKey:
    return SigningKey(keyring.log_origin() or "", b"s" * 32)


def unvouched_key(log: District, settings: Any) -> None:
    add_key(stranger())
    resign(stranger(), timezone.now())


def key_that_vouches_for_itself(log: District, settings: Any) -> None:
    key = stranger()
    text = f"{VOUCH}\n{key.public.name}\n{key.public.text()}\n"
    add_key(key, str(Note(text).signed(key).cosigned(key, timezone.now())))
    resign(key, timezone.now())


def note_about_another_key(log: District, settings: Any) -> None:
    old = keyring.signing_key()
    other = SigningKey(old.public.name, b"o" * 32).public
    add_key(
        stranger(), str(Note(f"{VOUCH}\n{old.public.name}\n{other.text()}\n").signed(old).cosigned(old, timezone.now()))
    )
    resign(stranger(), timezone.now())


def vouched_without_a_time(log: District, settings: Any) -> None:
    old = keyring.signing_key()
    add_key(stranger(), str(Note(f"{VOUCH}\n{old.public.name}\n{stranger().public.text()}\n").signed(old)))
    resign(stranger(), timezone.now())


def retired_key(log: District, settings: Any) -> None:
    old, _new = rotated(settings, timedelta(days=30))
    resign(old, timezone.now())


def key_before_its_time(log: District, settings: Any) -> None:
    _old, new = rotated(settings)
    resign(new, timezone.now() - timedelta(days=1))


def retired_key_backdated(log: District, settings: Any) -> None:
    """The former key signs more leaves under a time at which it was in force; the present key had signed before."""
    old, new = rotated(settings, timedelta(days=30))
    resign(new, timezone.now() - timedelta(days=1), 250)
    resign(old, timezone.now() - timedelta(days=31))


def backdated_head(log: District, settings: Any) -> None:
    resign(keyring.signing_key(), timezone.now() - timedelta(hours=2))


def head_of_tomorrow(log: District, settings: Any) -> None:
    resign(keyring.signing_key(), timezone.now() + timedelta(days=1))


def two_faces(log: District, settings: Any) -> None:
    key, now = keyring.signing_key(), timezone.now()
    other = Head(key.public.name, COUNT, b"r" * 32)
    execute("INSERT INTO ledger_head (size, root, signed_at, note) VALUES (%s, %s, %s, %s)",
            [COUNT, other.root, now, str(sign_head(other, key, now))])  # fmt: skip


def head_without_a_time(log: District, settings: Any) -> None:
    unlock()
    key = keyring.signing_key()
    head = open_head(store.latest_note() or "", KeyRing([key.public])).head
    execute("UPDATE ledger_head SET note = %s WHERE size = %s", [str(Note(head.text()).signed(key)), COUNT])


def altered_root_column(log: District, settings: Any) -> None:
    unlock()
    execute("UPDATE ledger_head SET root = decode(repeat('00', 32), 'hex') WHERE size = 250")


def statement_past_the_log(log: District, settings: Any) -> None:
    execute(
        "INSERT INTO ledger_statement VALUES (gen_random_uuid(), 'draw', '{}', now(), decode(repeat('00', 32), 'hex'))"
    )


def statement_removed(log: District, settings: Any) -> None:
    statements.publish_statement("test", {"n": 1})
    unlock()
    execute("DELETE FROM ledger_statement")


def swapped_versions(log: District, settings: Any) -> None:
    for old, new in ((5, -1), (6, 5), (-1, 6)):
        execute(
            "UPDATE ledgertest_event SET version = %s WHERE case_id = %s AND version = %s", [new, log.cases[0], old]
        )


def removed_from_the_middle(log: District, settings: Any) -> None:
    execute("DELETE FROM ledgertest_event WHERE case_id = %s AND version = 7", [log.cases[1]])


def first_of_a_case_removed(log: District, settings: Any) -> None:
    execute("DELETE FROM ledgertest_event WHERE case_id = %s AND version = 1", [log.cases[1]])


def moved_to_another_case(log: District, settings: Any) -> None:
    execute(
        "UPDATE ledgertest_event SET case_id = gen_random_uuid() WHERE case_id = %s AND version = 9", [log.cases[2]]
    )


ALTERATIONS: list[tuple[Callable[[District, Any], None], str]] = [
    (
        unvouched_key,
        "a recorded key is not trusted: key .* is not vouched for by the key before it .*: it carries no note",
    ),
    (unvouched_key, "not signed by a known key of that origin"),
    (key_that_vouches_for_itself, "is not vouched for by the key before it .* not signed by it with a time"),
    (note_about_another_key, "its note is about something else"),
    (vouched_without_a_time, "the note is not signed by it with a time"),
    (retired_key, r"head of .* at size 600 does not count: key .* was retired and in force only until"),
    (key_before_its_time, r"head of .* at size 600 does not count: key .* is in force only since"),
    (retired_key_backdated, "the head at size 600, signed at .*, is backdated: the smaller one at 250 is of"),
    (backdated_head, "the head at size 600, signed at .*, is backdated"),
    (head_of_tomorrow, "the head at size 600, signed at .*, is dated in the future"),
    (two_faces, "two heads were signed at size 600 over different leaves: a log of two faces"),
    (head_without_a_time, "signed without a time, so nobody can tell whether it was in force"),
    (altered_root_column, "the head stored for size 250 was signed for size 250; the row was altered"),
    (statement_past_the_log, r"statement draw of .* \(not in the log\): it was inserted past the log"),
    (statement_removed, "log index 600: its event .* is gone"),
    (swapped_versions, r"event 5 of case .* \(log index 15, noted\): its content was altered"),
    (removed_from_the_middle, r"event 8 of case .* \(log index 22, noted\): an earlier event of its case is missing"),
    (first_of_a_case_removed, r"event 2 of case .* \(log index 4, noted\): an earlier event of its case is missing"),
    (moved_to_another_case, r"event 9 of case .* \(log index 26, noted\): its content was altered"),
]


@pytest.mark.parametrize(
    ("alter", "expected"), ALTERATIONS, ids=[f"{a[0].__name__}-{n}" for n, a in enumerate(ALTERATIONS)]
)
def test_every_alteration_of_the_log_is_named(
    log: District, settings: Any, alter: Callable[[District, Any], None], expected: str
) -> None:
    alter(log, settings)
    findings = verify_log(TABLE).findings
    assert any(re.search(expected, finding) for finding in findings), findings


@pytest.mark.parametrize("alter", [unvouched_key, retired_key, key_before_its_time, backdated_head, two_faces])
def test_a_bundle_tells_it_too(
    log: District, settings: Any, tmp_path: Path, alter: Callable[[District, Any], None]
) -> None:
    path = tmp_path / "log.jsonl"
    former = keyring.signing_key().public
    export_log(path, TABLE)
    assert main([str(path), "--key", former.text()]) == 0
    alter(log, settings)
    _export_anyway(path)
    assert main([str(path), "--key", former.text()]) == 1
    assert not verify_bundle(path).ok


def _export_anyway(path: Path) -> None:
    """An evil log exports whatever it likes: keys and heads as they stand in its tables."""
    import json

    lines = [json.loads(line) for line in path.read_text().splitlines()]
    keys = [{"type": "key", "vkey": k.vkey, "vouched": k.vouched} for k in keyring.key_records()]
    notes = [note for (note,) in _rows("SELECT note FROM ledger_head ORDER BY size, id")]
    heads = [{"type": "head", "note": note} for note in notes]
    kept = [line for line in lines[1:] if line["type"] not in ("key", "head")]
    path.write_text("".join(json.dumps(line) + "\n" for line in [lines[0], *keys, *heads, *kept]))


def _rows(statement: str) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def test_a_changed_key_is_followed_from_the_one_that_is_trusted(log: District, settings: Any, tmp_path: Path) -> None:
    first = KeyRing([keyring.signing_key().public])
    old, new = rotated(settings)
    with transaction.atomic():
        store.append_batch(log.record(10))
    for trusted in (first, KeyRing([new.public]), keyring.log_keys(), None):
        assert verify_log(TABLE, trusted=trusted).findings == []
    path = tmp_path / "log.jsonl"
    export_log(path, TABLE)
    assert verify_bundle(path, first).ok
    # Whoever trusts only the new key takes no newest head by the former one for good.
    resign(old, timezone.now(), 610)
    assert verify_log(TABLE, trusted=first).ok, "within the overlap the former key may still sign"
    assert (
        "signed only by keys older than the one you trust"
        in verify_log(TABLE, trusted=KeyRing([new.public])).findings[0]
    )


def test_a_retired_key_signs_nothing_any_more(log: District, settings: Any) -> None:
    old, _new = rotated(settings, OVERLAP + timedelta(minutes=1))
    settings.BIHUAN_LEDGER_KEY = old.text()
    with pytest.raises(LedgerError, match="was retired"), transaction.atomic():
        store.append_batch(log.record(1))
    late = sign_receipt(old, case="1", report="r", leaf=leaf_hash(bytes(32)), at=timezone.now(), max_merge_delay=60)
    assert promises.check_receipt(late.as_json(), None, TABLE)["reason"] == "altered"


def test_a_clock_that_was_set_back_does_not_backdate_a_head(log: District) -> None:
    unlock()
    ahead = timezone.now() + timedelta(minutes=4)
    resign(keyring.signing_key(), ahead)
    with transaction.atomic():
        store.append_batch(log.record(1))
    assert scalar("SELECT signed_at FROM ledger_head ORDER BY size DESC LIMIT 1") == ahead
    assert verify_log(TABLE).ok


def test_a_key_text_that_is_none_is_a_fault_and_no_traceback() -> None:
    chain, faults = follow_keys([KeyRecord("rubbish", ""), KeyRecord("", "x")])
    assert (len(chain), len(faults)) == (0, 2)


# -- a trusted head: rewritten, cut short, split view -------------------------------------------------------------


def newest() -> Head:
    return open_head(store.latest_note() or "", keyring.log_keys()).head


def test_from_a_trusted_head_only_what_is_new_is_read(log: District) -> None:
    since = newest()
    with transaction.atomic():
        store.append_batch(log.record(300))
    told: list[tuple[int, int]] = []
    report = verify_log(TABLE, since=since, progress=lambda done, total: told.append((done, total)))
    assert (report.ok, report.size, report.events) == (True, 900, 900 - 600 // 256 * 256)
    # What lies before is vouched for by the head alone, so a new leaf is checked and an old content is not read.
    execute("UPDATE ledgertest_event SET actor = 'user:2' WHERE case_id = %s AND version = 290", [log.cases[0]])
    assert verify_log(TABLE, since=since).found == 1


def test_a_log_cut_short_with_its_heads_is_found_by_whoever_holds_one(log: District) -> None:
    since = newest()
    unlock()
    execute("DELETE FROM ledger_head WHERE size = 600")
    execute("DELETE FROM ledger_entry WHERE index >= 250")
    execute("DELETE FROM ledgertest_event WHERE id NOT IN (SELECT event_id FROM ledger_entry)")
    execute("DELETE FROM ledgertest_event_private WHERE event_id NOT IN (SELECT event_id FROM ledger_entry)")
    execute("DELETE FROM ledger_tile WHERE level = 0 AND index > 0 OR level > 0")
    execute("UPDATE ledger_tile SET hashes = substring(hashes FROM 1 FOR 250 * 32), width = 250")
    assert verify_log(TABLE).ok, "without a head from elsewhere nobody can know"
    (finding,) = verify_log(TABLE, since=since).findings
    assert finding == "the trusted head has 600 leaves, the log has 250: it was cut short or restored from old data"


def test_a_split_view_is_found_by_whoever_holds_the_other_face(log: District) -> None:
    other = Head(keyring.log_origin() or "", 400, b"r" * 32)
    (finding,) = verify_log(TABLE, since=other).findings
    assert finding.startswith("the log does not extend the trusted head at size 400")
    (finding,) = verify_log(TABLE, since=Head("another.log", 400, b"r" * 32)).findings
    assert "the trusted head is of another.log" in finding


def test_an_interrupted_verification_goes_on_where_it_stood(log: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bihuan.ledger.verification.CHUNK", 256)
    kept: list[Head] = []
    report = verify_log(TABLE, kept=lambda head, _report: kept.append(head))
    assert (report.ok, [head.size for head in kept]) == (True, [256, 512, 600])
    rest = verify_log(TABLE, since=kept[0])
    assert (rest.ok, rest.events) == (True, 600 - 256)


def test_memory_does_not_grow_with_the_cases(events: District) -> None:
    """No entry per case: what the verification keeps after half a log is what it keeps after all of it."""
    import tracemalloc

    with transaction.atomic():
        store.append_batch(events.record(6000, cases=3000))
    peaks = []
    for since in (Head(keyring.log_origin() or "", 4096, store.open_tree(6000)[0].root(4096)), None):
        tracemalloc.start()
        assert verify_log(TABLE, since=since).ok
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 3 * peaks[0], peaks
