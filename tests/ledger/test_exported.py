"""What leaves the log — exports, single cases, draws, the mirror — verifies by itself."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from django.db import transaction

from bihuan.ledger import keyring, proofs, statements, store
from bihuan.ledger.core.draw import DrawDefinition, DrawStratum, carry_out_draw, verify_draw
from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.heads import open_head
from bihuan.ledger.core.leaf import leaf_hashes
from bihuan.ledger.core.tiles import MemoryTiles, TileTree
from bihuan.ledger.erasure import erase_case, erase_events
from bihuan.ledger.export import export_cases, export_log
from bihuan.ledger.mirror import write_mirror
from bihuan.ledger.offline import verify_bundle
from bihuan.ledger.verification import verify_log
from tests.ledger.district import TABLE, District, filled, scalar
from tests.ledger.test_verification import COUNT, remove_event

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(events: District) -> District:
    """540 events of three cases in three appends."""
    return filled(events, 120, 180, 240)


def test_erasure_keeps_every_proof_and_says_so(log: District, tmp_path: Path) -> None:
    watched = [log.ids[case, version] for case in log.cases for version in (1, 51, 180)]
    before = [proofs.prove_event(event)["proof"] for event in watched]
    private = scalar("SELECT count(*) FROM ledgertest_event_private")
    with transaction.atomic():
        assert erase_case(log.cases[1], by="user:9", ground="request", table=TABLE) == 90
        assert erase_case(log.cases[1], by="user:9", ground="request", table=TABLE) == 0
        assert erase_events([log.ids[log.cases[0], 51]], by="user:9", ground="order", table=TABLE) == 1
    assert scalar("SELECT count(*) FROM ledgertest_event_private") == private - 91
    report = verify_log(TABLE)
    assert (report.ok, report.erased) == (True, 91)
    assert before == [proofs.prove_event(event)["proof"] for event in watched]
    assert store.sequence_leaves() == 2
    assert (verify_log(TABLE).ok, verify_log(TABLE).statements) == (True, 2)
    path = tmp_path / "log.jsonl"
    export_log(path, TABLE, private=True)
    assert verify_bundle(path).erased == 91
    states = {
        line["private_state"]: line["private"]
        for line in map(json.loads, path.read_text().splitlines())
        if line["type"] == "event" and line["body"]["case"] == str(log.cases[1])
    }
    assert states == {"erased": None, "none": None}


def test_an_exported_log_verifies_offline_with_or_without_private_records(log: District, tmp_path: Path) -> None:
    statements.publish_statement("test", {"n": 1})
    for name, private in (("public.jsonl.gz", False), ("whole.jsonl", True)):
        path = tmp_path / name
        assert export_log(path, TABLE, private=private) == COUNT + 1
        report = verify_bundle(path, keyring.log_keys())
        assert (report.ok, report.events, report.statements, report.size) == (True, COUNT, 1, COUNT + 1), (
            report.findings
        )
        assert report.withheld == (0 if private else COUNT // 2)
        assert list(tmp_path.glob("*.part")) == []


def test_an_export_holds_only_what_is_signed(log: District, tmp_path: Path) -> None:
    store.enqueue_leaves(log.record(2))
    path = tmp_path / "log.jsonl"
    assert export_log(path, TABLE) == COUNT
    assert verify_bundle(path).ok


def test_single_cases_are_exported_with_proofs(log: District, tmp_path: Path) -> None:
    path = tmp_path / "case.jsonl"
    assert export_cases(path, [log.cases[1]], TABLE, private=True, since=120) == 180
    report = verify_bundle(path, keyring.log_keys())
    assert (report.ok, report.events, report.heads, report.size) == (True, 180, 2, COUNT), report.findings
    text = path.read_text()
    assert str(log.cases[0]) not in text
    with pytest.raises(LedgerError, match="no head was signed at size 121"):
        export_cases(path, [log.cases[1]], TABLE, since=121)
    with pytest.raises(LedgerError, match="no event of case"):
        export_cases(path, [UUID(int=5)], TABLE)


def test_a_failed_export_leaves_no_half_file(log: District, tmp_path: Path) -> None:
    remove_event(log)
    with pytest.raises(LedgerError, match=r"log index 147: its event .* is missing"):
        export_log(tmp_path / "log.jsonl", TABLE)
    assert list(tmp_path.iterdir()) == []


def test_a_draw_is_committed_in_the_log_before_it_takes_place(log: District, tmp_path: Path) -> None:
    definition = DrawDefinition("sample", "lottery of tomorrow", (DrawStratum("all", ("a", "b", "c"), 1),), "00")
    identifier, made_at = statements.commit_draw(definition)
    assert statements.commit_draw(definition) == (identifier, made_at)
    assert statements.find_commitment(definition.commitment().hex()) == (identifier, made_at)
    assert statements.find_commitment("00") is None
    assert proofs.prove_event(identifier)["index"] == COUNT
    verify_draw(carry_out_draw(definition, ["7"]), definition.commitment())
    report = verify_log(TABLE)
    assert (report.ok, report.statements) == (True, 1)
    path = tmp_path / "log.jsonl"
    export_log(path, TABLE)
    path.write_text(path.read_text().replace("lottery of tomorrow", "lottery of yesterday"))
    assert any("statement draw of" in finding for finding in verify_bundle(path).findings)


def test_the_mirror_is_a_log_of_static_files(log: District, tmp_path: Path) -> None:
    def read() -> tuple[bytes, list[bytes]]:
        """Root and entries as a stranger finds them: by the paths of the specification, from files alone."""
        head = open_head((tmp_path / "checkpoint").read_text(), keyring.log_keys()).head
        leaves, entries = b"", []
        for index in range((head.size + 255) // 256):
            width = min(256, head.size - 256 * index)
            suffix = "" if width == 256 else f".p/{width}"
            leaves += (tmp_path / f"tile/0/{index:03}{suffix}").read_bytes()
            bundle = (tmp_path / f"tile/entries/{index:03}{suffix}").read_bytes()
            while bundle:
                length = int.from_bytes(bundle[:2])
                entries.append(bundle[2 : 2 + length])
                bundle = bundle[2 + length :]
        assert leaves == leaf_hashes(b"".join(entries))
        tree = TileTree(MemoryTiles())
        tree.append(leaves)
        assert (tree.size, tree.root()) == (head.size, head.root)
        upper = next((tmp_path / "tile/1").rglob("2"))
        assert upper.read_bytes() == tree.store.get_tile(1, 0)
        return head.root, entries

    assert write_mirror(tmp_path, TABLE) == COUNT
    first, entries = read()
    kept = (tmp_path / "tile/0/001").stat().st_mtime_ns
    with transaction.atomic():
        store.append_batch(log.record(30))
    assert write_mirror(tmp_path, TABLE) == COUNT + 30
    second, more = read()
    assert more[:COUNT] == entries
    assert first != second
    assert (tmp_path / "tile/0/001").stat().st_mtime_ns == kept
    remove_event(log)
    (tmp_path / "tile/entries/000").unlink()
    with pytest.raises(LedgerError, match="log index 147: its event is missing"):
        write_mirror(tmp_path, TABLE)
