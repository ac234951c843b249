"""Which of two hands each inspector has, strict or mild, by their visits; published without saying which is which.

Source: docs/adr/0357-strict-with-mild.md; docs/topics/draws.md, "Strict with mild".
"""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from datetime import date
from pathlib import Path
from statistics import median

from bihuan.draws.pure.declared import HandList
from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import run_method
from bihuan.readers import CsvWriter
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker

METHOD, LETTERS, FEW = "inspector-strictness", ("x", "y"), "too_few"
_COLUMNS = ("id", "place", "date", "found", "inspector")


def hands_of(
    rule: HandList, people: Collection[str], district: str, day: date, looker: Looker, *, swapped: bool
) -> dict[str, str]:
    """Return a letter for each inspector of whom enough is known: one for the stricter half, one for the milder.

    Args:
        people: Those on the list of the draw. swapped: Which letter is which; whoever publishes draws it by lot.

    Raises:
        FenceClosed: the register of visits is closed to the looker.

    Source: docs/adr/0357-strict-with-mild.md.
    """
    fields = (rule.place, rule.date, rule.found, rule.inspector)
    keys, told = asking.columns(district, subject_type(rule.subject), asking.Viewpoint(day), looker, fields)
    rows = [
        (key, *cells)
        for key, *cells in zip(keys, *(told[name] for name in fields), strict=True)
        if cells[3] in people and cells[1] <= day.isoformat()
    ]
    if not rows:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            found = [[*row[:3], "1" if _some(row[3]) else "0", row[4]] for row in rows]
            CsvWriter(out, _COLUMNS).write_columns(list(column) for column in zip(*found, strict=True))
        answer = run_method(method_named(METHOD), [path], {"inspector": "inspector"}).columns
    known = {
        str(name): float(str(adjusted))
        for name, adjusted, verdict in zip(answer["inspector"], answer["adjusted"], answer["verdict"], strict=True)
        if verdict != FEW
    }
    if len(known) < len(LETTERS):
        return {}
    middle, (strict, mild) = median(known.values()), LETTERS[::-1] if swapped else LETTERS
    return {name: strict if share > middle else mild for name, share in sorted(known.items())}


def _some(found: str) -> bool:
    """Whether a visit found anything: a count, or yes."""
    return found.strip().lower() not in ("", "0", "false", "no")
