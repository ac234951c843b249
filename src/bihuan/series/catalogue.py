"""Every declared series: the files of all programme folders, each checked, and what is wrong with the rest.

A broken file sets itself aside and nothing else. Source: DESIGN §14; docs/adr/0231.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bihuan.declare.editions import short_digest
from bihuan.declare.model import validated
from bihuan.declare.problems import DeclarationError, Problem, shown
from bihuan.declare.source import Document
from bihuan.declare.stamped import StampedReading, files_in
from bihuan.faults import Fault
from bihuan.loop.folders import programme_of, roots
from bihuan.series.declared import DAY, SeriesFile
from bihuan.series.measures import MeasureError, require_measure

FOLDER = "series"
RULE = "a series is declared once, with everything that tells a number from a value"


class UnknownSeries(Fault):
    """No series of that name is declared."""

    remedy = "`bihuan series check` lists what is declared"


@dataclass(frozen=True)
class Series:
    """A declared series under its name.

    Args:
        name: Of its file.
        programme: Id of the one in whose folder it lies.
        file: As problems name it.
        declared: What it says.
        digest: Of what it says, blind to layout.
    """

    name: str
    programme: str
    file: str
    declared: SeriesFile
    digest: str


@dataclass(frozen=True)
class SeriesCatalogue:
    """Series by name, and the problems of the files that were set aside."""

    series: Mapping[str, Series]
    problems: tuple[Problem, ...] = ()

    def get(self, name: str) -> Series:
        """Return a series.

        Raises:
            UnknownSeries: none of that name is declared.

        Source: docs/adr/0255 (1, one YAML file declares a series; a broken one is set aside)
        """
        try:
            return self.series[name]
        except KeyError:
            known = ", ".join(sorted(self.series)) or "none"
            message = f"没有名为 {name} 的序列 · no series {name!r} is declared; known: {known}"
            raise UnknownSeries(message) from None

    def made_from(self, name: str) -> list[Series]:
        """Return the series that are worked out from another, by name.

        Source: docs/adr/0255 (1, one YAML file declares a series; a broken one is set aside)
        """
        return [
            each
            for _, each in sorted(self.series.items())
            if each.declared.derive is not None and name in each.declared.derive.origins
        ]


def current_catalogue() -> SeriesCatalogue:
    """Return the series that the software, its extensions and the city declare; read again when a file has changed.

    Source: docs/adr/0255 (1, one YAML file declares a series; a broken one is set aside)
    """
    return _reading.content()


def read_catalogue(files: Iterable[Path]) -> SeriesCatalogue:
    """Read declarations; what cannot be used becomes problems.

    Source: docs/adr/0255 (1, one YAML file declares a series; a broken one is set aside)
    """
    found: dict[str, Series] = {}
    problems: list[Problem] = []
    for path in files:
        try:
            series = read_series(path)
        except DeclarationError as error:
            problems += error.problems
            continue
        if series.name in found:
            problems.append(_repeated(path, found[series.name]))
        else:
            found[series.name] = series
    while wrong := list(_unrooted(found)):
        for name, problem in wrong:
            del found[name]
            problems.append(problem)
    return SeriesCatalogue(found, tuple(sorted(problems)))


_reading = StampedReading(lambda: files_in(roots(), FOLDER), read_catalogue)


def read_series(path: Path) -> Series:
    """Read one declaration.

    Raises:
        DeclarationError: with every fault, by line.

    Source: docs/adr/0255 (1, one YAML file declares a series; a broken one is set aside)
    """
    document = Document(path)
    declared = validated(document, SeriesFile)
    content = json.dumps(document.value, sort_keys=True, ensure_ascii=False, default=str)
    return Series(path.stem, programme_of(path), shown(path), declared, short_digest(content))


def unit_problems(catalogue: SeriesCatalogue) -> list[Problem]:
    """What is wrong with declared units; loads the library of units, so it is asked by checks only.

    Source: docs/adr/0255 (1, one YAML file declares a series; a broken one is set aside)
    """
    problems = []
    for series in catalogue.series.values():
        for unit in (series.declared.unit, *(source.unit for source in series.declared.sources if source.unit)):
            try:
                require_measure(unit)
            except MeasureError as error:
                problems.append(Problem(series.file, 1, "unit", error.message, RULE, error.remedy))
    return problems


def _repeated(path: Path, other: Series) -> Problem:
    what = f"a series of this name is declared in {other.file} already"
    return Problem(shown(path), 1, "(file)", what, "one name, one series", "rename one of the two files")


def _unrooted(found: Mapping[str, Series]) -> Iterator[tuple[str, Problem]]:
    """Derived series whose origin is not there, lies in a circle, or is about something else."""
    for name, series in found.items():
        derive = series.declared.derive
        if derive is None:
            continue
        what = next((what for each in derive.origins if (what := _wrong_origin(found, series, each))), "")
        if what:
            remedy = "name a declared series of the same subject"
            yield name, Problem(series.file, 1, "derive.from", what, RULE, remedy)


def _wrong_origin(found: Mapping[str, Series], series: Series, name: str) -> str:
    assert series.declared.derive is not None
    origin = found.get(name)
    if origin is None:
        return f"no series {name!r} is declared, or it is set aside"
    if origin.declared.subject != series.declared.subject:
        return f"{origin.name} is about {origin.declared.subject}, this about {series.declared.subject}"
    if origin.declared.zone != series.declared.zone:
        return f"{origin.name} counts days in {origin.declared.zone}, this in {series.declared.zone}"
    if series.declared.derive.rolling and not 0 < origin.declared.seconds <= DAY:
        return "a rolling window needs an origin with an averaging time of a day at most"
    above, left = {series.name}, [origin]
    while left:
        step = left.pop()
        if step.name in above - {series.name}:
            continue
        if step.name == series.name:
            return "it is worked out from itself"
        above.add(step.name)
        if step.declared.derive is not None:
            left += [found[each] for each in step.declared.derive.origins if each in found]
    return ""
