"""A sync: incremental, idempotent, and never half a lake, whenever it is killed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from bihuan.lake import manifest
from bihuan.lake.asking import answer_question
from bihuan.lake.manifest import LakeError
from tests.crashing import run_and_kill
from tests.lake.conftest import Filled

pytestmark = pytest.mark.slow

KILLS = 10


def _sync(folder: Path) -> Any:
    from bihuan.lake import sync
    from tests.loop.district import registers

    return sync.sync_lake(folder, registers=registers())


def _answers(folder: Path) -> list[Any]:
    return [answer_question(folder, q, month="2026-10")["rows"] for q in ("three-rates", "funnel", "handling-time")]


@pytest.mark.django_db(transaction=True)
def test_kill_9_leaves_the_last_good_lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bihuan.lake import sync
    from tests.numbers.month.world import World

    World(seed=3, cases=25)
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    _sync(whole)
    monkeypatch.setattr(sync, "STEP", 40)
    reached = []
    for _ in range(KILLS):
        run_and_kill([lambda: _again(broken)], longest=0.4)
        told = manifest.read_manifest(broken)
        if told is not None:
            assert manifest.damaged_parts(broken, told) == []
            assert told.rows("events") == told.size
            reached.append(told.size)
    final = _sync(broken)
    assert final.until == manifest.read_manifest(whole).size  # type: ignore[union-attr]  # it was just written
    assert _answers(broken) == _answers(whole)
    files = {str(p.relative_to(broken)) for p in broken.rglob("*.parquet")}
    assert files == {p.path for p in manifest.read_manifest(broken).parts}  # type: ignore[union-attr]
    assert reached, "every kill came before the first manifest"


def _again(folder: Path) -> str:
    """One sync; begun anew when the lake is complete, so that there is always work to kill."""
    done = _sync(folder)
    if done.events == 0:
        shutil.rmtree(folder, ignore_errors=True)
    return str(done.until)


def test_a_second_sync_writes_nothing(filled: Filled) -> None:
    before = (filled.folder / manifest.NAME).read_bytes()
    again = _sync(filled.folder)
    assert (again.events, again.cases, again.files) == (0, 0, 0)
    assert (filled.folder / manifest.NAME).read_bytes() == before


def test_steps_give_the_same_lake_as_one_go(
    filled: Filled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any
) -> None:
    from bihuan.lake import sync

    monkeypatch.setattr(sync, "STEP", 333)
    with django_db_blocker.unblock():
        _sync(tmp_path)
    assert _answers(tmp_path) == _answers(filled.folder)


def test_a_changed_byte_is_named(filled: Filled, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(filled.folder, copy)
    told = manifest.read_manifest(copy)
    assert told is not None
    victim = copy / told.parts[0].path
    data = bytearray(victim.read_bytes())
    data[len(data) // 2] ^= 1
    victim.write_bytes(data)
    assert manifest.damaged_parts(copy, told) == [told.parts[0].path]


def test_a_damaged_manifest_names_its_remedy(tmp_path: Path) -> None:
    (tmp_path / manifest.NAME).write_text("{", encoding="utf-8")
    with pytest.raises(LakeError, match="sync again"):
        manifest.read_manifest(tmp_path)


def test_another_districts_lake_is_left_alone(tmp_path: Path, filled: Filled, django_db_blocker: Any) -> None:
    manifest.write_manifest(tmp_path, manifest.LakeManifest("boston", "", "America/New_York"))
    with django_db_blocker.unblock(), pytest.raises(LakeError, match="lake of boston"):
        _sync(tmp_path)
