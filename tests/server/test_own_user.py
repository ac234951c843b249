"""What listens and works runs as a user of its own and never holds the secrets of the database's owner."""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bihuan.declare.source import read
from bihuan.server import postgres, runtime, secrets, unprivileged, users
from bihuan.server.home import Home

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can start processes as another user")
CONNECT = """
import json, sys, psycopg
try:
    with psycopg.connect(**json.loads(sys.argv[1]), connect_timeout=5) as c:
        print(c.execute("SELECT current_user").fetchone()[0])
except psycopg.OperationalError as error:
    print("refused:", str(error).splitlines()[-1])
"""
Commands = Callable[..., subprocess.CompletedProcess[str]]


class House:
    """A home and its commands, run by `user` (None: whoever runs the tests)."""

    def __init__(self, home: Path, user: pwd.struct_passwd | None = None, **given: str) -> None:
        self.named, self.user = home, user
        self.python, extra = sys.executable, {}
        if user is not None:
            self.python, extra, self._held = runtime.runtime_for_others()
        self.environment = os.environ | {
            "BIHUAN_HOME": str(home), "BIHUAN_PG_SHARED_BUFFERS": "64MB", "BIHUAN_LOG_LEVEL": "WARNING",
            **extra, **given,
        }  # fmt: skip
        for name in ("BIHUAN_DB_ROLE", "DJANGO_SETTINGS_MODULE", "PROMETHEUS_MULTIPROC_DIR", "TMPDIR"):
            self.environment.pop(name, None)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    @property
    def home(self) -> Home:
        return Home(self.named.resolve())

    def start(self, *words: str, log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as out:
            return subprocess.Popen(self._command(words), stdout=out, stderr=out, **self._identity())

    def run(self, *words: str) -> dict[str, Any]:
        done = subprocess.run(
            self._command((*words, "--json")), capture_output=True, text=True, timeout=240, check=False,
            **self._identity(),
        )  # fmt: skip
        assert done.stdout, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer | {"code": done.returncode}

    def _command(self, words: tuple[str, ...]) -> list[str]:
        return [self.python, "-m", "bihuan.cli", *words]

    def _identity(self) -> dict[str, Any]:
        identity: dict[str, Any] = {"env": self.environment, "cwd": "/"}
        if self.user is not None:
            identity |= {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        return identity

    @contextlib.contextmanager
    def served(self, log: Path) -> Iterator[subprocess.Popen[bytes]]:
        process = self.start("serve", "--port", str(self.port), "--workers", "1", log=log)
        try:
            until(lambda: answers(self.port), log)
            until(lambda: "worker" in " ".join(map(command_of, children(process.pid))), log)
            until(lambda: ready(self.port), log)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, log.read_text()


def until(true: Callable[[], object], log: Path, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.1)


def answers(port: int, path: str = "/healthz") -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def ready(port: int) -> bool:
    return answers(port, "/health/ready")


def children(pid: int) -> list[int]:
    """Every process that descends from one."""
    found: list[int] = []
    for path in Path("/proc").iterdir():
        if path.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == pid:
                    found += [int(path.name), *children(int(path.name))]
    return found


def command_of(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    return ""


def holds(pid: int, secret: bytes) -> bool:
    """Whether the memory of a process, or its environment, holds some bytes."""
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            if (area := re.match(r"([0-9a-f]+)-([0-9a-f]+) rw", line)) and "[v" not in line:
                first, last = (int(text, 16) for text in area.groups())
                with contextlib.suppress(OSError):  # given back meanwhile
                    memory.seek(first)
                    if secret in memory.read(last - first):
                        return True
    return secret in Path(f"/proc/{pid}/environ").read_bytes()


def check_processes(house: House, serving: int) -> list[int]:
    """Everything below the attending process: clean environment, clean memory; returns it."""
    held = secrets.everything(house.home)
    found = [pid for pid in children(serving) if "server.unprivileged" in command_of(pid)]
    assert len(found) == 3, [command_of(pid) for pid in children(serving)]  # listens, answers, works
    assert holds(serving, held["BIHUAN_PG_OWNER_PASSWORD"].encode()), "the search finds what is there"
    for pid in found:
        environment = dict(
            pair.partition("=")[::2] for pair in Path(f"/proc/{pid}/environ").read_text().split("\0") if pair
        )
        assert environment.keys() & unprivileged.KEPT_BACK == set()
        for name in secrets.OWNERS:
            assert held[name] not in environment.values()
            assert not holds(pid, held[name].encode()), (name, command_of(pid))
        assert holds(pid, held["BIHUAN_PG_APP_PASSWORD"].encode()), "what it needs it has"
    return found


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="bihuan-own-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@as_root
def test_started_by_root_what_listens_and_works_is_another_user_without_the_owners_secrets(
    folder: Path, furnish: Callable[[Path], None]
) -> None:
    """From a home that is closed to others, of before there were two files; with everything in the environment."""
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    house = House(closed / "home", BIHUAN_BACKUP_PASSPHRASE="kept back with others", BIHUAN_WITNESS_KEY="kept back too")
    furnish(house.home.path)
    assert house.run("init")["ok"]
    assert house.home.static.stat().st_gid == pwd.getpwuid(users.app_uid()).pw_gid, "readable from the beginning"
    assert house.run("load", "district", "haidian", "--without-users")["ok"]
    all_secrets = secrets.everything(house.home)
    secrets.write_file(house.home.secrets_file, all_secrets)  # as one file held them
    house.home.owner_file.unlink()
    house.environment |= {name: all_secrets[name] for name in secrets.OWNERS}
    user = pwd.getpwuid(users.app_uid())
    try:
        with house.served(folder / "log") as process:
            assert closed.joinpath("home").is_symlink(), "the home moved to where that user can reach it"
            home = house.home
            found = check_processes(house, process.pid)
            assert {Path(f"/proc/{pid}").stat().st_uid for pid in found} == {user.pw_uid}
            assert user.pw_uid not in (0, users.service_user().pw_uid)
            assert {(stat.S_IMODE(f.stat().st_mode), f.stat().st_uid) for f in (home.owner_file,)} == {(0o600, 0)}
            about = home.secrets_file.stat()
            assert (stat.S_IMODE(about.st_mode), about.st_uid) == (0o600, user.pw_uid)
            assert not set(secrets.OWNERS) & secrets.read_file(home.secrets_file).keys()
            assert secrets.everything(home) == all_secrets, "every value is the one of before"
            check_reach(home, process.pid, user)
            check_media(house, user)
            found_by_doctor = {f["check"]: f["level"] for f in house.run("doctor")["findings"]}
            assert found_by_doctor["separation"] == found_by_doctor["keys"] == "ok"
            saved = house.run("backup", str(folder / "saved"))
            assert (saved["code"], saved.get("media")) == (0, 1), saved
    finally:
        house.run("stop")
        shutil.rmtree(house.home.path.parent, ignore_errors=True)


def check_reach(home: Home, serving: int, user: pwd.struct_passwd) -> None:
    """What that user can open and connect to, in a process of its own."""
    python, extra, held = runtime.runtime_for_others()

    def as_user(*words: str) -> str:
        done = subprocess.run(
            [*words], capture_output=True, text=True, check=False, cwd="/", env=extra, timeout=60,
            user=user.pw_uid, group=user.pw_gid, extra_groups=[], pass_fds=held,
        )  # fmt: skip
        return done.stdout + done.stderr

    assert "SECRET_KEY" in as_user("cat", str(home.secrets_file))
    for closed in (home.owner_file, Path(f"/proc/{serving}/environ"), Path(f"/proc/{serving}/mem")):
        assert "Permission denied" in as_user("cat", str(closed)), closed
    assert "Permission denied" in as_user("ls", str(home.postgres / "data"))
    assert "Permission denied" in as_user("touch", str(home.run / "postgres.lock"))
    server = postgres.server_of_home(home, secrets.lookup(home))
    for role, expected in ((postgres.APP, postgres.APP), (postgres.OWNER, "refused"), (postgres.SUPERUSER, "refused")):
        known = server.conninfo(role) | {"password": server.passwords[postgres.APP]}
        assert as_user(python, "-c", CONNECT, json.dumps(known)).startswith(expected), role
    assert "refused" in as_user(python, "-c", CONNECT, json.dumps(server.conninfo(postgres.OWNER)))


def check_media(house: House, user: pwd.struct_passwd) -> None:
    """What a command of root's writes the pages can read."""
    program = (
        "import django; django.setup()\nfrom pathlib import Path\nfrom django.conf import settings\n"
        "from bihuan.loop import sealed_files\n"
        "sealed_files.write_sealed(Path(settings.MEDIA_ROOT) / 'ab' / 'abcd.sealed', b'x')\n"
    )
    given = house.environment | {"DJANGO_SETTINGS_MODULE": "bihuan.server.settings"}
    subprocess.run([sys.executable, "-c", program], env=given, check=True, timeout=120)
    written = house.home.media / "ab" / "abcd.sealed"
    assert {written.stat().st_uid, written.parent.stat().st_uid} == {user.pw_uid}


@as_root
def test_started_by_an_ordinary_user_secrets_and_environment_are_separate_and_doctor_says_what_is_not(
    folder: Path,
) -> None:
    somebody = pwd.getpwnam("nobody")
    os.chown(folder, somebody.pw_uid, somebody.pw_gid)
    house = House(folder / "home", somebody, BIHUAN_BACKUP_PASSPHRASE="kept back with others")
    assert house.run("init")["ok"]
    try:
        with house.served(folder / "log") as process:
            check_processes(house, process.pid)
            found = {f["check"]: f for f in house.run("doctor")["findings"]}["separation"]
            assert found["level"] == "warning"
            assert "owner.env" in found["message"]
            assert "as root" in found["remedy"]
        house.environment["BIHUAN_APP_USER"] = "somebody-else"
        refused = house.run("serve", "--port", str(house.port))
        assert (refused["code"], refused["ok"]) == (1, False)
        assert "only root or somebody-else" in refused["error"]
    finally:
        house.environment.pop("BIHUAN_APP_USER", None)
        house.run("stop")


def test_an_old_single_file_is_split_and_a_half_split_one_is_finished(tmp_path: Path) -> None:
    home = Home(tmp_path)
    whole = secrets.generate_secrets()
    secrets.write_file(home.secrets_file, whole)
    assert secrets.everything(home) == whole, "read as it is by whoever cannot split it"
    assert not set(secrets.OWNERS) & secrets.lookup(home).keys()
    secrets.write_file(home.owner_file, {name: whole[name] for name in secrets.OWNERS})  # a crash between the two
    assert secrets.split_secrets(home)
    assert not secrets.split_secrets(home)
    assert secrets.read_file(home.owner_file) == {name: whole[name] for name in secrets.OWNERS}
    assert not set(secrets.OWNERS) & secrets.read_file(home.secrets_file).keys()
    assert secrets.everything(home) == whole == secrets.ensure_secrets(home)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["owner.env", "secrets.env"]


def test_who_can_write_the_applications_file_does_not_choose_the_owners_passwords(tmp_path: Path) -> None:
    home = Home(tmp_path)
    made = secrets.ensure_secrets(home)
    with home.secrets_file.open("a") as file:
        file.write("BIHUAN_PG_SUPERUSER_PASSWORD=chosen\n")
    assert secrets.everything(home)["BIHUAN_PG_SUPERUSER_PASSWORD"] == made["BIHUAN_PG_SUPERUSER_PASSWORD"]


def test_every_setting_is_passed_on_or_kept_back() -> None:
    """A new setting needs a decision here; `set_by` marks what only our own commands set."""
    listed = read(ROOT / "docs/reference/settings.yaml")
    settings = {each["name"] for each in listed if each.get("set_by") != "bihuan"} - {"BIHUAN_HOME", "BIHUAN_PG_DIR"}
    assert settings == unprivileged.PASSED | unprivileged.KEPT_BACK
    assert not unprivileged.PASSED & unprivileged.KEPT_BACK


def test_a_child_for_strangers_files_finds_pythons_library_where_python_is_a_mirror() -> None:
    """An empty environment starts no Python whose library lies in no usual place."""
    sources = (ROOT / "src" / "bihuan").rglob("*.py")
    assert [path.name for path in sources if re.search(r"env=\{\}", path.read_text(encoding="utf-8"))] == []


@as_root
def test_root_writes_in_anothers_folder_as_that_user_and_follows_no_link_of_theirs(folder: Path) -> None:
    user = users.app_user()
    assert user is not None
    media, closed = folder / "media", folder / "closed"
    media.mkdir(mode=0o700)
    closed.mkdir(mode=0o700)
    os.chown(media, user.pw_uid, user.pw_gid)
    (media / "trap").symlink_to(closed)
    with users.as_owner_of(media):
        (media / "file").write_text("x")
        with pytest.raises(PermissionError):
            (media / "trap" / "file").write_text("x")
    assert (media / "file").stat().st_uid == user.pw_uid
    assert os.geteuid() == os.getegid() == 0


@as_root
def test_a_folder_is_handed_over_without_following_links_or_second_names(folder: Path) -> None:
    user = users.app_user()
    assert user is not None
    media, secret = folder / "media", folder / "secret"
    (media / "ab").mkdir(parents=True)
    (media / "ab" / "one").write_text("x")
    secret.write_text("x")
    (media / "link").symlink_to(secret)
    os.link(secret, media / "second-name")
    unprivileged._give(media, user)
    assert secret.stat().st_uid == 0
    assert {(media / name).stat().st_uid for name in ("", "ab", "ab/one")} == {user.pw_uid}


@as_root
def test_the_databases_user_and_root_do_not_serve(monkeypatch: pytest.MonkeyPatch) -> None:
    service = users.service_user()
    assert service is not None
    for name in ("root", service.pw_name):
        monkeypatch.setenv("BIHUAN_APP_USER", name)
        with pytest.raises(users.UserError, match="can read the files of the database"):
            users.app_user()


@as_root
def test_a_port_that_only_root_may_open_is_refused_with_a_word() -> None:
    with pytest.raises(unprivileged.RightsError, match="only root may listen on port 80"):
        unprivileged.refuse_low_port(80)
    unprivileged.refuse_low_port(8000)
