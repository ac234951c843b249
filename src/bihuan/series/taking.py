"""Taking a file of observations: read, store, tell; in transactions that work for the district."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from bihuan.declare.problems import Problem
from bihuan.faults import Fault
from bihuan.registers.isolation import in_district
from bihuan.series.catalogue import Catalogue, Series
from bihuan.series.declared import Source
from bihuan.series.following import follow_touched
from bihuan.series.loading import SHOWN, Reading, read_observations
from bihuan.series.store.writing import Writer, append_rows


@dataclass
class Taken:
    """What became of a file.

    Args:
        rows: Read. stored: New. known: Stored already. rejected: Not taken; `rejects` shows the first of them.
        rounded: Values whose digits were cut. vintages: The batches that were made.
    """

    rows: int = 0
    stored: int = 0
    known: int = 0
    rounded: int = 0
    rejected: int = 0
    rejects: list[dict[str, str | int]] = field(default_factory=list)
    vintages: list[int] = field(default_factory=list)
    seconds: float = 0.0


def declared_source(series: Series, name: str) -> Source | None:
    """Return a source of a series by name; None for no name.

    Raises:
        Fault: it declares no source of that name.
    """
    if not name:
        return None
    known = {source.name: source for source in series.declared.sources}
    if name not in known:
        listed = ", ".join(known) or "none"
        raise Fault(f"{series.name} 没有来源 {name} · {series.name} declares no source {name!r}", f"known: {listed}")
    return known[name]


def take_file(
    path: Path,
    catalogue: Catalogue,
    series: Series,
    district: str,
    how: Reading,
    actor: str,
    reject: Callable[[Problem], None],
) -> Taken:
    """Take a file of observations.

    Args:
        path: The file.
        catalogue: All series: whether something is worked out from this one.
        series: What the file holds values of.
        district: Code.
        how: Unit, zone, source, columns.
        actor: Who loads it.
        reject: Takes each row that is not taken.

    Raises:
        Fault: a derived series, or a file of which nothing can be read.
    """
    if series.declared.derive is not None:
        raise Fault(
            f"{series.name} 由其他序列算出 · {series.name} is worked out from another series",
            f"load {series.declared.derive.origin} instead",
        )
    started, taken = time.perf_counter(), Taken()

    def note(problem: Problem) -> None:
        taken.rejected += 1
        if len(taken.rejects) < SHOWN:
            rule = {"rule": problem.what, "remedy": problem.remedy}
            taken.rejects.append({"file": problem.file, "row": problem.line, "field": problem.field, **rule})
        reject(problem)

    follows = bool(series.declared.alarms or catalogue.made_from(series.name))
    writer = Writer(series, district, how.source.name if how.source else path.name[:80], actor, how.now, follows)
    for chunk in read_observations(path, series, how, note):
        with in_district(district):
            done = append_rows(writer, chunk.rows, chunk.subjects, tacit=chunk.tacit)
        taken.stored += done.stored
        taken.known += done.known
        taken.rows += len(chunk.rows)
        taken.rounded += chunk.rounded
        taken.vintages += [done.batch] if done.batch is not None else []
    if follows and taken.stored:
        while follow_touched(district, catalogue, how.now):
            pass
    taken.rows += taken.rejected
    taken.seconds = round(time.perf_counter() - started, 3)
    return taken
