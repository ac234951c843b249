"""A witness signs a log that grows, and no other."""

from pathlib import Path

import pytest

from bihuan.ledger import keyring, proofs
from bihuan.ledger.core.errors import LedgerError, SignatureError, TreeError
from bihuan.ledger.core.keys import KeyRing, SigningKey
from bihuan.ledger.core.notes import Note
from bihuan.ledger.verification import verify_log
from bihuan.ledger.witness import FolderWitness
from tests.ledger.district import START, TABLE, District, execute
from tests.ledger.test_store import append


def test_a_witness_cosigns_growth_and_refuses_a_rewritten_log(events: District, tmp_path: Path) -> None:
    own = SigningKey("witness.example", b"w" * 32)
    witness = FolderWitness(tmp_path / "witness", own)
    append(events.record(10))
    ring = keyring.log_keys()
    first = witness.cosign(proofs.witness_request(0), ring, START)
    assert [seal.signed_at for seal in first.seals(KeyRing([own.public]))] == [START]
    append(events.record(300))
    second = witness.cosign(proofs.witness_request(10), ring, START)
    origin = keyring.log_origin()
    assert origin is not None
    assert witness.seen(origin).size == 310
    with pytest.raises(TreeError, match="starts at size 10, this witness has seen 310"):
        witness.cosign(proofs.witness_request(10), ring, START)
    # The owner drops every guard and writes a new history of the same length, signed with the true key.
    execute("TRUNCATE ledger_entry, ledger_tile, ledger_head, ledgertest_event, ledgertest_event_private")
    events.heads.clear()
    append(events.record(310))
    assert verify_log(TABLE).ok  # the database agrees with itself …
    with pytest.raises(TreeError, match=r"REFUSED: .* history was rewritten"):  # … but not with what was witnessed
        witness.cosign(proofs.witness_request(310), ring, START)
    execute("TRUNCATE ledger_entry, ledger_tile, ledger_head, ledgertest_event, ledgertest_event_private")
    events.heads.clear()
    append(events.record(5))
    with pytest.raises(LedgerError, match="it was cut short"):
        proofs.witness_request(310)
    with pytest.raises(TreeError, match="REFUSED: the head has 5 leaves, this witness has seen 310"):
        witness.cosign(proofs.witness_request(0), ring, START)
    assert str(second) == next((tmp_path / "witness").glob("*.checkpoint")).read_text()


def test_a_witness_refuses_a_head_the_log_did_not_sign(events: District, tmp_path: Path) -> None:
    append(events.record(3))
    request = proofs.witness_request(0)
    stranger = SigningKey(keyring.log_origin(), b"x" * 32)
    witness = FolderWitness(tmp_path, stranger)
    with pytest.raises(SignatureError, match="not signed by a known key"):
        witness.cosign(request, KeyRing([stranger.public]), START)
    with pytest.raises(SignatureError, match="not a witness request"):
        witness.cosign(str(Note("x\n")), keyring.log_keys(), START)
    (checkpoint,) = [tmp_path / "0.checkpoint"]
    assert not checkpoint.exists()
