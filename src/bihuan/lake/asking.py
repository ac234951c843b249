"""Asking a question of a lake."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from bihuan.extend import QUESTIONS
from bihuan.lake import manifest
from bihuan.lake.engines import Engine, open_lake
from bihuan.lake.manifest import LakeError


def answer_question(
    folder: Path, question: str, *, engine: Engine = "duckdb", month: str | None = None, master: str | None = None
) -> dict[str, Any]:
    """Return the answer with everything needed to recompute it: question, month, cut, engine, rows.

    Raises:
        LakeError: there is no such question, no lake, or the engine does not start.

    Source: docs/topics/lake.md, "Questions"; docs/adr/0107.
    """
    known = {each.name: each for each in QUESTIONS.all()}
    if question not in known:
        raise LakeError(f"there is no question {question!r}; there are: {', '.join(known)}")
    told = manifest.read_manifest(folder)
    if told is None:
        raise LakeError(f"{folder} holds no lake yet; run `bihuan lake sync`")
    began = time.perf_counter()
    with open_lake(folder, told, engine, master) as lake:
        rows = lake.rows(known[question].ask(lake, month))
    return {
        "question": question,
        "period": month,
        "engine": engine,
        "cut": {"size": told.size, "root": told.root, "at": told.at},
        "seconds": round(time.perf_counter() - began, 3),
        "rows": rows,
    }
