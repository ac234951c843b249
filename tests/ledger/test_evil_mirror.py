"""An evil hand on a mirror, and on the log that it follows: what it does is named."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from bihuan.ledger import keyring, proofs, store
from bihuan.ledger.core.errors import LedgerError, SignatureError
from bihuan.ledger.core.heads import Head, sign_head
from bihuan.ledger.core.keys import SigningKey
from bihuan.ledger.mirror import verify_mirror, write_mirror
from tests.ledger.district import TABLE, District, execute, filled
from tests.ledger.test_evil_log import COUNT, unlock, unvouched_key

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(events: District) -> District:
    """600 events of three cases in two appends."""
    return filled(events, 250, 350)


@pytest.fixture
def mirror(log: District, tmp_path: Path) -> Path:
    assert write_mirror(tmp_path / "mirror", TABLE) == COUNT
    assert verify_mirror(tmp_path / "mirror", keyring.log_keys()).ok
    return tmp_path / "mirror"


def grow(log: District) -> None:
    with transaction.atomic():
        store.append_batch(log.record(40))


def test_a_mirror_follows_a_log_that_grows(log: District, mirror: Path) -> None:
    grow(log)
    assert write_mirror(mirror, TABLE) == COUNT + 40
    report = verify_mirror(mirror, keyring.log_keys())
    assert (report.ok, report.size) == (True, COUNT + 40), report.findings


def test_a_mirror_never_goes_back(log: District, mirror: Path) -> None:
    before = (mirror / "checkpoint").read_text()
    unlock()
    execute("DELETE FROM ledger_head WHERE size = 600")
    with pytest.raises(LedgerError, match="REFUSED: the mirror holds 600 leaves, the log has signed 250"):
        write_mirror(mirror, TABLE)
    assert (mirror / "checkpoint").read_text() == before


def test_a_mirror_takes_no_other_history(log: District, mirror: Path) -> None:
    unlock()
    execute(
        "UPDATE ledger_tile SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1) WHERE level = 0 AND index = 0"
    )
    execute("DELETE FROM ledger_tile WHERE level > 0")
    grow_forged(log)
    with pytest.raises(LedgerError, match="REFUSED: the log of 640 leaves does not extend the mirror's head at 600"):
        write_mirror(mirror, TABLE)


def grow_forged(log: District) -> None:
    """Rebuild the tree over altered leaves, grow and sign it: another history under the true key."""
    from bihuan.ledger.core.tiles import MemoryTiles, TileTree

    tree = TileTree(MemoryTiles())
    held = store.DatabaseTiles()
    leaves = b"".join(held.get_tile(0, index) for index in range(3))[: COUNT * 32]
    tree.append(leaves + bytes(40 * 32))
    for (level, index), hashes in tree.store.tiles.items():  # type: ignore[attr-defined]
        execute("DELETE FROM ledger_tile WHERE level = %s AND index = %s", [level, index])
        execute("INSERT INTO ledger_tile VALUES (%s, %s, %s, %s)", [level, index, len(hashes) // 32, hashes])
    key, now = keyring.signing_key(), timezone.now()
    head = Head(key.public.name, tree.size, tree.root())
    execute("INSERT INTO ledger_head (size, root, signed_at, note) VALUES (%s, %s, %s, %s)",
            [head.size, head.root, now, str(sign_head(head, key, now))])  # fmt: skip


def test_a_mirror_of_another_log_is_left_alone(log: District, mirror: Path) -> None:
    other = SigningKey("another.log", b"a" * 32)
    (mirror / "checkpoint").write_text(str(sign_head(Head("another.log", 3, b"r" * 32), other, timezone.now())))
    with pytest.raises(LedgerError, match="REFUSED"):
        write_mirror(mirror, TABLE)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("tile/0/000", "tile/0/000 is not what the entries give"),
        ("tile/entries/001", "tile/entries/001"),
        ("tile/1/000.p/2", "tile/1/000.p/2 is not what the leaves give"),
        ("checkpoint", "does not match the text"),
    ],
)
def test_an_altered_file_of_a_mirror_is_named(log: District, mirror: Path, file: str, expected: str) -> None:
    content = bytearray((mirror / file).read_bytes())
    content[40] = ord("B") if content[40] == ord("A") else ord("A")  # still base64, in whatever it stands
    (mirror / file).write_bytes(bytes(content))
    findings = verify_mirror(mirror, keyring.log_keys()).findings
    assert any(expected in finding for finding in findings), findings


def test_an_altered_full_tile_is_not_carried_on(log: District, mirror: Path) -> None:
    content = bytearray((mirror / "tile/0/000").read_bytes())
    content[40] ^= 1
    (mirror / "tile/0/000").write_bytes(bytes(content))
    grow(log)
    with pytest.raises(LedgerError, match=r"REFUSED: tile/0/000 .* was altered"):
        write_mirror(mirror, TABLE)


def test_proofs_are_refused_by_keys_that_do_not_count(log: District, settings: Any) -> None:
    unvouched_key(log, settings)
    with pytest.raises(SignatureError):
        proofs.prove_event(log.ids[log.cases[0], 1])
