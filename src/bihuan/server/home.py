"""The data folder of one installation (`BIHUAN_HOME`) and the paths inside it."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import platformdirs

ROOT_STATE = Path("/var/lib/bihuan")
"""Where root keeps PostgreSQL when the data folder lies under a folder its service user may not enter."""


@dataclass(frozen=True)
class Home:
    """Paths of one installation; nothing is created until `ensure` is called."""

    path: Path

    @property
    def secrets_file(self) -> Path:
        """What pages and background work need: keys, and the password of the application's role.

        Source: docs/adr/0222 (secrets are two files)
        """
        return self.path / "secrets.env"

    @property
    def owner_file(self) -> Path:
        """Passwords of the private PostgreSQL's owner and superuser; nothing that listens or works can read it.

        Source: docs/adr/0222 (secrets are two files)
        """
        return self.path / "owner.env"

    @property
    def media(self) -> Path:
        """Return the folder of uploaded files. Source: docs/topics/operations.md, "The data folder"."""
        return self.path / "media"

    @property
    def static(self) -> Path:
        """Return the folder of collected styles and scripts. Source: docs/topics/operations.md, "The data folder"."""
        return self.path / "static"

    @property
    def run(self) -> Path:
        """Return the folder of pid files, locks and the port served on.

        Source: docs/topics/operations.md, "The data folder".
        """
        return self.path / "run"

    @property
    def backups(self) -> Path:
        """Return the folder where backups go that name none. Source: docs/topics/operations.md, "The data folder"."""
        return self.path / "backups"

    @property
    def restoring(self) -> Path:
        """A mark that stands while a restore runs: a home with it is no installation yet.

        Source: docs/adr/0210 (a mark stands while a restore runs)
        """
        return self.path / "restoring.json"

    @property
    def postgres(self) -> Path:
        """Folder of the private PostgreSQL: `pg` here, or below `ROOT_STATE` when root runs it in a closed folder.

        PostgreSQL refuses to run as root, so a service user needs to reach its data; loosening the modes of
        parent folders (for example /root) to that end would be a hole, hence the second place.

        Source: docs/topics/operations.md, "The data folder" (PostgreSQL refuses to run as root).
        """
        if override := os.environ.get("BIHUAN_PG_DIR"):
            return Path(override)
        if os.geteuid() == 0 and not others_may_enter(self.path.parent):
            return ROOT_STATE / hashlib.sha256(str(self.path).encode()).hexdigest()[:12] / "pg"
        return (self.path / "pg").resolve()  # a link where the home was brought out of a closed folder

    def ensure(self) -> Home:
        """Create the folders. The home may be traversed but not listed by others (0711); secrets are 0600 files.

        Source: docs/topics/operations.md, "The data folder" (modes).
        """
        for parent in reversed([self.path, *self.path.parents]):
            if not parent.exists():
                parent.mkdir(exist_ok=True)
                parent.chmod(0o711)  # whatever the umask: the private PostgreSQL's user passes through
        self.path.chmod(0o711)
        for folder in (self.media, self.run, self.backups, self.path / "lake", self.path / "briefings"):
            folder.mkdir(exist_ok=True)
            folder.chmod(0o700)
        self.static.mkdir(mode=0o700, exist_ok=True)  # whoever serves may be let in later
        return self


def others_may_enter(folder: Path) -> bool:
    """True when every existing folder from the root down to `folder` may be entered by other users.

    Source: docs/topics/operations.md, "The data folder" (folders closed to others).
    """
    existing = [parent for parent in (folder, *folder.parents) if parent.exists()]
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in existing)


def current_home() -> Home:
    """Return the home named by `BIHUAN_HOME`, or the user data folder of the operating system.

    Source: docs/topics/operations.md, "The data folder" (`BIHUAN_HOME`).
    """
    named = os.environ.get("BIHUAN_HOME")
    path = Path(named).expanduser().absolute() if named else Path(platformdirs.user_data_dir("bihuan"))
    return Home(path.resolve() if path.is_symlink() else path)


def interrupted(home: Home) -> bool:
    """Return whether a restore into this home was begun and not finished.

    Source: docs/adr/0210 (a mark stands while a restore runs)
    """
    return home.restoring.exists()
