"""Files that a type does not hold as they are: what a phone recorded becomes rows by the method that the type names.

    made:
      method: patrol-tracks
      beside: [{type: chief-post, columns: {post: number, reach: reach}}]

The file is the method's first input: a table with its columns, or GPX. Of GPX the track's name, else the file's, is the
track; `<type>` or `<desc>` of the track, else the file's name up to the first `_`, says whose it is.
Source: docs/topics/subjects.md, "Files that become rows"; docs/adr/0381-files-that-become-rows.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from bihuan.declare.fieldtype import Words
from bihuan.readers import open_tables, write_plain
from bihuan.readers.gpx import read_gpx
from bihuan.subjects import asking
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.cells import Rejected
from bihuan.subjects.pure.recordings import MadeBeside, MadeRows
from bihuan.subjects.pure.types import SubjectType

LOOKER = Looker("system:load", frozenset(), frozenset(), "a file that becomes rows")
GPX = ".gpx"
SHORTEST = 3
"""Characters of a track's name that is no mere number within its file."""
WHOSE = "post"
"""The column of a method that says whose a recording is."""


class MadeFile(NamedTuple):
    """A file as the type holds it, and what of the original could not be taken."""

    path: Path
    rejects: Sequence[Rejected]


@contextmanager
def rows_made(
    kind: SubjectType, path: Path, called: str, types: Mapping[str, SubjectType], district: str, day: date
) -> Iterator[MadeFile]:
    """Give the file that is loaded: this one, or the rows that the type's method makes of it, until the block ends.

    Args:
        kind: The type. path: The file. called: Its name as people know it. types: Every type.
        district: Code. day: On which the registers beside it are asked.

    Raises:
        NotGpx: a GPX without instants. FileError: nothing can be read.

    Source: docs/topics/subjects.md, "Files that become rows".
    """
    maker = kind.made
    if maker is None or not _is_recording(maker, path):
        yield MadeFile(path, ())
        return
    from bihuan.methods.declared.finding import method_named
    from bihuan.methods.declared.running import run_method

    with TemporaryDirectory() as name:
        folder = Path(name)
        first = _fixes(folder, path, called) if path.suffix.lower() == GPX else path
        others = [_register(folder, n, each, types, district, day) for n, each in enumerate(maker.beside)]
        outcome = run_method(method_named(maker.method), [first, *others], {})
        cells = zip(*outcome.columns.values(), strict=True)
        rows = [dict(zip(outcome.columns, map(str, each), strict=True)) for each in cells]
        made = _table(folder / "rows.csv", rows, list(outcome.columns))
        yield MadeFile(made, [
            Rejected(each.row, each.field, "", _words(each.rule), _RULE, _words(each.remedy))
            for each in outcome.rejects if each.file == first.name
        ])  # fmt: skip


_RULE = Words("见方法说明", "see the method")


def _words(text: str) -> Words:
    """Both languages of what a method says of a row."""
    zh, _, en = text.partition(" · ")
    return Words(zh, en or zh)


def _is_recording(maker: MadeRows, path: Path) -> bool:
    """Whether a file is what the method reads: GPX, or a table with every column it needs."""
    if path.suffix.lower() == GPX:
        return True
    if path.suffix.lower() not in (".csv", ".txt", ".tsv", ".xlsx", ".jsonl", ".json"):
        return False
    from bihuan.methods.declared.finding import method_named

    needed = {each.name for each in method_named(maker.method).inputs[0].columns if each.required and not each.absent}
    return any(needed <= set(table.columns) for table in open_tables(path))


def _fixes(folder: Path, path: Path, called: str) -> Path:
    stem = Path(called).stem
    rows = [
        {
            "track": each.track if len(each.track) > SHORTEST else f"{stem}-{each.track}",
            WHOSE: each.kind or stem.partition("_")[0], "time": each.time, "lon": each.lon, "lat": each.lat,
        }
        for each in read_gpx(path.read_bytes(), called)
    ]  # fmt: skip
    return _table(folder / "fixes.csv", rows)


def _register(
    folder: Path, number: int, each: MadeBeside, types: Mapping[str, SubjectType], district: str, day: date
) -> Path:
    """A register in the columns of the method."""
    kind = types[each.type]
    wanted = [field for field in each.columns.values() if field != kind.key]
    keys, told = asking.columns(district, kind, asking.Viewpoint(day), LOOKER, wanted)
    rows = [
        {column: keys[n] if field == kind.key else told[field][n] for column, field in each.columns.items()}
        for n in range(len(keys))
    ]
    return _table(folder / f"beside{number}.csv", rows, list(each.columns))


def _table(path: Path, rows: Sequence[Mapping[str, str]], names: Sequence[str] = ()) -> Path:
    return write_plain(path, list(names) or list(rows[0]), rows)
