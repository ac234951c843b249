"""The checks of `bihuan doctor`: each looks at one thing and says what to do when it is not well."""

from __future__ import annotations

import base64
import datetime as dt
import os
import shutil
import stat
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Literal

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection

from bihuan.extend import CHECKS, Check
from bihuan.server import configuration, postgres, secrets, users
from bihuan.server.home import Home

Level = Literal["ok", "warning", "error"]
GIGABYTE = 1_000_000_000
SKEW_SECONDS = 2.0
OLDEST_POSTGRES = 150000


@dataclass(frozen=True)
class CheckFinding:
    """What one check found; `remedy` is empty when all is well."""

    check: str
    level: Level
    message: str
    remedy: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the finding as a JSON object. Source: docs/topics/operations.md, "Watching" (doctor)."""
        return asdict(self)


def disk(home: Home) -> CheckFinding:
    """Free space where the data lies. Source: docs/topics/operations.md, "Watching" (doctor)."""
    free = shutil.disk_usage(home.path if home.path.exists() else home.path.anchor).free
    message = f"{free / GIGABYTE:.1f} GB free at {home.path}"
    if free < GIGABYTE:
        return CheckFinding("disk", "error", message, "free space now: PostgreSQL stops when the disk is full")
    if free < 5 * GIGABYTE:
        return CheckFinding("disk", "warning", message, "free space, or move BIHUAN_HOME to a larger disk")
    return CheckFinding("disk", "ok", message)


def secrets_file(home: Home) -> CheckFinding:
    """Every key is there, well-formed, and readable by nobody else.

    Source: docs/topics/operations.md, "The data folder" (modes).
    """
    if home.secrets_file.exists() and stat.S_IMODE(home.secrets_file.stat().st_mode) & 0o077:
        return CheckFinding(
            "keys", "error", f"{home.secrets_file} can be read by others", f"chmod 600 {home.secrets_file}"
        )
    found = secrets.lookup(home)
    if missing := [name for name in secrets.KEYS if name not in found]:
        return CheckFinding("keys", "error", f"{', '.join(missing)} missing", "run `bihuan init`, or set them")
    if bad := [name for name in secrets.KEYS[1:] if not _is_key(found[name])]:
        return CheckFinding(
            "keys", "error", f"{', '.join(bad)} not base64 of 32 bytes", "restore the key from the backup"
        )
    return CheckFinding("keys", "ok", "all keys present")


def separation(home: Home) -> CheckFinding:
    """What listens and works cannot read the secrets of the database's owner, nor the database's files.

    Source: docs/topics/operations.md, "Who runs what"; docs/adr/0222.
    """
    try:
        user = users.app_user()
    except users.UserError as error:
        return CheckFinding("separation", "error", error.message, error.remedy)
    for file in (home.owner_file, home.secrets_file):
        if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
            return CheckFinding("separation", "error", f"{file} 他人可读 · can be read by others", f"chmod 600 {file}")
    if not configuration.uses_private_server():
        remedy = "应用用户不应能读到它的出处 · keep it where the user who serves cannot read it"
        given = os.environ.get("DATABASE_OWNER_URL")
        said = "DATABASE_OWNER_URL 不传给服务进程 · it is not passed on to what serves and works"
        return CheckFinding("separation", "ok", said, remedy if given and user is None else "")
    if user is not None:
        if home.owner_file.exists() and home.owner_file.stat().st_uid == user.pw_uid:
            said = f"{home.owner_file} 属于 {user.pw_name} · belongs to the user who serves"
            return CheckFinding("separation", "error", said, f"chown root {home.owner_file}")
        said = f"服务与后台任务以 {user.pw_name} 运行，读不到属主口令 · serve and worker run as {user.pw_name}, "
        return CheckFinding("separation", "ok", said + "who cannot read the owner's secrets")
    if not os.access(home.owner_file, os.R_OK):
        return CheckFinding("separation", "ok", "本用户读不到属主口令 · this user cannot read the owner's secrets")
    said = (
        f"服务与后台任务的环境与内存中没有属主口令，但与 {home.owner_file} 和数据库文件同属一个用户 · serve and worker "
        f"hold no secret of the owner, but run as the user who can read {home.owner_file} and the database's files"
    )
    remedy = (
        "以 root 启动 `bihuan serve`，它会改以 BIHUAN_APP_USER 运行 · start `bihuan serve` as root: it then runs as "
        "BIHUAN_APP_USER; or use another machine's PostgreSQL by DATABASE_URL"
    )
    return CheckFinding("separation", "warning", said, remedy)


def environment(_home: Home) -> CheckFinding:
    """Whether this is run as production, and over HTTPS. Source: docs/topics/operations.md, "Production"."""
    if settings.BIHUAN_ENV != "production":
        remedy = "set BIHUAN_ENV=production where real people use it"
        return CheckFinding("environment", "warning", "development mode", remedy)
    if not settings.BIHUAN_BASE_URL.startswith("https://"):
        remedy = "set BIHUAN_BASE_URL to the https:// address people use"
        return CheckFinding("environment", "error", f"BIHUAN_BASE_URL is {settings.BIHUAN_BASE_URL}", remedy)
    return CheckFinding("environment", "ok", f"production at {settings.BIHUAN_BASE_URL}")


def database(_home: Home) -> CheckFinding:
    """The server answers, is new enough, and we are not its superuser or the tables' owner.

    Source: docs/topics/operations.md, "Your own PostgreSQL" (no superuser, no bypass, owns nothing).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version_num')::int, current_setting('server_version'),"
            " (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user),"
            " (SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user)"
        )
        number, version, powerful, owned = cursor.fetchone()
    if number < OLDEST_POSTGRES:
        return CheckFinding("database", "error", f"PostgreSQL {version}", "upgrade to PostgreSQL 15 or newer")
    if powerful or owned:
        message = f"the application's role is superuser, bypasses row security or owns {owned} tables"
        return CheckFinding(
            "database", "error", message, "use DATABASE_OWNER_URL for the owner, another role in DATABASE_URL"
        )
    return CheckFinding("database", "ok", f"PostgreSQL {version}")


