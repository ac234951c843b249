"""Taking a file of observations: read, store, tell; in transactions that work for the district."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bihuan.declare.problems import Problem
from bihuan.faults import Fault
from bihuan.registers.isolation import in_district
from bihuan.series.background import follow_all
from bihuan.series.catalogue import Series, SeriesCatalogue
from bihuan.series.declared import MeasuringSource
from bihuan.series.loading import SHOWN, Chunk, Reading, read_observations, read_table, table_of
from bihuan.series.store.writing import Writer, append_rows


@dataclass
class TakenFile:
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


def declared_source(series: Series, name: str) -> MeasuringSource | None:
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
    catalogue: SeriesCatalogue,
    series: Series,
    district: str,
    how: Reading,
    actor: str,
    reject: Callable[[Problem], None],
    *,
    follow: bool = True,
) -> TakenFile:
    """Take a file of observations.

    Args:
        path: The file.
        catalogue: All series: whether something is worked out from this one.
        series: What the file holds values of.
        district: Code.
        how: Unit, zone, source, columns.
        actor: Who loads it.
        reject: Takes each row that is not taken.
        follow: Whether what hangs on the values is worked out at once; else the worker does it in its time.

    Raises:
        Fault: a derived series, or a file of which nothing can be read.
    """
    _refuse_derived(series)
    taking = _Taking(catalogue, series, district, how, actor, path.name[:80], reject, follow)
    return taking.take(read_observations(path, series, how, taking.note))


def take_records(
    records: Sequence[Mapping[str, Any]],
    catalogue: SeriesCatalogue,
    series: Series,
    district: str,
    how: Reading,
    actor: str,
) -> TakenFile:
    """Take observations that a program sent: `subject`, `time`, `value`, and `flag`, `unit`, `arrived`.

    Arguments as of `take_file`.

    Raises:
        Fault: a derived series, or no unit is said.
    """
    _refuse_derived(series)
    taking = _Taking(catalogue, series, district, how, actor, "api", lambda problem: None)
    return taking.take(read_table(table_of(records), series, how, taking.note))


def _refuse_derived(series: Series) -> None:
    if series.declared.derive is not None:
        raise Fault(
            f"{series.name} 由其他序列算出 · {series.name} is worked out from another series",
            f"load {', '.join(series.declared.derive.origins)} instead",
        )


@dataclass
class _Taking:
    catalogue: SeriesCatalogue
    series: Series
    district: str
    how: Reading
    actor: str
    origin: str
    reject: Callable[[Problem], None]
    follow: bool = True
    taken: TakenFile = field(default_factory=TakenFile)

    def note(self, problem: Problem) -> None:
        self.taken.rejected += 1
        if len(self.taken.rejects) < SHOWN:
            rule = {"rule": problem.what, "remedy": problem.remedy}
            self.taken.rejects.append({"file": problem.file, "row": problem.line, "field": problem.field, **rule})
        self.reject(problem)

    def take(self, chunks: Iterable[Chunk]) -> TakenFile:
        started, taken, how = time.perf_counter(), self.taken, self.how
        follows = bool(self.series.declared.alarms or self.catalogue.made_from(self.series.name))
        source = how.source.name if how.source else self.origin
        writer = Writer(self.series, self.district, source, self.actor, how.now, follows)
        for chunk in chunks:
            with in_district(self.district):
                done = append_rows(writer, chunk.rows, chunk.subjects, tacit=chunk.tacit)
            taken.stored += done.stored
            taken.known += done.known
            taken.rows += len(chunk.rows)
            taken.rounded += chunk.rounded
            taken.vintages += [done.batch] if done.batch is not None else []
        if follows and taken.stored and self.follow:
            follow_all(self.district, self.catalogue, how.now)
        taken.rows += taken.rejected
        taken.seconds = round(time.perf_counter() - started, 3)
        return taken
