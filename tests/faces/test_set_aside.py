"""A programme folder that is set aside is told to staff on every page, in both languages, with what to do."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bihuan.loop.programmes import folder_of, forget_folders
from tests.faces.browser import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Come = Callable[..., Visitor]
SAID = {
    "en": ("Programme folder lawns is set aside and takes no new cases; the others go on.", "Tell the administrator."),
    "zh": ("事项文件夹 lawns 已停用，暂不受理新件；其他事项照常。", ""),
}
TO_DO = {"en": "Correct the file named below, or undo the change", "zh": "请更正下述文件或撤销改动"}


@pytest.fixture
def faulty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A city's folder whose table gives no duration."""
    folder = tmp_path / "home" / "programmes" / "lawns"
    shutil.copytree(folder_of("street-scene"), folder)
    declared = folder / "programme.yaml"
    declared.write_text(declared.read_text(encoding="utf-8").replace("id: street-scene", "id: lawns"), encoding="utf-8")
    table = folder / "tables" / "street_scene_remedy.yaml"
    table.write_text(table.read_text(encoding="utf-8").replace("within: 24h}", "within: soon}"), encoding="utf-8")
    monkeypatch.setenv("BIHUAN_HOME", str(tmp_path / "home"))
    forget_folders()
    yield table
    monkeypatch.undo()
    forget_folders()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_staff_read_what_is_set_aside_and_what_to_do(visitor: Come, faulty: Path, language: str) -> None:
    operator = visitor("operator", language)
    operator.go("/desk/")
    for sentence in SAID[language]:
        assert sentence in operator.text()
    assert "'soon'" not in operator.text(), "what is wrong is for whoever can mend it"
    keeper = visitor("admin", language)
    keeper.go("/programmes/")
    assert SAID[language][0] in keeper.text()
    assert TO_DO[language] in keeper.text()
    keeper.page.click(".note.warning details summary")
    assert "street_scene_remedy.yaml" in keeper.text()
    assert "'soon' is not a duration" in keeper.text()
    faulty.write_text(faulty.read_text(encoding="utf-8").replace("within: soon}", "within: 24h}"), encoding="utf-8")
    forget_folders()
    operator.go("/desk/")
    assert SAID[language][0] not in operator.text()


def test_a_resident_is_not_troubled(visitor: Come, faulty: Path) -> None:
    resident = visitor(None, "en")
    resident.go("/")
    assert "set aside" not in resident.text()
