"""Whom the parts of an installation run as when root starts them: two users of the system, created once.

PostgreSQL refuses to run as root and has a user of its own. What listens and works has another one: whoever takes it
over must not reach the files of the database, nor the secrets of its owner.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bihuan.faults import Fault

SERVICE, APP = "bihuan", "bihuan-app"


class UserError(Fault):
    """A user of the system is missing and cannot be created, or is the wrong one; the message names it."""

    remedy = "run `bihuan doctor`"


def service_user() -> pwd.struct_passwd | None:
    """Return the user PostgreSQL runs as when we are root (`BIHUAN_SERVICE_USER`, created if missing), else None.

    Raises:
        UserError: the user is missing and cannot be created.

    Source: docs/topics/operations.md, "Who runs what".
    """
    return None if os.geteuid() != 0 else _found_or_made(os.environ.get("BIHUAN_SERVICE_USER", SERVICE))


def app_user() -> pwd.struct_passwd | None:
    """The user that serves and works when we are root (`BIHUAN_APP_USER`, created if missing); None: we ourselves.

    Raises:
        UserError: it cannot be created, it is root or PostgreSQL's, or we are neither root nor that user.

    Source: docs/adr/0222.
    """
    name = os.environ.get("BIHUAN_APP_USER", "")
    if os.geteuid() != 0:
        if name and name != _own_name():
            raise UserError(
                f"BIHUAN_APP_USER={name}：只有 root 或该用户本人可用 · only root or {name} can run it as {name}",
                "以 root 启动，或取消此设置 · start it as root, or unset BIHUAN_APP_USER",
            )
        return None
    user = _found_or_made(name or APP)
    service = service_user()
    if user.pw_uid == 0 or (service is not None and user.pw_uid == service.pw_uid):
        raise UserError(
            f"BIHUAN_APP_USER={user.pw_name}：该用户能读到数据库文件 · that user can read the files of the database",
            "另设一个用户 · name another one, which is neither root nor BIHUAN_SERVICE_USER",
        )
    return user


def app_uid() -> int:
    """Return who serves and works here; our own number while that user does not exist. Creates nobody.

    Source: docs/adr/0222 (`BIHUAN_APP_USER`)
    """
    if os.geteuid() == 0:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(os.environ.get("BIHUAN_APP_USER", APP)).pw_uid
    return os.geteuid()


@contextlib.contextmanager
def as_owner_of(folder: Path) -> Iterator[None]:
    """Write below a folder as the user it belongs to, when we are root and it is another's; else as we are.

    What root wrote there the owner could not read; and a link that the owner laid there would lead root astray.

    Source: docs/adr/0222 (media are written as their owner).
    """
    standing = folder.stat() if folder.exists() else None
    if os.geteuid() != 0 or standing is None or standing.st_uid == 0:
        yield
        return
    os.setegid(standing.st_gid)
    os.seteuid(standing.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def _own_name() -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(os.geteuid()).pw_name
    return ""


def _found_or_made(name: str) -> pwd.struct_passwd:
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(name)
    command = ["useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        with contextlib.suppress(KeyError):  # another process was quicker
            return pwd.getpwnam(name)
        raise UserError(
            f"以 root 启动需要用户 {name}，但未能创建 · started by root this needs the user {name!r}, "
            f"which could not be created ({error})",
            "请先创建该用户，或以普通用户运行 · create it, name others in BIHUAN_SERVICE_USER and BIHUAN_APP_USER, "
            "or run as an ordinary user",
        ) from error
    return pwd.getpwnam(name)
