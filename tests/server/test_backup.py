"""Backup and restore: what comes back is what was there; whatever was doctored is refused, and nothing is changed."""

from __future__ import annotations

import base64
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from bihuan.server import archive, backup, postgres, rows, sealing, secrets, stream
from bihuan.server.archive import ArchiveError, ArchiveManifest, Packer
from bihuan.server.home import Home, interrupted
from bihuan.server.rows import HeldRows
from bihuan.server.stream import CHUNK, TAG, SealedReader, SealedWriter, Secret, StreamError

SECRET = stream.secret_of(None, base64.b64encode(b"k" * 32).decode())
OTHER = stream.secret_of(None, base64.b64encode(b"o" * 32).decode())
KEYS = {name: base64.b64encode(name.encode()[:32].ljust(32, b"x")).decode() for name in secrets.KEYS}


# -- the stream


def sealed(data: bytes, secret: Secret = SECRET) -> bytes:
    out = io.BytesIO()
    writer = SealedWriter(out, secret)
    writer.write(data)
    writer.close()
    return out.getvalue()


def opened(data: bytes, secret: Secret = SECRET) -> bytes:
    return SealedReader(io.BytesIO(data), secret).read()


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_stream_gives_back_what_was_written(size: int) -> None:
    data = os.urandom(size)
    for secret in (SECRET, Secret()):
        assert opened(sealed(data, secret), secret) == data


def test_a_passphrase_opens_what_it_sealed() -> None:
    secret = stream.secret_of("correct horse battery", None)
    data = os.urandom(CHUNK + 1)
    assert opened(sealed(data, secret), secret) == data


@pytest.mark.parametrize("secret", [SECRET, Secret()], ids=["sealed", "digest"])
def test_no_byte_can_be_changed_moved_cut_or_added(secret: Secret) -> None:
    data = sealed(os.urandom(2 * CHUNK + 100), secret)
    start = len(data) - (2 * (CHUNK + TAG) + 100 + TAG)
    first, second, rest = (
        data[start : start + CHUNK + TAG], data[start + CHUNK + TAG : start + 2 * (CHUNK + TAG)],
        data[start + 2 * (CHUNK + TAG) :],
    )  # fmt: skip
    flipped = [data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :] for at in range(0, len(data), 997)]
    doctored = [
        *flipped, data[:start] + second + first + rest, data[:start] + second + rest, data[: start + CHUNK + TAG],
        data[:-1], data + b"\0", data + first, data[:start],
    ]  # fmt: skip
    for each in doctored:
        with pytest.raises((StreamError, sealing.SealError)):
            opened(each, secret)


def test_chunks_of_another_archive_under_the_same_key_are_refused() -> None:
    one, two = sealed(bytes(2 * CHUNK)), sealed(bytes(2 * CHUNK))
    with pytest.raises(StreamError, match="changed, cut or rearranged"):
        opened(one[: -(CHUNK + TAG)] + two[-(CHUNK + TAG) :])


def test_a_wrong_or_missing_secret_is_said() -> None:
    with pytest.raises(sealing.SealError, match="wrong"):
        opened(sealed(b"x"), OTHER)
    with pytest.raises(sealing.SealError, match="give it"):
        opened(sealed(b"x"), Secret())
    with pytest.raises(sealing.SealError, match="at least 12"):
        stream.secret_of("short", None)
    with pytest.raises(sealing.SealError, match="32 bytes"):
        stream.secret_of(None, "c2hvcnQ=")


# -- what may stand in it

HELD = HeldRows({"kept": ["id", "text"]}, {"kept_id_seq": 3})
MANIFEST = ArchiveManifest("0.1.0", "2026-01-01T00:00:00+00:00", [("server", "0001_cache")], HELD)


def packed(change: Callable[[Packer], None] = lambda _: None, keys: dict[str, str] | None = None) -> bytes:
    """An archive that nothing vouches for, with whatever `change` puts into it before its end."""
    out = io.BytesIO()
    packer = Packer(out, Secret(), MANIFEST, keys)
    packer.table("kept", b"1\ta\n2\tb\n", 2)
    change(packer)
    packer.close()
    return out.getvalue()


def member(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE, link: str = "") -> Callable[[Packer], None]:
    def add(packer: Packer) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.type, info.linkname = len(data), kind, link
        packer._tar.addfile(info, io.BytesIO(data))

    return add


