"""Statements of erasure: words gone on purpose are told from words destroyed, in the database and in every bundle."""

import json
from pathlib import Path

import pytest
from django.db import transaction

from bihuan.ledger import keyring, statements, store
from bihuan.ledger.core.erasures import KIND, erased_records, sign_erasure
from bihuan.ledger.core.errors import LedgerError, SignatureError
from bihuan.ledger.core.keys import SigningKey
from bihuan.ledger.erasure import erase_case, erase_events
from bihuan.ledger.export import export_cases, export_log
from bihuan.ledger.offline import verify_bundle
from bihuan.ledger.verification import verify_log
from tests.ledger.district import START, TABLE, District, execute, scalar

pytestmark = pytest.mark.django_db
UNCOVERED = "its private record is gone, and no signed statement of erasure covers it"


@pytest.fixture
def log(events: District) -> District:
    """60 events of three cases; every second one carries words."""
    with transaction.atomic():
        store.append_batch(events.record(60))
    return events


def erase(log: District, ground: str = "request") -> int:
    with transaction.atomic():
        return erase_case(log.cases[1], by="user:9", ground=ground, table=TABLE)


def destroy(log: District) -> None:
    execute("DELETE FROM ledgertest_event_private WHERE event_id = %s", [log.ids[log.cases[0], 1]])


def test_words_deleted_without_a_statement_are_a_finding(log: District, tmp_path: Path) -> None:
    destroy(log)
    report = verify_log(TABLE)
    assert report.findings == [f"event 1 of case {log.cases[0]} (log index 0, noted): {UNCOVERED}"]
    path = tmp_path / "log.jsonl"
    export_log(path, TABLE, private=True)
    assert verify_bundle(path).findings == report.findings


def test_a_statement_covers_exactly_what_it_names(log: District, tmp_path: Path) -> None:
    assert erase(log) == 10
    assert (verify_log(TABLE).ok, verify_log(TABLE).erased) == (True, 10), "as soon as it is promised"
    assert store.sequence_leaves() == 1
    destroy(log)
    report = verify_log(TABLE)
    assert (report.found, report.erased) == (1, 10)
    one, whole = tmp_path / "case.jsonl", tmp_path / "log.jsonl"
    export_cases(one, [log.cases[1]], TABLE, private=True)
    export_log(whole, TABLE, private=True)
    report = verify_bundle(one, keyring.log_keys())
    assert (report.ok, report.erased, report.statements) == (True, 10, 1), report.findings
    assert verify_bundle(whole, keyring.log_keys()).found == 1


def test_a_bundle_that_loses_the_statement_is_refused(log: District, tmp_path: Path) -> None:
    erase(log)
    store.sequence_leaves()
    path = tmp_path / "case.jsonl"
    export_cases(path, [log.cases[1]], TABLE)
    kept = [line for line in path.read_text().splitlines() if json.loads(line)["type"] != "statement"]
    path.write_text("\n".join(kept) + "\n")
    assert verify_bundle(path).found == 10


@pytest.mark.parametrize("member", ["by", "case", "ground", "records", "signature", "key_id", "made_at"])
def test_an_altered_statement_covers_nothing(log: District, member: str) -> None:
    erase(log)
    execute("ALTER TABLE ledger_statement DISABLE TRIGGER append_only")
    other = {
        "records": [scalar("SELECT encode(private_hash, 'hex') FROM ledgertest_event WHERE id = %s",
                           [log.ids[log.cases[1], 2]])],
        "ground": "order", "key_id": "00000000", "signature": "AAAA",
    }  # fmt: skip
    if member == "made_at":
        execute("UPDATE ledger_statement SET made_at = made_at - interval '1 day'")
    else:
        execute("UPDATE ledger_statement SET body = body || %s", [json.dumps({member: other.get(member, "user:1")})])
    report = verify_log(TABLE)
    assert any(UNCOVERED in finding for finding in report.findings), report.findings
    assert any("it does not count as signed" in finding for finding in report.findings), report.findings


def test_a_statement_signed_by_a_stranger_covers_nothing(log: District) -> None:
    destroy(log)
    digest = scalar(
        "SELECT encode(private_hash, 'hex') FROM ledgertest_event WHERE id = %s", [log.ids[log.cases[0], 1]]
    )
    stranger = SigningKey(keyring.log_origin() or "", b"s" * 32)
    body = sign_erasure(stranger, records=[str(digest)], case=None, by="user:1", ground="order", at=START)
    with transaction.atomic():
        statements.promise_statement(KIND, body, START)
    store.sequence_leaves()
    findings = verify_log(TABLE).findings
    assert any(UNCOVERED in finding for finding in findings)
    assert any(f"key {stranger.id} is not known" in finding for finding in findings), findings


def test_words_that_come_back_after_their_erasure_are_a_finding(log: District) -> None:
    event = log.ids[log.cases[1], 1]
    execute("CREATE TEMPORARY TABLE kept AS SELECT * FROM ledgertest_event_private")
    erase(log)
    execute("INSERT INTO ledgertest_event_private SELECT * FROM kept WHERE event_id = ANY(%s)",
            [[log.ids[log.cases[1], version] for version in (1, 2)]])  # fmt: skip
    findings = verify_log(TABLE).findings
    assert len(findings) == 1, (event, findings)
    assert "was stated to be erased, but it is still there" in findings[0]


def test_files_and_many_records_are_stated(log: District) -> None:
    picture = "ab" * 32
    with transaction.atomic():
        assert erase_events([], by="user:9", ground="order", files=[picture], table=TABLE) == 0
    (body,) = [scalar("SELECT body::text FROM ledger_statement")]
    assert json.loads(str(body))["files"] == [picture]
    assert verify_log(TABLE).ok


def test_a_ground_outside_the_list_is_refused(log: District) -> None:
    with pytest.raises(LedgerError, match="no ground"):
        erase(log, ground="because")
    assert scalar("SELECT count(*) FROM ledgertest_event_private") == 30


def test_a_malformed_statement_names_its_members() -> None:
    with pytest.raises(SignatureError, match="has the members"):
        erased_records({"made_at": "2026-03-01T00:00:00Z", "body": {"records": []}}, keyring.log_keys())
