"""From single reports to count series: one row per combination of the named columns, one column per local day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from bihuan.insight.forecast.model import TooLittle

JOIN = "|"
SPARSE = 0.05  # leading days whose four-week total is under this share of the usual are not yet the record


@dataclass(frozen=True, slots=True)
class DailyCounts:
    """Daily counts.

    Args:
        names: Series keys: the cells of the columns joined by `|`; a `|` inside a cell is written `/`.
        cells: The cells of each series, one tuple per series.
        groups: For each column the code of every series, shape (series,).
        counts: Shape (series, days), int32.
        start: The day of the first column.
        undated: Rows left out because they have no readable time.
        early: Rows left out because they lie before the record becomes dense.
        late: Rows left out because they are not before `until`.
    """

    names: list[str]
    cells: list[tuple[str, ...]]
    groups: tuple[NDArray[np.intp], ...]
    counts: NDArray[np.int32]
    start: date
    undated: int
    early: int
    late: int

    @property
    def last(self) -> date:
        """The last day counted."""
        return self.start + timedelta(days=self.counts.shape[1] - 1)


def count_series(
    days: NDArray[np.datetime64], columns: Sequence[Sequence[str]], until: date | None = None
) -> DailyCounts:
    """Count reports per series and day.

    Args:
        days: Local day of each report, datetime64[D]; NaT where unknown.
        columns: Grouping columns, each as long as `days`; none makes one series of all.
        until: Count only reports before this day; the history then ends on the day before, reported or not.

    Raises:
        TooLittle: no report is left.
        ValueError: columns of another length.

    Source: docs/topics/forecast.md, "A worked example".
    """
    if any(len(column) != len(days) for column in columns):
        raise ValueError("every column needs one cell per report")
    known = ~np.isnat(days)
    before = known & (days < np.datetime64(until, "D")) if until else known
    if not before.any():
        raise TooLittle("no report with a readable time" + (f" before {until}" if until else ""))
    numbers = days[before].astype("datetime64[D]").astype(np.int64)
    last = int(np.datetime64(until, "D").astype(np.int64)) - 1 if until else int(numbers.max())
    first = dense_start(numbers, last)
    kept = np.flatnonzero(before)[numbers >= first]
    coded = [np.unique(np.array([_cell(column[i]) for i in kept]), return_inverse=True) for column in columns]
    cells, series = _series(coded, len(kept))
    counts = np.zeros((len(cells), last - first + 1), dtype=np.int32)
    np.add.at(counts, (series, days[kept].astype("datetime64[D]").astype(np.int64) - first), 1)
    groups = tuple(np.unique([row[k] for row in cells], return_inverse=True)[1] for k in range(len(columns)))
    start = date(1970, 1, 1) + timedelta(days=first)
    names = [JOIN.join(row) if row else "all" for row in cells]
    early = int((numbers < first).sum())
    return DailyCounts(names, cells, groups, counts, start, int((~known).sum()), early, int((known & ~before).sum()))


def dense_start(numbers: NDArray[np.int64], last: int) -> int:
    """First day from which the record is whole: a few stray old dates must not become years of zeros.

    Args:
        numbers: Day of each report, in days since 1970-01-01.
        last: Last day of the history.
    """
    first = int(numbers.min())
    blocks = (last - numbers) // 28
    totals = np.bincount(blocks)
    usual = np.median(totals[totals > 0])
    thin = np.flatnonzero(totals < SPARSE * usual)
    if not len(thin):
        return first
    edge = int(thin.min())  # going back from the last day: the first block that is too thin, unless it lies inside
    if totals[edge:].sum() > 0.02 * len(numbers):
        return first
    kept = numbers[blocks < edge]
    return int(kept.min()) if len(kept) else first


def local_days(times: NDArray[np.datetime64], zone: str) -> NDArray[np.datetime64]:
    """Local calendar day of moments in UTC, datetime64[D]; NaT stays NaT.

    Args:
        times: datetime64[s], UTC.
        zone: IANA name.

    Source: docs/topics/forecast.md (days are those of the zone); zones by the IANA time zone database (RFC 6557).
    """
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    info = ZoneInfo(zone)
    seconds = times.astype("datetime64[s]")
    known = ~np.isnat(seconds)
    quarters, back = np.unique(seconds[known].astype(np.int64) // 900, return_inverse=True)  # zones change on quarters
    moments = (datetime.fromtimestamp(int(quarter) * 900, UTC).astimezone(info) for quarter in quarters)
    offsets = np.array([int((m.utcoffset() or timedelta()).total_seconds()) for m in moments], dtype=np.int64)
    found = np.full(len(seconds), np.datetime64("NaT", "D"))
    if known.any():
        found[known] = (seconds[known] + offsets[back].astype("timedelta64[s]")).astype("datetime64[D]")
    return found


def _cell(text: str) -> str:
    return text.replace(JOIN, "/").strip()


def _series(
    coded: list[tuple[NDArray[np.str_], NDArray[np.intp]]], rows: int
) -> tuple[list[tuple[str, ...]], NDArray[np.intp]]:
    """Cells of each series that occurs, in order, and the series of each row."""
    if not coded:
        return [()], np.zeros(rows, dtype=np.intp)
    codes = np.stack([back for _names, back in coded], axis=1)
    unique, series = np.unique(codes, axis=0, return_inverse=True)
    cells = [tuple(str(coded[k][0][code]) for k, code in enumerate(row)) for row in unique]
    return cells, np.asarray(series, dtype=np.intp).ravel()
