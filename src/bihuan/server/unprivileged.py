"""What listens and works runs without rights: as a user of its own, knowing only what it needs.

`bihuan serve` and `bihuan worker` prepare with the rights they were started with (private PostgreSQL, editions), then
start this module anew: another program image, under `BIHUAN_APP_USER` when root starts it, with an environment of named
variables only. It can read `secrets.env`, never `owner.env`.

Started as `python -m bihuan.server.unprivileged serve|worker …` by those commands, and by nobody else.
"""

from __future__ import annotations

import compileall
import contextlib
import ctypes
import json
import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import bihuan
from bihuan.faults import Fault
from bihuan.server import lifeline, runtime, users
from bihuan.server.home import ROOT_STATE, Home, others_may_enter

if TYPE_CHECKING:
    from bihuan.server.postgres import Server
    from bihuan.server.serving import Listen

PASSED = frozenset({
    "BIHUAN_ENV", "BIHUAN_BASE_URL", "BIHUAN_ALLOWED_HOSTS", "BIHUAN_TRUSTED_ORIGINS", "BIHUAN_BEHIND_PROXY",
    "BIHUAN_TRUSTED_PROXIES", "BIHUAN_SSL_REDIRECT", "BIHUAN_DISTRICT", "BIHUAN_TIME_ZONE", "SECRET_KEY",
    "BIHUAN_IDENTITY_KEY", "BIHUAN_INDEX_KEY", "BIHUAN_LEDGER_KEY", "BIHUAN_LEDGER_ORIGIN", "DATABASE_URL",
    "BIHUAN_PG_APP_PASSWORD", "BIHUAN_METRICS_TOKEN", "BIHUAN_LOG_LEVEL", "BIHUAN_LOG_FORMAT", "BIHUAN_SMTP_HOST",
    "BIHUAN_SMTP_PORT", "BIHUAN_SMTP_USER", "BIHUAN_SMTP_PASSWORD", "BIHUAN_SMTP_STARTTLS", "BIHUAN_MAIL_FROM",
    "BIHUAN_EMAIL_BACKEND", "BIHUAN_MAIL_TO", "BIHUAN_MAILDIR", "BIHUAN_IMAP_HOST", "BIHUAN_IMAP_PORT",
    "BIHUAN_WEBHOOK_HOSTS",
    "BIHUAN_IMAP_USER", "BIHUAN_IMAP_PASSWORD", "BIHUAN_IMAP_FOLDER", "BIHUAN_IMAP_PLAIN", "BIHUAN_SMS_URL",
    "BIHUAN_SMS_TOKEN", "BIHUAN_OIDC_ISSUER", "BIHUAN_OIDC_CLIENT_ID", "BIHUAN_OIDC_CLIENT_SECRET", "BIHUAN_OIDC_ID",
    "BIHUAN_OIDC_NAME", "BIHUAN_MAX_UPLOAD_BYTES", "BIHUAN_REWORD_URL", "BIHUAN_REWORD_MODEL", "BIHUAN_REWORD_KEY",
    "BIHUAN_PAGES_INTERNAL", "BIHUAN_HJ212_LISTEN", "BIHUAN_SEAL_KEY", "BIHUAN_MQTT_URL", "BIHUAN_MQTT_QUEUES",
    "BIHUAN_MQTT_CA", "BIHUAN_OPEN311_OUT",
})  # fmt: skip
"""Settings that pages and background work read."""

KEPT_BACK = frozenset({
    "DATABASE_OWNER_URL", "BIHUAN_PG_SUPERUSER_PASSWORD", "BIHUAN_PG_OWNER_PASSWORD", "BIHUAN_BACKUP_PASSPHRASE",
    "BIHUAN_BACKUP_KEY", "BIHUAN_WITNESS_KEY", "BIHUAN_PG_BIN", "BIHUAN_PG_SHARED_BUFFERS", "BIHUAN_SERVICE_USER",
    "BIHUAN_APP_USER", "BIHUAN_SPARK_MASTER", "BIHUAN_PLAYS",
})  # fmt: skip
"""Settings of the commands around them: no page and no loop reads one."""

