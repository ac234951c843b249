"""A package of somebody else, installed into a folder: its modules, and the entry point that names one of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bihuan.extend.finding import GROUP

TOYS = Path(__file__).parent / "toys"


def install(folder: Path, module: str, *files: Path) -> Path:
    """Lay a package out as an installer would; returns the folder, which belongs on the path.

    Args:
        folder: Where; module: what the entry point names; files: the modules, by default the toy of that name.
    """
    for file in files or (TOYS / f"{module}.py",):
        shutil.copy(file, folder / file.name)
    about = folder / f"{module}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n", encoding="utf-8")
    (about / "entry_points.txt").write_text(f"[{GROUP}]\n{module} = {module}\n", encoding="utf-8")
    return folder


def bihuan(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own that has the package on its path."""
    return python(folder, "-m", "bihuan.cli", *words)


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the package on its path."""
    path = os.pathsep.join([str(folder), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, check=False, timeout=120,
        env=os.environ | {"PYTHONPATH": path},
    )  # fmt: skip
