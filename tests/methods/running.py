"""Run a method on rows given as text, as the command does, and give its output rows and its outcome."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import Outcome, run_method
from bihuan.registers.pure.calendar_files import load_calendar


def run(
    name: str, *texts: str | bytes, shuffle: int | None = None, **options: Any
) -> tuple[list[dict[str, str]], Outcome]:
    """The output rows and the outcome of a method on files with these contents.

    Args:
        shuffle: Seed by which the lines behind each header are shuffled.
    """
    with TemporaryDirectory() as folder:
        paths = []
        for number, text in enumerate(texts):
            json = (text if isinstance(text, str) else "").lstrip().startswith("{")
            path = Path(folder) / f"input{number}.{'geojson' if json else 'csv'}"
            raw = _lines(text, shuffle).encode() if isinstance(text, str) and not json else text
            path.write_bytes(raw if isinstance(raw, bytes) else raw.encode())
            paths.append(path)
        words = {key.rstrip("_"): str(value) for key, value in options.items()}
        outcome = run_method(method_named(name), paths, words, lambda: load_calendar("CN", "Asia/Shanghai"))
    names = list(outcome.columns)
    rows = [
        dict(zip(names, ("" if cell is None else str(cell) for cell in row), strict=True))
        for row in zip(*outcome.columns.values(), strict=True)
    ]
    return rows, outcome


def _lines(text: str, seed: int | None) -> str:
    head, *rest = [line.strip() for line in text.strip().splitlines()]
    if seed is not None:
        random.Random(seed).shuffle(rest)
    return "\n".join([head, *rest]) + "\n"


def by(rows: list[dict[str, str]], key: str, value: str) -> dict[str, str]:
    """One output column by another."""
    return {row[key]: row[value] for row in rows}
