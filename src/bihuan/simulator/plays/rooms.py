"""Raw rows of a sample on their way into the rooms: as files, through the same readers as everybody's.

Source: docs/topics/play.md, "Rows".
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.utils import timezone

from bihuan.books.catalogue import book_named
from bihuan.books.posting_files import FilePosted, post_file
from bihuan.boxes.catalogue import box_named
from bihuan.boxes.putting import BoxReceipt, RefusedEnvelope, SealedEnvelope, put_in
from bihuan.methods.declared.finding import method_named
from bihuan.methods.declared.running import Outcome, run_method
from bihuan.readers import CsvWriter, Rejects
from bihuan.registers.live import current_registers, default_district
from bihuan.series.catalogue import current_catalogue
from bihuan.series.loading import Reading
from bihuan.series.taking import TakenFile, declared_source, take_file
from bihuan.subjects import asking
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker
from bihuan.subjects.loading import Loaded, load_file

LOADER = "system:play"
LOOKER = Looker(LOADER, frozenset(), frozenset(), "a play of a sample")
type Rows = Sequence[Mapping[str, Any]]
type Features = Mapping[str, Any]
"""A GeoJSON FeatureCollection."""


@dataclass(frozen=True)
class Rooms:
    """The doors for rows: subjects, series, books, methods."""

    def load(
        self, kind: str, rows: Rows, *, at: date | None = None, source: str = "sample", complete: bool = False
    ) -> Loaded:
        """Load rows of a type of subjects or of a link (`enterprise:owner`), as `bihuan register load` does.

        Args:
            kind: As declared. rows: By names of fields. at: From which day they hold; default: the played day.
            source: The register they come from. complete: Who is missing has ended.

        Source: docs/topics/subjects.md, "Loading".
        """
        day = at or timezone.now().astimezone(current_registers().calendar.zone).date()
        with _file(rows, ".jsonl") as path:
            return load_file(subject_type(kind), path, LOADER, source=source, day=day, complete=complete)

    def register(self, kind: str, *fields: str) -> list[dict[str, str]]:
        """Return what the register says on the played day: `key` and the texts of open fields, in the order of keys.

        Source: docs/topics/subjects.md, "For a day, as known on a day".
        """
        day = timezone.now().astimezone(current_registers().calendar.zone).date()
        district, found = default_district(), subject_type(kind)
        keys, told = asking.columns(district, found, asking.Viewpoint(day), LOOKER, fields)
        return [{"key": key} | {name: told[name][n] for name in fields} for n, key in enumerate(keys)]

    def observe(self, series: str, rows: Rows, *, source: str = "", follow: bool = True) -> TakenFile:
        """Take observations of a series, as `bihuan series load` does.

        Args:
            series: Its name. rows: `subject`, `time`, `value` and what the series declares. source: A declared one.
            follow: False leaves what hangs on the values to `meanwhile`, as loggers leave it to the worker.

        Source: docs/topics/series.md.
        """
        catalogue = current_catalogue()
        found = catalogue.get(series)
        how = Reading(timezone.now(), source=declared_source(found, source))
        with _file(rows, ".csv") as path:
            return take_file(
                path, catalogue, found, default_district(), how, LOADER, lambda problem: None, follow=follow
            )

    def post(self, book: str, rows: Rows, *, actor: str = LOADER) -> FilePosted:
        """Post lines to a book, as `bihuan book post` does.

        Args:
            book: Its name. rows: `entry`, `date`, `account`, `debit`, `credit` and what else the file may say.
            actor: Who posts.

        Source: docs/topics/books.md.
        """
        with _file(rows, ".csv") as path, Rejects(path.with_suffix(".rejects.jsonl"), "en") as rejects:
            return post_file(book_named(book).book, path, default_district(), actor, rejects=rejects)

    def put(
        self, box: str, lot: str, envelopes: Sequence[SealedEnvelope]
    ) -> tuple[list[BoxReceipt], list[RefusedEnvelope]]:
        """Put envelopes into a sealed box at the played instant, as `bihuan box put` does.

        Args:
            box: Its name. lot: Key of what it is about. envelopes: Voter, channel and values of each.

        Source: docs/topics/boxes.md, "Putting in".
        """
        return put_in(box_named(box), lot, envelopes, timezone.now())

    def calc(self, method: str, /, *tables: Rows | Features | Path, **options: object) -> Outcome:
        """Run a method on tables, as `bihuan calc` does on files.

        Args:
            method: Its name. tables: One for each input by position, a GeoJSON object where it takes one, or a
                file as it is. options: Their values are written as text.

        Source: docs/topics/methods.md.
        """
        with tempfile.TemporaryDirectory() as folder:
            paths = [_written(Path(folder) / f"{n}", rows) for n, rows in enumerate(tables)]
            texts = {name: str(value) for name, value in options.items()}
            return run_method(method_named(method), paths, texts, lambda: current_registers().calendar)


@contextmanager
def _file(rows: Rows, suffix: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield _write(Path(folder) / f"rows{suffix}", rows)


def _written(path: Path, table: Rows | Features | Path) -> Path:
    if isinstance(table, Path):
        return table
    if isinstance(table, Mapping):
        found = path.with_suffix(".geojson")
        found.write_text(json.dumps(dict(table), ensure_ascii=False), encoding="utf-8")
        return found
    return _write(path.with_suffix(".csv"), table)


def _write(path: Path, rows: Rows) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        if path.suffix == ".jsonl":
            out.writelines(json.dumps(dict(row), ensure_ascii=False, default=str) + "\n" for row in rows)
            return path
        names = list(dict.fromkeys(name for row in rows for name in row))
        writer = CsvWriter(out, names, plain=True)  # nobody opens it in a spreadsheet: `-` is a value here
        writer.write_columns([row.get(name) for row in rows] for name in names)
    return path
