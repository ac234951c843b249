"""Backup and restore: what comes back is what was there; a damaged file or a wrong passphrase changes nothing."""

from __future__ import annotations

import io
import json
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bihuan.server import backup, pgdump, postgres, sealing, secrets
from bihuan.server.home import Home

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bihuan-backup-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def lived_in(place: Path) -> Iterator[Home]:
    """A home with rows, rights, an append-only guard and a photograph."""
    home = Home(place / "lived-in").ensure()
    server = postgres.server(home, secrets.ensure(home))
    server.ensure_running()
    with psycopg.connect(**server.conninfo(postgres.OWNER), autocommit=True) as owner:
        owner.execute("CREATE TABLE kept (id int PRIMARY KEY, text text)")
        owner.execute("INSERT INTO kept SELECT n, '诉求 ' || n FROM generate_series(1, 500) AS n")
        owner.execute(f"GRANT SELECT, INSERT ON kept TO {postgres.APP}")
        owner.execute("ALTER TABLE kept ENABLE ROW LEVEL SECURITY")
        owner.execute("ALTER TABLE kept FORCE ROW LEVEL SECURITY")
        owner.execute("CREATE POLICY small ON kept USING (id <= 10)")
    (home.media / "evidence").mkdir()
    (home.media / "evidence" / "photo.jpg").write_bytes(os.urandom(5000))
    yield home
    server.stop()


@pytest.fixture(scope="module")
def saved(lived_in: Home, place: Path) -> Path:
    target = place / "saved.tar"
    manifest = backup.create(lived_in, target, PASSPHRASE)
    assert manifest["rows"] == {"kept": 500}
    return target


@pytest.fixture
def empty(place: Path) -> Iterator[Home]:
    home = Home(Path(tempfile.mkdtemp(dir=place)) / "home")
    home.path.parent.chmod(0o711)
    yield home
    if home.secrets_file.exists():
        postgres.server(home, secrets.lookup(home)).stop()


def rewritten(source: Path, target: Path, name: str, content: bytes) -> Path:
    """A copy of the tar with one member's content replaced."""
    with tarfile.open(source) as old, tarfile.open(target, "w") as new:
        for member in old:
            data = content if member.name == name else old.extractfile(member).read()  # type: ignore[union-attr]  # all are files
            member.size = len(data)
            new.addfile(member, io.BytesIO(data))
    return target


def test_restored_home_has_rows_rights_guards_media_and_keys(lived_in: Home, saved: Path, empty: Home) -> None:
    backup.restore(empty, saved, PASSPHRASE)
    before, after = secrets.lookup(lived_in), secrets.lookup(empty)
    assert {name: after[name] for name in secrets.KEYS} == {name: before[name] for name in secrets.KEYS}
    assert all(after[name] != before[name] for name in secrets.PASSWORDS)
    photo = Path("evidence/photo.jpg")
    assert (empty.media / photo).read_bytes() == (lived_in.media / photo).read_bytes()
    with psycopg.connect(**postgres.server(empty, after).conninfo(postgres.APP), autocommit=True) as app:
        assert app.execute("SELECT count(*) FROM kept").fetchone() == (10,)  # row security is back
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DELETE FROM kept")
    with psycopg.connect(**postgres.server(empty, after).conninfo(postgres.SUPERUSER)) as all_seeing:
        row = all_seeing.execute("SELECT count(*), max(text) FROM kept").fetchone()
        assert row == (500, "诉求 99")
        owner = all_seeing.execute("SELECT tableowner FROM pg_tables WHERE tablename = 'kept'").fetchone()
        assert owner == (postgres.OWNER,)


def test_backup_is_never_overwritten(lived_in: Home, saved: Path) -> None:
    content = saved.read_bytes()
    with pytest.raises(backup.BackupError, match="exists already"):
        backup.create(lived_in, saved, PASSPHRASE)
    assert saved.read_bytes() == content


def test_failed_backup_leaves_nothing(lived_in: Home, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(backup, "_write_tar", full)
    before = sorted(place.iterdir())
    with pytest.raises(OSError, match="No space"):
        backup.create(lived_in, place / "other.tar", PASSPHRASE)
    assert sorted(place.iterdir()) == before


def test_home_in_use_is_refused(lived_in: Home, saved: Path) -> None:
    with pytest.raises(backup.BackupError, match="initialised already"):
        backup.restore(lived_in, saved, PASSPHRASE)


@pytest.mark.parametrize("name", [backup.DUMP, "media/evidence/photo.jpg"])
def test_changed_member_is_named_and_nothing_is_touched(saved: Path, place: Path, empty: Home, name: str) -> None:
    damaged = rewritten(saved, place / "damaged.tar", name, b"altered")
    with pytest.raises(backup.BackupError, match=f"{name} changed, missing or added"):
        backup.restore(empty, damaged, PASSPHRASE)
    assert not empty.path.exists()


def test_truncated_file_is_refused(saved: Path, place: Path, empty: Home) -> None:
    cut = place / "cut.tar"
    cut.write_bytes(saved.read_bytes()[:4000])
    with pytest.raises(backup.BackupError, match=r"not a readable backup|damaged"):
        backup.restore(empty, cut, PASSPHRASE)


def test_other_format_is_refused(saved: Path, place: Path, empty: Home) -> None:
    other = rewritten(saved, place / "other-format.tar", backup.MANIFEST, json.dumps({"format": "x"}).encode())
    with pytest.raises(backup.BackupError, match="this version reads bihuan-backup-1"):
        backup.restore(empty, other, PASSPHRASE)


def test_wrong_passphrase_leaves_the_home_empty_for_the_next_try(saved: Path, empty: Home) -> None:
    with pytest.raises(sealing.SealError, match="passphrase is wrong"):
        backup.restore(empty, saved, "wrong passphrase")
    assert not empty.secrets_file.exists()


def test_failed_load_leaves_the_home_empty_for_the_next_try(
    saved: Path, empty: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = pgdump.load

    def failing(home: Home, source: Path) -> dict[str, int]:
        load(home, source)
        raise pgdump.DumpError("connection lost")

    monkeypatch.setattr(pgdump, "load", failing)
    with pytest.raises(pgdump.DumpError):
        backup.restore(empty, saved, PASSPHRASE)
    monkeypatch.undo()
    assert backup.restore(empty, saved, PASSPHRASE)["rows"] == {"kept": 500}


def test_backup_without_keys_needs_them_from_the_environment(
    lived_in: Home, place: Path, empty: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = place / "keyless.tar"
    backup.create(lived_in, target, None)
    for name in secrets.KEYS:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(backup.BackupError, match="taken without keys; set SECRET_KEY"):
        backup.restore(empty, target, None)


def test_sealed_keys_open_only_with_the_passphrase_and_unchanged() -> None:
    sealed = sealing.seal({"A": "1"}, PASSPHRASE)
    assert b'"A"' not in sealed
    assert sealing.unseal(sealed, PASSPHRASE) == {"A": "1"}
    parts = json.loads(sealed)
    parts["sealed"] = ("B" if parts["sealed"][0] != "B" else "C") + parts["sealed"][1:]
    with pytest.raises(sealing.SealError, match="changed"):
        sealing.unseal(json.dumps(parts).encode(), PASSPHRASE)
    with pytest.raises(sealing.SealError, match="at least 12"):
        sealing.seal({}, "short")
