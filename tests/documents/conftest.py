"""The model district, and letters of the hotline declared in a folder of the test's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.documents.declared import RECEIPT


@pytest.fixture
def declare(db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[[str], None]]:
    """Declare letters of the hotline; the first is there."""
    from bihuan.documents.letters import catalogue
    from bihuan.loop import shelves
    from bihuan.registers import live
    from bihuan.server.home import current_home
    from tests.shipped import load_shipped

    live.forget_snapshots()
    load_shipped()
    folder = tmp_path / "hotline" / "letters"
    folder.mkdir(parents=True)
    own = current_home().path / "programmes"  # where toys are declared
    monkeypatch.setattr(shelves, "roots", lambda: [tmp_path, own])

    def write(text: str, name: str = "receipt") -> None:
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        catalogue.forget_letters()
        assert not catalogue.letters_aside()

    write(RECEIPT)
    yield write
    live.forget_snapshots()
    catalogue.forget_letters()
