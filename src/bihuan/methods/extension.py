"""What the methods add to the house: themselves, one for each file beside this one."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from bihuan.extend import MethodPoint

_SHARED = "extension"


def methods() -> tuple[MethodPoint, ...]:
    """Every module of this folder is a method, called as its file is: `air_days.py` is `air-days`."""
    modules = sorted(each.name for each in pkgutil.iter_modules([str(Path(__file__).parent)]) if not each.ispkg)
    return tuple(MethodPoint(name.replace("_", "-"), _declared(name)) for name in modules if name != _SHARED)


def _declared(module: str) -> Callable[[], Any]:
    """The declaration at the end of a module, imported only when the method is asked for."""
    return lambda: import_module(f"{__package__}.{module}").METHOD
