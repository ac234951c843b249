"""What operators decided differently becomes labels for the next training: one JSON object per line."""

from __future__ import annotations

import json
from typing import NamedTuple

from bihuan.insight.shelf import Shelf

FILE = "corrections.jsonl"


class Correction(NamedTuple):
    """A report's text and the category a person gave it."""

    text: str
    label: str


def append_corrections(shelf: Shelf, corrections: list[Correction]) -> None:
    """Add corrections at the end of what the shelf holds of them.

    Args:
        shelf: Where `FILE` lies; texts are personal.
        corrections: Without a text or a label they are left out.

    Source: docs/adr/0211; docs/topics/triage.md, "The life of a model".
    """
    whole = [each for each in corrections if each.text.strip() and each.label.strip()]
    lines = "".join(json.dumps(each._asdict(), ensure_ascii=False) + "\n" for each in whole)
    if lines:
        shelf.write(FILE, (shelf.read(FILE) or b"") + lines.encode())


def read_corrections(shelf: Shelf) -> tuple[list[Correction], list[str]]:
    """All corrections, and a sentence for every line that is none; bad lines never stop the rest."""
    found, faults = [], []
    for number, line in enumerate((shelf.read(FILE) or b"").decode("utf-8", "replace").splitlines(), start=1):
        try:
            row = json.loads(line)
            found.append(Correction(str(row["text"]), str(row["label"])))
        except (ValueError, KeyError, TypeError):
            faults.append(f'{shelf}/{FILE}:{number}: not of the form {{"text": …, "label": …}}; left out')
    return found, faults