OF_THE_SYSTEM = (
    "PATH", "LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "http_proxy",
    "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS",
    "PYTHONFAULTHANDLER", "PYTHONUNBUFFERED", "PYTHONWARNINGS", "PYTHONUTF8", "LD_PRELOAD", "FAKETIME",
    lifeline.PARENT, runtime.LIBRARIES,
)  # fmt: skip
"""What the system, its loader (another allocator, a moved clock for a trial) and Python read; none is a secret."""

READ_BY_IT = ("programmes", "places", "static")
"""Folders of the home that the application reads and never writes."""
PR_SET_NO_NEW_PRIVS = 38


class RightsError(Fault):
    """What was asked for needs rights that the user who serves has not."""

    remedy = "run `bihuan doctor`"


def place_home(home: Home) -> Home:
    """The home where the user who serves can reach it; one below a folder closed to others moves to /var/lib/bihuan.

    A link stays where it was. Only root moves anything.

    Source: docs/adr/0222.
    """
    if os.geteuid() != 0 or others_may_enter(home.path.parent) or not home.path.is_dir():
        return home
    place = ROOT_STATE / sha256(str(home.path).encode()).hexdigest()[:12] / "home"
    if place.exists():
        raise RightsError(
            f"{home.path} 与 {place} 同时存在 · both exist: the home was brought there, and made anew here",
            "保留一个，移走另一个 · keep one of them and move the other away",
        )
    postgres = home.postgres
    for folder in (ROOT_STATE, place.parent):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711)
    shutil.move(home.path, place)
    home.path.symlink_to(place)
    if postgres != place / "pg" and postgres.is_dir() and not (place / "pg").exists():
        (place / "pg").symlink_to(postgres)
    return Home(place)


def hand_over(home: Home, server: Server | None) -> None:
    """Give the user who serves what it works on (media, its secrets) and let it read what it reads. Nothing, unless
    we are root.

    Raises:
        UserError: that user cannot be had.

    Source: docs/adr/0222.
    """
    user = users.app_user()
    if user is None:
        return
    for file in (home.secrets_file,):
        if file.exists() and file.stat().st_uid != user.pw_uid:
            os.chown(file, user.pw_uid, user.pw_gid)
    if home.media.exists() and home.media.stat().st_uid != user.pw_uid:
        _give(home.media, user)
    for name in READ_BY_IT:
        _let_read(home.path / name, user.pw_gid)
    if server is not None:
        server.open_socket_folder()


