"""Every programme with a sample is played whole: planted truth is found, look-alikes are left alone, all is conserved.

Seeds differ from those that people try first; the same seed gives the same object.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bihuan.loop.programmes import all_programmes, folder_of

pytestmark = pytest.mark.slow
SAMPLES = sorted(name for name in all_programmes() if (folder_of(name) / "sample.py").exists())
PROOFS: dict[str, dict[str, Any]] = {"public-risk": {"red_without_control_saved": 0}}
"""What a programme proves beside what all do."""


def played(name: str, seed: int, folder: Path) -> dict[str, Any]:
    """What the command prints."""
    environment = {**os.environ, "BIHUAN_HOME": str(folder / "no-home")}
    command = [sys.executable, "-m", "bihuan.cli", "programme", "play", name, "--seed", str(seed), "--json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    told: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_finds_what_was_planted(name: str, tmp_path: Path) -> None:
    told = played(name, 23, tmp_path)
    assert told["conserved"] is True
    assert told["planted"] >= 5
    assert told["found"] + told["missed"] == told["planted"]
    assert told["found"] >= 0.95 * told["planted"], told
    assert told["false"] <= 0.05 * told["planted"], told
    assert {key: told[key] for key in PROOFS.get(name, {})} == PROOFS.get(name, {})


def test_a_seed_is_a_play_and_another_seed_another(tmp_path: Path) -> None:
    name = SAMPLES[0]
    one, again, other = (played(name, seed, tmp_path) for seed in (41, 41, 42))
    for each in (one, again, other):
        del each["seconds"]
    assert one == again
    assert one != other
