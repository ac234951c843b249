"""What operators decided differently becomes labels for the next training: one JSON object per line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple


class Correction(NamedTuple):
    """A report's text and the category a person gave it."""

    text: str
    label: str


def append(path: Path, corrections: list[Correction]) -> None:
    """Add corrections at the end of the file (created readable by its owner alone: texts are personal).

    Args:
        path: For example `BIHUAN_HOME/models/triage/corrections.jsonl`.
        corrections: Without a text or a label they are left out.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    with path.open("a", encoding="utf-8") as handle:
        for each in corrections:
            if each.text.strip() and each.label.strip():
                handle.write(json.dumps(each._asdict(), ensure_ascii=False) + "\n")


def read(path: Path) -> tuple[list[Correction], list[str]]:
    """All corrections, and a sentence for every line that is none; bad lines never stop the rest.

    Args:
        path: A missing file holds none.
    """
    found, faults = [], []
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, start=1):
        try:
            row = json.loads(line)
            found.append(Correction(str(row["text"]), str(row["label"])))
        except (ValueError, KeyError, TypeError):
            faults.append(f'{path}:{number}: not of the form {{"text": …, "label": …}}; left out')
    return found, faults
