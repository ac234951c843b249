"""What the methods add to the house: themselves, one for each file beside this one."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from bihuan.extend import (
    DeclaredKind,
    DeclaredThing,
    MethodPoint,
)

_SHARED = "extension"


def methods() -> tuple[MethodPoint, ...]:
    """Every module of this folder is a method, called as its file is: `air_days.py` is `air-days`."""
    modules = sorted(each.name for each in pkgutil.iter_modules([str(Path(__file__).parent)]) if not each.ispkg)
    return tuple(MethodPoint(name.replace("_", "-"), _declared(name)) for name in modules if name != _SHARED)


def declared() -> tuple[DeclaredKind, ...]:
    """Methods, those of other packages too. Source: docs/topics/declarations.md, "One file each"."""
    from bihuan.methods.declared.finding import all_methods

    def find() -> list[DeclaredThing]:
        return [
            DeclaredThing(each.name, each.zh, each.en, file=f"{each.name.replace('-', '_')}.py")
            for each in all_methods()
        ]

    return (
        DeclaredKind(
            "methods", "方法", "Method", "bihuan/methods/NAME.py", find, command="bihuan calc {name}",
            export="bihuan calc {name} FILE… --out OUT.csv", order=80,
        ),
    )  # fmt: skip


def _declared(module: str) -> Callable[[], Any]:
    """The declaration at the end of a module, imported only when the method is asked for."""
    return lambda: import_module(f"{__package__}.{module}").METHOD
