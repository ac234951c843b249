"""A Python that another user can start: this one, or a mirror of what lies below folders closed to others.

Root often keeps Python below /root. No mode of a folder that is not ours is ever changed: interpreter, packages and
this program are mirrored to /var/lib/bihuan, by hard links where the disk allows, each part once per state.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import bihuan
from bihuan.server.home import ROOT_STATE, others_may_enter

MIRRORS = ROOT_STATE / "python"
LEFT_OUT = frozenset({"test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "site-packages"})
LIBRARIES = "LD_LIBRARY_PATH"
BARE = {name: os.environ[name] for name in (LIBRARIES,) if name in os.environ}
"""All of our environment that a child gets which opens a stranger's file: where Python's own library lies."""


class Runtime(NamedTuple):
    """How another user starts Python.

    Args:
        python: the program.
        environment: what it needs besides to find its libraries.
        held: descriptors whose locks keep the mirrors from being cleared away; to be inherited.
    """

    python: str
    environment: dict[str, str]
    held: tuple[int, ...] = ()


def runtime_for_others() -> Runtime:
    """Return a Python with our packages that any user of this machine can start.

    Source: docs/adr/0222 (programs are mirrored).
    """
    base, package = Path(sys.base_prefix), Path(bihuan.__file__).parent
    packages = [Path(sysconfig.get_path(name)) for name in ("purelib", "platlib")]
    closed = [path for path in (base, package, *packages, Path(sys.executable).parent) if not others_may_enter(path)]
    if not closed:
        return Runtime(sys.executable, {})
    MIRRORS.mkdir(parents=True, exist_ok=True)
    for folder in (ROOT_STATE, MIRRORS):
        folder.chmod(0o755)  # whatever the umask
    with (MIRRORS / ".building").open("w") as building:
        fcntl.flock(building, fcntl.LOCK_EX)
        return _mirrored(base, package, list(dict.fromkeys(packages)))


def _mirrored(base: Path, package: Path, packages: list[Path]) -> Runtime:
    held: list[int] = []
    environment = {}
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    program = base / "bin" / version
    if not others_may_enter(base):
        place = _mirror(base, _interpreter(base, version), held)
        program = place / "bin" / version
        environment[LIBRARIES] = str(place / "lib")
    paths = [path if others_may_enter(path) else _mirror(path, _files(path, path), held) for path in packages]
    source = package.parent
    if not others_may_enter(package) and source not in packages:
        source = _mirror(source, _files(source, package), held)
    found = [str(path) for path in dict.fromkeys([source, *paths])]
    house = MIRRORS / f"house-{_digest([str(program), *found])}"
    _lay_out(house, program, version, found)
    _clear_away()
    return Runtime(str(house / "bin" / "python"), environment, tuple(held))


def _lay_out(house: Path, program: Path, version: str, paths: list[str]) -> None:
    """A virtual environment of two links and two small files."""
    site = house / "lib" / version / "site-packages"
    for folder in (house, house / "bin", house / "lib", house / "lib" / version, site):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    for name, text in (
        (house / "pyvenv.cfg", f"home = {program.parent}\ninclude-system-site-packages = false\n"),
        (site / "bihuan.pth", "\n".join(paths) + "\n"),
    ):
        name.write_text(text, encoding="utf-8")
        name.chmod(0o644)
    link = house / "bin" / "python"
    if not link.is_symlink():
        link.symlink_to(program)


def _interpreter(base: Path, version: str) -> Iterator[Path]:
    """Program, shared libraries and standard library of a Python, without its tests and tools."""
    yield base / "bin" / version
    yield from (path for path in sorted((base / "lib").glob("lib*.so*")) if path.exists())
    yield from _files(base, base / "lib" / version)


def _files(root: Path, folder: Path) -> Iterator[Path]:
    """Files below a folder; of the standard library (where `root` is above it) not what nobody imports."""
    for place, folders, names in os.walk(folder):
        if root != folder and place == str(folder):
            folders[:] = [name for name in folders if name not in LEFT_OUT and not name.startswith("config-")]
        folders.sort()
        for name in sorted(names):
            if not name.endswith((".part", ".a")):
                yield Path(place, name)


def _mirror(root: Path, files: Iterator[Path], held: list[int]) -> Path:
    """The mirror of some files below `root`; made anew when one of them has changed, renamed into place when whole."""
    listed = [(path, path.stat()) for path in files if path.exists()]
    state = [f"{path} {about.st_size} {about.st_mtime_ns}" for path, about in listed]
    target = MIRRORS / f"{root.name}-{_digest(state)}"
    if not target.exists():
        building = Path(tempfile.mkdtemp(dir=MIRRORS, prefix=".new-"))
        try:
            for path, about in listed:
                _place(path, about, building / path.relative_to(root))
            for folder, _folders, _names in os.walk(building):
                Path(folder).chmod(0o755)
            building.rename(target)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
    held.append(os.open(target, os.O_RDONLY))
    os.set_inheritable(held[-1], True)
    fcntl.flock(held[-1], fcntl.LOCK_SH)
    return target


def _place(path: Path, about: os.stat_result, goal: Path) -> None:
    goal.parent.mkdir(parents=True, exist_ok=True)
    if about.st_mode & stat.S_IROTH:
        with contextlib.suppress(OSError):  # another disk, or one without links
            os.link(path.resolve(), goal)
            return
    shutil.copy2(path, goal)
    goal.chmod(0o755 if about.st_mode & stat.S_IXUSR else 0o644)


def _clear_away() -> None:
    """Remove mirrors that no process holds any more."""
    for folder in MIRRORS.iterdir():
        if not folder.is_dir() or folder.name.startswith("house-"):
            continue
        handle = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(handle)


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
