"""A world is a file with two programmes at least; a name that nothing declares is refused with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from bihuan.declare.problems import DeclarationError
from bihuan.loop import programmes
from bihuan.simulator.plays import running, worlds
from bihuan.simulator.plays.samples import NothingToPlay, require_sample

WORLD = "world: toy-world\nname: {zh: 试, en: toy}\nabout: {zh: 试, en: toy}\nprogrammes: [%s]\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(worlds, "worlds_folders", lambda: [tmp_path])
    monkeypatch.setattr("bihuan.simulator.plays.samples.worlds_folders", lambda: [tmp_path])
    made = tmp_path / "toy"
    made.mkdir()
    (made / "sample.py").write_text("LASTS = 3\n\n\ndef play_sample(play):\n    pass\n", encoding="utf-8")
    return made


def test_the_worlds_of_the_house_name_programmes_that_there_are() -> None:
    found = worlds.known_worlds()
    assert found
    for name, (declared, _) in found.items():
        assert set(declared.programmes) <= set(programmes.all_programmes()), name
        together, sample = running.find_play(name)
        assert [each.id for each in together] == list(declared.programmes)
        assert sample.lasts < 60


def test_a_world_is_found_by_its_name(folder: Path) -> None:
    first, second = sorted(programmes.all_programmes())[:2]
    (folder / "world.yaml").write_text(WORLD % f"{first}, {second}", encoding="utf-8")
    require_sample("toy-world")
    together, sample = running.find_play("toy-world")
    assert ([each.id for each in together], sample.lasts) == ([first, second], 3)
    with pytest.raises(NothingToPlay, match="other-world"):
        require_sample("other-world")


def test_a_faulty_world_says_what_is_wrong(folder: Path) -> None:
    (folder / "world.yaml").write_text(WORLD % "hotline", encoding="utf-8")
    with pytest.raises(DeclarationError, match="programmes"):
        worlds.known_worlds()
    (folder / "world.yaml").write_text(WORLD % "hotline, nowhere", encoding="utf-8")
    with pytest.raises(NothingToPlay, match="nowhere"):
        running.find_play("toy-world")