def miscounted(packer: Packer) -> None:
    packer.rows["kept"] = 3


DOCTORED: dict[str, tuple[Callable[[Packer], None], str]] = {
    "path traversal": (member("media/../../etc/cron.d/x", b"x"), "no part of a backup"),
    "absolute path": (member("/etc/passwd", b"x"), "no part of a backup"),
    "hidden file": (member("media/.ssh/authorized_keys", b"x"), "no part of a backup"),
    "symbolic link": (member("media/x", kind=tarfile.SYMTYPE, link="/etc"), "no part of a backup"),
    "hard link": (member("media/x", kind=tarfile.LNKTYPE, link="manifest.json"), "no part of a backup"),
    "device": (member("media/x", kind=tarfile.CHRTYPE), "no part of a backup"),
    "a dump": (member("database.dump", b"PGDMP"), "no part of a backup"),
    "a statement": (member("after.sql", b"COPY t TO PROGRAM 'id'"), "no part of a backup"),
    "a table not announced": (member("table/other/0.copy", b"1\n"), "not announced"),
    "a part twice": (member("table/kept/0.copy", b"1\ta\n"), "out of order"),
    "a part left out": (member("table/kept/2.copy", b"1\ta\n"), "out of order"),
    "half a row": (member("table/kept/1.copy", b"3\tc"), "not whole"),
    "more rows than counted": (member("table/kept/1.copy", b"3\tc\n"), "other numbers"),
    "fewer rows than counted": (miscounted, "other numbers"),
    "keys late": (member("keys.json", b"{}"), "no part of a backup"),
    "two manifests": (member("manifest.json", b"{}"), "no part of a backup"),
    "an end before the end": (member("end.json", b'{"rows":{"kept":2},"media":0}'), "something follows"),
}


@pytest.mark.parametrize("name", DOCTORED)
def test_a_doctored_archive_is_refused_with_the_reason(name: str, tmp_path: Path) -> None:
    change, reason = DOCTORED[name]
    file = tmp_path / "x"
    file.write_bytes(packed(change))
    with pytest.raises(ArchiveError, match=reason):
        archive.verify_archive(file, Secret())
    file.write_bytes(packed())
    assert archive.verify_archive(file, Secret()).rows == {"kept": 2}


