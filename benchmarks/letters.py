"""How many letters a second are composed and rendered, by format; CPU of this process, one letter in one language.

python benchmarks/letters.py [LETTERS]
"""

from __future__ import annotations

import copy
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bihuan.documents.letters.catalogue import DeclaredLetter
from bihuan.documents.letters.factfiles import compose_from
from bihuan.documents.letters.pure.loading import load_letter
from bihuan.documents.letters.rendering.files import RENDERINGS
from tests.documents.declared import FACTS, LETTER


def main(number: int) -> None:
    """Print a table: format, letters, CPU seconds, letters per CPU second, bytes each."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "order.yaml"
        file.write_text(LETTER, encoding="utf-8")
        declared = DeclaredLetter(load_letter(file), file, "toy")
    begun = time.process_time()
    letters = [compose_from(declared, _facts(each)) for each in range(number)]
    print(f"{'what':8} {'letters':>8} {'CPU s':>8} {'per s':>8} {'bytes':>8}")
    _tell("compose", number, time.process_time() - begun, 0)
    for name, render in RENDERINGS.items():
        render(letters[0].sheets["zh"])  # imports, fonts
        begun = time.process_time()
        size = sum(len(render(each.sheets["zh"])) for each in letters)
        _tell(name, number, time.process_time() - begun, size // number)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


def _facts(number: int) -> dict[str, Any]:
    facts = copy.deepcopy(FACTS)
    facts["count"] = number + 1
    facts["facts"]["hazards"] = [{"place": f"部位{number}-{row}", "count": row + 1} for row in range(5)]
    return facts


def _tell(what: str, number: int, seconds: float, size: int) -> None:
    print(f"{what:8} {number:8} {seconds:8.2f} {number / max(seconds, 1e-9):8.0f} {size:8}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