def migrations(_home: Home) -> CheckFinding:
    """The tables fit this version. Source: docs/topics/operations.md, "Upgrade"."""
    from bihuan.server.migrate import pending_migrations

    if missing := pending_migrations():
        return CheckFinding(
            "migrations", "error", f"{len(missing)} not applied: {missing[0]} …", "run `bihuan migrate`"
        )
    return CheckFinding("migrations", "ok", "all applied")


def clock(_home: Home) -> CheckFinding:
    """This machine's clock and the database's agree; deadlines depend on it.

    Source: docs/topics/operations.md, "Watching" (doctor)
    """
    with connection.cursor() as cursor:
        before = dt.datetime.now(dt.UTC)
        cursor.execute("SELECT clock_timestamp()")
        there = cursor.fetchone()[0]
        after = dt.datetime.now(dt.UTC)
        cursor.execute("SELECT recorded_at FROM loop_event ORDER BY id DESC LIMIT 1")  # ids are made by time
        newest = next(iter(cursor.fetchone() or ()), None)
    if newest is not None and newest > after + dt.timedelta(seconds=SKEW_SECONDS):
        message = f"the newest event was recorded {(newest - after).total_seconds():.0f} s after this machine's time"
        return CheckFinding("clock", "error", message, "a clock was put back: synchronise by NTP; acts go on meanwhile")
    skew = abs((there - (before + (after - before) / 2)).total_seconds())
    if skew > SKEW_SECONDS:
        return CheckFinding(
            "clock", "error", f"database and this machine differ by {skew:.1f} s", "synchronise both by NTP"
        )
    return CheckFinding("clock", "ok", f"differs from the database by {skew * 1000:.0f} ms")


def static_files(home: Home) -> CheckFinding:
    """Styles and scripts were collected, by this version. Source: docs/topics/operations.md, "Watching" (doctor)."""
    manifest = home.static / "staticfiles.json"
    if not manifest.exists():
        return CheckFinding("static", "error", "static files not collected", "run `bihuan init`")
    return CheckFinding("static", "ok", f"collected in {home.static}")


def memory(_home: Home) -> CheckFinding:
    """Enough memory for the private server's buffers. Source: docs/topics/operations.md, "Watching" (doctor)."""
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    if configuration.uses_private_server() and available < 2 * GIGABYTE:
        remedy = "set BIHUAN_PG_SHARED_BUFFERS=128MB, or add memory"
        return CheckFinding("memory", "warning", f"{available / GIGABYTE:.1f} GB of memory", remedy)
    return CheckFinding("memory", "ok", f"{available / GIGABYTE:.1f} GB of memory")


WITHOUT_DATABASE: tuple[Callable[[Home], CheckFinding], ...] = (disk, memory, secrets_file, separation)
WITH_DATABASE: tuple[Callable[[Home], CheckFinding], ...] = (environment, database, migrations, clock, static_files)


def run_checks(checks: Iterable[Callable[[Home], CheckFinding]], home: Home) -> list[CheckFinding]:
    """Run the checks; one that cannot look reports that instead of ending the others.

    Source: docs/topics/operations.md, "Commands" (`bihuan doctor`).
    """
    return [_run_one(check, home) for check in checks]


def run_added() -> list[CheckFinding]:
    """Run the checks that rooms and extensions have added; the database is there.

    Whatever one raises ends none of the others: who added it may not know what the database does.

    Source: docs/reference/extend.md, `checks`.
    """
    return [_run_added(check) for check in CHECKS.all()]


def _run_one(check: Callable[[Home], CheckFinding], home: Home) -> CheckFinding:
    try:
        return check(home)
    except (DatabaseError, OSError, postgres.PostgresError, ImproperlyConfigured) as error:
        return CheckFinding(check.__name__, "error", f"cannot be checked: {error}", "mend the findings above first")


def _run_added(check: Check) -> CheckFinding:
    try:
        found: CheckFinding = check.find()
    except Exception as error:  # noqa: BLE001 - a finding like any other; the next check may say why
        said = f"未能检查 · cannot be checked: {type(error).__name__}: {error}"
        return CheckFinding(check.name, "error", said, "先处理其他各项 · mend the other findings first")
    return found


def _is_key(value: str) -> bool:
    try:
        return len(base64.b64decode(value, validate=True)) == 32
    except ValueError:
        return False