@pytest.mark.parametrize(
    "keys", [{"SECRET_KEY": "a\nBIHUAN_PG_SUPERUSER_PASSWORD=known"}, {"LD_PRELOAD": "/tmp/x.so"}, {"SECRET_KEY": 1}]
)
def test_keys_bring_no_other_line_into_the_secrets(keys: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(packed(keys=keys))
    with pytest.raises(ArchiveError, match=r"keys\.json"):
        archive.verify_archive(file, Secret())


@pytest.mark.parametrize(
    "held",
    [
        HeldRows({"kept; DROP TABLE x": ["id"]}, {}), HeldRows({"kept": ['id") FROM PROGRAM \'id\'--']}, {}),
        HeldRows({"kept": ["id"]}, {"s'; SELECT 1; --": 1}), HeldRows({"kept": ["id"]}, {"s": "1"}),  # type: ignore[dict-item]
    ],
)  # fmt: skip
def test_names_are_names_and_numbers_are_numbers(held: HeldRows, tmp_path: Path) -> None:
    out = io.BytesIO()
    Packer(out, Secret(), ArchiveManifest("0", "now", [], held), None).close()
    (tmp_path / "x").write_bytes(out.getvalue())
    with pytest.raises(ArchiveError, match=r"manifest\.json"):
        archive.verify_archive(tmp_path / "x", Secret())


# -- a whole installation


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bihuan-backup-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def lived_in(place: Path) -> Iterator[Home]:
    """A home with tables, rows that are fenced, and a photograph."""
    home = Home(place / "lived-in").ensure()
    server = postgres.server_of_home(home, secrets.ensure_secrets(home))
    server.ensure_running()
    backup._migrate(home, None)
    with psycopg.connect(**server.conninfo(postgres.SUPERUSER), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO registers_district (code, name_zh, name_en, zone, calendar, dial_country, dial_area, revision)"
            " VALUES ('110108', '海淀', 'Haidian', 'Asia/Shanghai', 'CN', '86', '010', 1)"
        )
        connection.execute("INSERT INTO django_session VALUES ('k', 'd', now())")
        connection.execute(
            "INSERT INTO registers_identity (id, district_id, ciphertext, key_id, sealed_at, retention_until) SELECT"
            " gen_random_uuid(), '110108', '\\x00'::bytea, 'k', now(), '2030-01-01' FROM generate_series(1, 500)"
        )
        connection.execute("SELECT series_observation_months('2026-01-01', '2026-02-01')")
        connection.execute(
            "INSERT INTO series_line (id, district_id, series, subject, latest_flag) VALUES (1, '110108', 's', 'x', '')"
        )
        connection.execute(
            "INSERT INTO series_observation (at, arrived, value, line, batch, flag) SELECT t, t, 5, 1, 1, 'N'"
            " FROM generate_series('2026-01-15'::timestamptz, '2026-02-15', '1 day') t"
        )
    (home.media / "ab").mkdir()
    (home.media / "ab" / "abcd").write_bytes(os.urandom(5000))
    yield home
    server.stop()


@pytest.fixture(scope="module")
def saved(lived_in: Home, place: Path) -> Path:
    target = place / "saved"
    made = backup.create_backup(lived_in, target, SECRET)
    assert (made["rows"]["registers_identity"], made["media"], made["sealed"]) == (500, 1, "key")
    assert target.stat().st_mode & 0o077 == 0
    assert "海淀".encode() not in target.read_bytes()
    return target


@pytest.fixture
def empty(place: Path) -> Iterator[Home]:
    home = Home(Path(tempfile.mkdtemp(dir=place)) / "home")
    home.path.parent.chmod(0o711)
    yield home
    if home.secrets_file.exists():
        postgres.server_of_home(home, secrets.everything(home)).stop()


def state(home: Home) -> list[Path]:
    """What a home holds beside empty folders."""
    return [path for path in home.path.rglob("*") if path.is_file() and "run" not in path.parts]


@pytest.mark.slow
def test_restored_home_has_rows_rights_guards_media_and_keys(lived_in: Home, saved: Path, empty: Home) -> None:
    backup.restore_backup(empty, saved, SECRET)
    before, after = secrets.everything(lived_in), secrets.everything(empty)
    assert {name: after[name] for name in secrets.KEYS} == {name: before[name] for name in secrets.KEYS}
    assert all(after[name] != before[name] for name in secrets.PASSWORDS)
    assert (empty.media / "ab/abcd").read_bytes() == (lived_in.media / "ab/abcd").read_bytes()
    assert not interrupted(empty)
    server = postgres.server_of_home(empty, after)
    guards = "SELECT c.relname, tgname, tgenabled, c.relforcerowsecurity, c.relowner::regrole::text FROM pg_trigger t"
    guards += " JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal ORDER BY 1, 2"
    old = postgres.server_of_home(lived_in, before)
    with (
        psycopg.connect(**server.conninfo(postgres.SUPERUSER)) as here,
        psycopg.connect(**old.conninfo(postgres.SUPERUSER)) as there,
    ):
        assert here.execute("SELECT count(*) FROM registers_identity").fetchone() == (500,)
        assert here.execute("SELECT count(*) FROM django_session").fetchone() == (0,)
        months = "SELECT tableoid::regclass::text, count(*) FROM series_observation GROUP BY 1 ORDER BY 1"
        assert here.execute(months).fetchall() == [
            ("series_observation_2026_01", 17),
            ("series_observation_2026_02", 15),
        ]
        assert here.execute(guards).fetchall() == there.execute(guards).fetchall() != []
    with psycopg.connect(**server.conninfo(postgres.APP), autocommit=True) as app:
        assert app.execute("SELECT count(*) FROM registers_identity").fetchone() == (0,)  # fenced again
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("DELETE FROM loop_event")


def doctored_rows(
    lived_in: Home, target: Path, held: Callable[[HeldRows], HeldRows], extra: Callable[[Packer], None]
) -> Path:
    """A whole archive of this version that nothing vouches for, with something changed in it."""
    with backup._connect(lived_in) as connection:
        applied = connection.execute("SELECT app, name FROM django_migrations").fetchall()
        found = held(rows.rows_to_save(connection))
    with target.open("wb") as out:
        packer = Packer(out, Secret(), ArchiveManifest("0", "now", [(a, n) for a, n in applied], found), None)
        extra(packer)
        packer.close()
    return target


def with_table(found: HeldRows) -> HeldRows:
    return HeldRows({**found.tables, "evil": ["id"]}, found.sequences)


def row(table: str, line: bytes) -> Callable[[Packer], None]:
    return lambda packer: packer.table(table, line, line.count(b"\n"))


AGAINST_THE_SCHEMA = {
    "a table of its own": (with_table, lambda _: None, "tables that this version has not: evil"),
    "a broken reference": (
        lambda h: h._replace(tables=h.tables | {"registers_area": h.tables["registers_area"]}),
        row("auth_permission", b"1\tname\t99\tcode\n"),
        "break a rule",
    ),
    "rows hidden behind an end": (lambda h: h, row("auth_group", b"1\ta\n\\.\n2\tb\n"), "differ|break a rule"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", AGAINST_THE_SCHEMA)
def test_what_does_not_fit_our_schema_is_refused_and_the_home_stays_empty(
    name: str, lived_in: Home, place: Path, empty: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, extra, reason = AGAINST_THE_SCHEMA[name]
    file = doctored_rows(lived_in, place / f"doctored {name}", held, extra)
    for key, value in KEYS.items():
        monkeypatch.setenv(key, value)
    with pytest.raises(backup.BackupError, match="--unauthenticated"):
        backup.restore_backup(empty, file, Secret())
    with pytest.raises(rows.RowsError, match=reason):
        backup.restore_backup(empty, file, Secret(), unauthenticated=True)
    assert state(empty) == []


@pytest.mark.slow
def test_an_interrupted_restore_is_no_installation_and_the_next_one_begins_anew(
    saved: Path, empty: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(rows.Loader, "close", killed)
        patched.setattr(backup, "_discard", lambda _: None)  # as kill -9 would
        with pytest.raises(KeyboardInterrupt):
            backup.restore_backup(empty, saved, SECRET)
    assert interrupted(empty)
    assert backup.restore_backup(empty, saved, SECRET).rows["registers_identity"] == 500
    assert not interrupted(empty)


@pytest.mark.slow
def test_backup_is_never_overwritten(lived_in: Home, saved: Path) -> None:
    content = saved.read_bytes()
    with pytest.raises(backup.BackupError, match="exists already"):
        backup.create_backup(lived_in, saved, SECRET)
    assert saved.read_bytes() == content


@pytest.mark.slow
def test_failed_backup_leaves_nothing(lived_in: Home, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(Packer, "close", full)
    before = sorted(place.iterdir())
    with pytest.raises(OSError, match="No space"):
        backup.create_backup(lived_in, place / "other", SECRET)
    assert sorted(place.iterdir()) == before


@pytest.mark.slow
def test_home_in_use_is_refused(lived_in: Home, saved: Path) -> None:
    with pytest.raises(backup.BackupError, match="initialised already"):
        backup.restore_backup(lived_in, saved, SECRET)


@pytest.mark.slow
def test_a_changed_or_cut_file_touches_nothing(saved: Path, place: Path, empty: Home) -> None:
    whole = saved.read_bytes()
    for data in (whole[:-1], whole[: len(whole) // 2], whole[:4000] + b"\0" + whole[4001:]):
        (place / "damaged").write_bytes(data)
        with pytest.raises(StreamError, match="take another copy"):
            backup.restore_backup(empty, place / "damaged", SECRET)
        assert not empty.path.exists()


@pytest.mark.slow
def test_backup_of_a_newer_version_and_one_without_keys_are_refused(
    lived_in: Home, place: Path, empty: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in secrets.KEYS:
        monkeypatch.delenv(name, raising=False)
    target = place / "keyless"
    backup.create_backup(lived_in, target, SECRET, with_keys=False)
    with pytest.raises(backup.BackupError, match="taken without keys; set SECRET_KEY"):
        backup.restore_backup(empty, target, SECRET)
    with (place / "newer").open("wb") as out:
        Packer(out, SECRET, ArchiveManifest("9", "now", [("server", "9999_later")], HELD), KEYS).close()
    with pytest.raises(backup.BackupError, match=r"newer version.*server\.9999_later"):
        backup.restore_backup(empty, place / "newer", SECRET)
    assert not empty.path.exists() or state(empty) == []