def passed_environment(home: Home, given: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the variables of a process that serves or works; every other one stays behind.

    Source: docs/adr/0222 (`PASSED`: an environment of named variables).
    """
    passed = {name: given[name] for name in (*PASSED, *OF_THE_SYSTEM) if name in given}
    named = {"BIHUAN_HOME": str(home.path), "BIHUAN_PG_DIR": str(home.postgres)}
    return passed | named | {"DJANGO_SETTINGS_MODULE": "bihuan.server.settings", "BIHUAN_DB_ROLE": "app"}


def start_role(home: Home, role: str, *arguments: Any) -> subprocess.Popen[bytes]:
    """Start a role as a process that ends with this one.

    Source: docs/adr/0222 (what listens runs as a user of its own)
    """
    user, command, variables, held = _prepared(home, role, arguments)
    identity: dict[str, Any] = {}
    if user is not None:
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    variables[lifeline.PARENT] = str(os.getpid())
    return subprocess.Popen(command, env=variables, cwd="/", pass_fds=held, **identity)


def become_role(home: Home, role: str, *, as_json: bool) -> NoReturn:
    """Turn this process into a role; what it knew is gone, its number and its inherited locks stay.

    Source: docs/adr/0222 (exec: another program image).
    """
    user, command, variables, _held = _prepared(home, role, ())
    command += ["--json"] if as_json else []
    os.chdir("/")
    if user is not None:
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    os.execve(command[0], command, variables)  # noqa: S606 - a list, no shell


def refuse_low_port(port: int) -> None:
    """Refuse a port that only root may open: who listens is not root.

    Raises:
        RightsError: with the remedy.

    Source: docs/adr/0222 (what listens runs as a user of its own)
    """
    with contextlib.suppress(OSError, ValueError):
        lowest = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
        if port < lowest and users.app_user() is not None:
            raise RightsError(
                f"端口 {port} 只有 root 可用，而服务不以 root 运行 · only root may listen on port {port}, "
                "and what serves is not root",
                f"用 {lowest} 以上的端口，前置反向代理 · choose one of at least {lowest} behind a proxy",
            )


def _prepared(
    home: Home, role: str, arguments: Sequence[Any]
) -> tuple[pwd.struct_passwd | None, list[str], dict[str, str], tuple[int, ...]]:
    user = users.app_user()
    variables = passed_environment(home)
    python: str = sys.executable
    held: tuple[int, ...] = ()
    if user is not None:
        _compile()
        chosen = runtime.runtime_for_others()
        python, held = chosen.python, chosen.held
        variables |= chosen.environment | {"HOME": user.pw_dir, "USER": user.pw_name, "PATH": os.defpath}
        variables.pop("TMPDIR", None)  # root's may be closed to others
    elif "HOME" in os.environ:
        variables["HOME"] = os.environ["HOME"]
    command = [python, "-P", "-m", "bihuan.server.unprivileged", role, *(json.dumps(asdict(a)) for a in arguments)]
    return user, command, variables, held


def _compile() -> None:
    """Bytecode that everybody can read: ours was written under a mask that hides it, and theirs has no place."""
    package = Path(bihuan.__file__).parent
    mask = os.umask(0o022)
    try:
        compileall.compile_dir(package, quiet=2)
        for cache in package.rglob("__pycache__/*.pyc"):
            with contextlib.suppress(OSError):
                if not cache.stat().st_mode & stat.S_IROTH:
                    cache.parent.chmod(0o755)
                    cache.chmod(0o644)
    finally:
        os.umask(mask)


def _give(folder: Path, user: pwd.struct_passwd) -> None:
    """Make everything below a folder that is root's another user's; itself last, so that a crash is taken up again.

    Links are not followed, and what has a second name elsewhere is left alone.
    """
    for _place, folders, names, handle in os.fwalk(folder, topdown=False, follow_symlinks=False):
        for name in (*folders, *names):
            about = os.stat(name, dir_fd=handle, follow_symlinks=False)
            if about.st_uid == 0 and (
                stat.S_ISDIR(about.st_mode) or (stat.S_ISREG(about.st_mode) and about.st_nlink == 1)
            ):
                os.chown(name, user.pw_uid, user.pw_gid, dir_fd=handle, follow_symlinks=False)
    os.chown(folder, user.pw_uid, user.pw_gid)


def _let_read(folder: Path, group: int) -> None:
    """Let a group read what lies below a folder of ours; who owns it stays."""
    if not folder.is_dir():
        return
    for path, needed in _below(folder):
        about = path.lstat()
        if about.st_gid != group:
            os.chown(path, -1, group, follow_symlinks=False)
        if about.st_mode & needed != needed:
            path.chmod(stat.S_IMODE(about.st_mode) | needed)


def _below(folder: Path) -> Iterator[tuple[Path, int]]:
    """Folders and files, no links, each with the rights a reading group needs."""
    for place, _folders, names in os.walk(folder):
        yield Path(place), stat.S_IRGRP | stat.S_IXGRP
        for name in names:
            if not (path := Path(place, name)).is_symlink():
                yield path, stat.S_IRGRP


def main(words: Sequence[str]) -> None:
    """Serve or work in this process until a signal ends it.

    Source: docs/adr/0222 (what listens runs as a user of its own)
    """
    lifeline.end_with_starter()
    os.umask(0o077)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    from bihuan.server import serving
    from bihuan.server.home import current_home

    home = current_home()
    serving.share_metrics(home)
    import django

    django.setup()
    from bihuan.server import gate

    gate.refuse_trial_setup(home)
    if words[0] == "serve":
        serving.serve(_listen(words[1]))
    else:
        from bihuan.server.endless import endless_work

        serving.work(endless_work())
        print('{"ok": true}' if "--json" in words else "Stopped. 已停止", flush=True)


def _listen(text: str) -> Listen:
    from bihuan.server.serving import Listen

    return Listen(**json.loads(text))


if __name__ == "__main__":
    main(sys.argv[1:])
