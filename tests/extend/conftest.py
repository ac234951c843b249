"""Extensions that are there for one test."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bihuan import extend
from bihuan.notices import rules
from tests.extend.installing import install

Install = Callable[..., Path]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a toy (or a module with the given text) into this process; everything is as before afterwards."""
    names: list[str] = []

    def make(module: str, text: str | None = None) -> Path:
        folder = tmp_path / f"site-{module}"
        folder.mkdir()
        if text is not None:
            source = tmp_path / f"{module}.py"
            source.write_text(text, encoding="utf-8")
            install(folder, module, source)
        else:
            install(folder, module)
        monkeypatch.syspath_prepend(str(folder))
        names.append(module)
        _look_anew()
        return folder

    yield make
    monkeypatch.undo()
    for name in names:
        sys.modules.pop(name, None)
    _look_anew()


def _look_anew() -> None:
    importlib.invalidate_caches()
    extend.forget()
    rules.notice_book.cache_clear()
