"""Which extensions there are, and what they give at a point; each mistake is refused with file and remedy."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, cast

import bihuan
from bihuan.faults import Fault

GROUP = "bihuan.extensions"
ROOM_FILE, PROGRAMME_FILE = "extension", "special"


DOTTED = frozenset({"apps", "middleware"})


class ExtensionError(Fault):
    """An extension cannot be used: which file, why, and what to do."""

    remedy = "修正或卸载该扩展 · correct that extension, or uninstall it"


@dataclass(frozen=True)
class Extension:
    """A module that adds something.

    Args:
        module: Its dotted name.
        package: What it may name: the room, the programme's folder, or the other's own package.
    """

    module: str
    package: str

    @property
    def file(self) -> str:
        """Where it stands, for messages."""
        try:
            found = importlib.util.find_spec(self.module)
        except ImportError:
            found = None
        return found.origin if found is not None and found.origin else self.module

    def load(self, points: tuple[str, ...]) -> ModuleType:
        """Import it.

        Args:
            points: Names of all extension points.

        Raises:
            ExtensionError: it cannot be imported, or has a public function that is no extension point.

        Source: docs/adr/0236 (one door for what is added)
        """
        try:
            module = importlib.import_module(self.module)
        except Exception as error:
            raise ExtensionError(
                f"{self.file}：扩展无法载入 · the extension cannot be loaded: {type(error).__name__}: {error}"
            ) from error
        _refuse_unknown(self, module, points)
        return module


@cache
def extensions() -> tuple[Extension, ...]:
    """Every extension: our rooms, our programmes with a rule of their own, then packages of others, each by name.

    Source: docs/adr/0236 (one door for what is added)
    """
    return (*_rooms(), *_programmes(), *_packages())


@cache
def gathered[T](point: str, kind: type[T], key: tuple[str, ...], points: tuple[str, ...]) -> tuple[T, ...]:
    """Return what every extension gives at a point; see `Point.all`.

    Raises:
        ExtensionError: as `Point.all`.

    Source: docs/adr/0236 (one door for what is added).
    """
    found: list[T] = []
    giver: dict[tuple[object, ...], Extension] = {}
    for extension in extensions():
        function = getattr(extension.load(points), point, None)
        for item in function() if function is not None else ():
            _refuse_type(extension, point, kind, item)
            _refuse_foreign(extension, point, item)
            known = tuple(getattr(item, name) for name in key)
            if known in giver:
                raise ExtensionError(
                    f"{extension.file}：{point} 中的 {'/'.join(map(str, known))!r} 已由 {giver[known].file} 登记 · "
                    f"{'/'.join(map(str, known))!r} of {point} is given by {giver[known].file} already",
                    "换一个名称，或卸载其中一个扩展 · give it another name, or uninstall one of the two",
                )
            giver[known] = extension
            found.append(item)
    return tuple(sorted(found, key=lambda item: cast(int, getattr(item, "order", 0))))


def forget() -> None:
    """Look for extensions anew (after one was installed in this process, and in tests)."""
    extensions.cache_clear()
    gathered.cache_clear()


def _rooms() -> Iterator[Extension]:
    for room in _folders(Path(bihuan.__path__[0]), ROOM_FILE):
        yield Extension(f"bihuan.{room}.{ROOM_FILE}", f"bihuan.{room}")


def _programmes() -> Iterator[Extension]:
    for programme in _folders(Path(bihuan.__path__[0]) / "programmes", PROGRAMME_FILE):
        package = f"bihuan.programmes.{programme}"
        yield Extension(f"{package}.{PROGRAMME_FILE}", package)


def _packages() -> Iterator[Extension]:
    points = importlib.metadata.entry_points(group=GROUP)
    for module in sorted({point.value.partition(":")[0] for point in points}):
        yield Extension(module, module.partition(".")[0])


def _folders(above: Path, file: str) -> list[str]:
    return sorted(found.parent.name for found in above.glob(f"*/{file}.py"))


def _refuse_unknown(extension: Extension, module: ModuleType, points: tuple[str, ...]) -> None:
    for name, value in vars(module).items():
        own = isinstance(value, FunctionType) and value.__module__ == module.__name__
        if own and not name.startswith("_") and name not in points:
            raise ExtensionError(
                f"{extension.file}：{name!r} 不是扩展点 · {name!r} is no extension point",
                f"扩展点 · the points are: {', '.join(points)}",
            )


def _refuse_type(extension: Extension, point: str, kind: type[Any], item: object) -> None:
    if not isinstance(item, kind):
        raise ExtensionError(
            f"{extension.file}：{point} 应给出 {kind.__name__} · {point} gives {type(item).__name__}, "
            f"not {kind.__name__}"
        )


def _refuse_foreign(extension: Extension, point: str, item: object) -> None:
    """Refuse a dotted name that leads out of the extension's own package: nothing may point upward."""
    if point not in DOTTED:
        return
    named = str(getattr(item, "path", "") or getattr(item, "name", ""))
    if named != extension.package and not named.startswith(f"{extension.package}."):
        raise ExtensionError(
            f"{extension.file}：{named!r} 不在本扩展之内 · {named!r} lies outside of {extension.package}",
            "由拥有它的扩展登记 · let the extension that owns it add it",
        )
