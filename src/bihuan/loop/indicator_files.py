"""Indicators as declared files: `PROGRAMME/indicators/NAME.yaml`, found with the programme. Pure, no Django.

A file holds the dated editions of one indicator; what several programmes count stands in `shared/indicators/`. The
edition in force on the first day of a period counts. How numbers are counted is not told here (`bihuan.numbers`).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from bihuan.declare.editions import Span, short_digest
from bihuan.declare.model import Code, Name, Strict, validated
from bihuan.declare.problems import DeclarationError, Problem, shown
from bihuan.declare.source import Document
from bihuan.loop.folders import roots
from bihuan.loop.indicator_queries import query_problems

Share = Annotated[Decimal, Field(ge=0, le=1)]
FOLDER = "indicators"
OWN = "own"
Group = Literal["callbacks", "openings", "dispatches", "handling", "stock", "findings", "parties", "own"]
CHECK_SECONDS = 2.0
_ADDED_LATER = ("query", "periods")
"""Fields that younger versions added: they join a digest only where a file gives them, so that old digests stand."""


class Definition(Strict):
    """One edition of one indicator.

    `group` names the shared query that finds the cases; `own`: the file `query` beside the indicator (see
    `loop.indicator_queries`). `kind`: a share, a count, or a survey (whose cells keep the answer in place of the
    category). `better` says which end is good (`neutral`: neither). `min_n` is the denominator from which a unit is
    ranked. `parameters` holds for every programme, `requires` names what each programme says for itself. `periods` are
    the kinds of period it is kept for. An edition that was found wrong is `superseded_by` another: periods published
    with it stay what they are, everything else is counted by the other.
    """

    id: Code
    edition: str
    effective_from: date
    effective_to: date | None = None
    name: Name
    group: Group
    kind: Literal["proportion", "count", "survey"] = "proportion"
    numerator: Name
    denominator: Name
    exclusions: Literal["appeal", "none"]
    better: Literal["high", "low", "neutral"]
    min_n: int = Field(ge=1, default=1)
    decimals: int = Field(ge=0, le=6, default=2)
    method: Literal["wilson", "clopper_pearson"] = "wilson"
    level: Annotated[Decimal, Field(gt=0, lt=1)] = Decimal("0.95")
    parameters: dict[str, str] = Field(default_factory=dict)
    requires: tuple[Literal["clock"], ...] = ()
    superseded_by: str | None = None
    band: tuple[Share, Share] | None = None
    shown: Literal["count", "per_10000"] = "count"  # of a count: which figure stands first; says nothing of what counts
    query: Code | None = None
    periods: tuple[Code, ...] = ()  # besides months, which every indicator is kept for
    citation: str
    verified: bool = False

    @property
    def digest(self) -> str:
        """First 16 hex digits of the SHA-256 of the definition's content.

        Source: docs/adr/0080 (2, digests are published with the number); docs/adr/0231 (digests are what they were)
        """
        optional = ("band", "requires", *_ADDED_LATER)
        unset = {name for name in optional if not getattr(self, name)} | {"superseded_by", "shown"}
        content = json.dumps(self.model_dump(mode="json", exclude=unset), sort_keys=True, ensure_ascii=False)
        return short_digest(content)

    def to_json(self) -> dict[str, Any]:
        """Return the definition as it is published: every field, those of younger versions only where they are set.

        Source: docs/topics/indicators.md, "Every number can be recomputed".
        """
        unset = {name for name in _ADDED_LATER if not getattr(self, name)}
        return self.model_dump(mode="json", exclude=unset)

    def alarm(self, low: float, high: float) -> Literal["low", "high"] | None:
        """Which side of the band a rate lies on, judged by its interval: only a rate that is surely outside alarms.

        Args:
            low, high: Ends of the rate's interval, 0 to 1.

        Source: DOMAIN E12 (band alarm); docs/topics/rules.md, "Rates and how sure they are".
        """
        if self.band is None:
            return None
        if high < self.band[0]:
            return "low"
        return "high" if low > self.band[1] else None

    def in_force(self, on: date) -> bool:
        """Return whether this edition holds on a day; one that was superseded never does.

        Source: docs/adr/0080 (4, definitions are dated)
        """
        return self.superseded_by is None and Span(self.effective_from, self.effective_to).holds(on)

    def overlaps(self, other: Definition) -> bool:
        """Return whether some day is claimed by this edition and by another; superseded ones claim none.

        Source: docs/adr/0080 (4, definitions are dated)
        """
        if self.superseded_by or other.superseded_by:
            return False
        return Span(self.effective_from, self.effective_to).overlaps(Span(other.effective_from, other.effective_to))


class IndicatorFile(Strict):
    """One file: an indicator, where it stands among the others on a page, and its editions, oldest first."""

    id: Code
    place: int = Field(ge=0, default=1000)
    editions: tuple[Definition, ...] = Field(min_length=1)


def definitions(on: date) -> dict[str, Definition]:
    """Return the definition of every indicator in force on a day, by id, in the order in which pages show them.

    Source: docs/adr/0080 (4, definitions are dated)
    """
    return {each.id: each for each in every_edition() if each.in_force(on)}


def definition(indicator: str, on: date) -> Definition:
    """Return one definition in force; raises KeyError naming the known ones.

    Source: docs/adr/0080 (4, definitions are dated)
    """
    known = definitions(on)
    if indicator not in known:
        raise KeyError(f"no indicator {indicator!r} on {on}; known: {', '.join(known)}")
    return known[indicator]


def latest() -> dict[str, Definition]:
    """Return the newest edition of every indicator by id, for checks that do not depend on a day.

    Source: docs/adr/0080 (4, definitions are dated)
    """
    return {each.id: each for each in every_edition() if each.superseded_by is None}


def indicator_ids() -> frozenset[str]:
    """Return the ids of all indicators that were ever defined."""
    return frozenset(each.id for each in every_edition())


def every_edition() -> tuple[Definition, ...]:
    """Return every edition of every usable file, by place and id; a faulty file is told by its programme's folder.

    Files are compared at most every CHECK_SECONDS.

    Source: docs/topics/indicators.md, "Adding an indicator".
    """
    return _editions(_stamped())


def usable_from(folder: Path) -> dict[str, Definition]:
    """Return the newest edition of every indicator that a programme in a folder may name: its own and all others.

    Source: docs/topics/indicators.md, "Adding an indicator".
    """
    own: dict[str, Definition] = {}
    for file in sorted((folder / FOLDER).glob("*.yaml")):
        with suppress(DeclarationError):  # told by `indicator_problems`
            own |= {each.id: each for each in _read(file, file.stat().st_mtime_ns).editions if not each.superseded_by}
    return {**own, **latest()}


def query_files() -> list[Path]:
    """Return the files of queries that programmes bring themselves, those of earlier editions included.

    Source: docs/topics/indicators.md, "Adding an indicator".
    """
    return [file for folder in _folders() for file in sorted(folder.rglob("*.sql"))]


def query_file(wanted: Definition) -> Path | None:
    """Return the file of an indicator's own query; None when its group is shared or the file is not there.

    Source: docs/topics/indicators.md, "Adding an indicator".
    """
    if wanted.query is None:
        return None
    owners = [file.parent for file in _files() if file.stem == wanted.id]
    found = [owner / f"{wanted.query}.sql" for owner in owners]
    return next((file for file in found if file.exists()), None)


def indicator_problems(folder: Path) -> Iterator[Problem]:
    """Everything wrong with the indicators of one programme's folder (or of the shared one).

    Source: docs/topics/declarations.md (all problems of a file at once)
    """
    for file in sorted((folder / FOLDER).glob("*.yaml")):
        try:
            yield from _file_problems(file, _read(file, file.stat().st_mtime_ns))
        except DeclarationError as error:
            yield from error.problems


def _file_problems(file: Path, found: IndicatorFile) -> Iterator[Problem]:
    document = Document(file)
    if found.id != file.stem:
        what = f"the file {file.stem!r} declares {found.id!r}"
        yield _problem(file, document.line(("id",)), "id", what, "a file has the name of its indicator",
                       f"rename the file, or write `id: {file.stem}`")  # fmt: skip
    in_use = [each for each in _files() if each.stem == file.stem]
    first = in_use[0] if file in in_use else file  # a draft elsewhere may repeat what it is to replace
    if first != file and not _says_the_same(first, found):
        yield _problem(file, 1, "id", f"{found.id!r} is already declared otherwise in {shown(first.parent)}",
                       "one id names one indicator", "choose another id")  # fmt: skip
    for index, each in enumerate(found.editions):
        line, field = partial(document.line, ("editions", index)), f"editions.{index}"
        if any(each.overlaps(other) for other in found.editions[:index]):
            yield _problem(file, line(), field, f"two editions of {found.id!r} hold on the same day",
                           "one edition per indicator and day", "end the earlier edition")  # fmt: skip
        if each.superseded_by and each.superseded_by not in {other.edition for other in found.editions}:
            yield _problem(file, line(), f"{field}.superseded_by", f"there is no edition {each.superseded_by!r}",
                           "an edition is superseded by another of the file", "name one of its editions")  # fmt: skip
        yield from _query_problems(file, line, field, each)


def _says_the_same(file: Path, found: IndicatorFile) -> bool:
    """Whether another file declares the same editions: a programme that began as a copy of one brings them along."""
    with suppress(DeclarationError):
        return _read(file, file.stat().st_mtime_ns).editions == found.editions
    return True  # what is wrong with that file is told of its own folder


def _query_problems(file: Path, line: Callable[[], int], field: str, each: Definition) -> Iterator[Problem]:
    if (each.group == OWN) != (each.query is not None):
        yield _problem(file, line(), f"{field}.query", "`group: own` and `query` belong together",
                       "an indicator is counted by a shared group or by a query of its own",
                       "name a shared group alone, or `group: own` with `query: NAME`")  # fmt: skip
        return
    if each.query is None:
        return
    query = file.parent / f"{each.query}.sql"
    if not query.exists():
        yield _problem(file, line(), f"{field}.query", f"{query.name} does not exist",
                       "the query stands beside the indicator", f"create indicators/{query.name}")  # fmt: skip
        return
    yield from query_problems(query)


def _problem(file: Path, line: int, field: str, what: str, rule: str, remedy: str) -> Problem:
    return Problem(_name(file), line, field, what, rule, remedy)


def _name(file: Path) -> str:
    return f"{file.parent.parent.name}/{shown(file)}"


def _folders() -> list[Path]:
    return [folder for root in roots() for folder in sorted(root.glob(f"*/{FOLDER}")) if folder.is_dir()]


def _files() -> list[Path]:
    return [file for folder in _folders() for file in sorted(folder.glob("*.yaml"))]


_looked: list[tuple[float, tuple[Path, ...], tuple[tuple[Path, int], ...]]] = []


def forget() -> None:
    """Look at the files at once the next time."""
    _looked.clear()


def _stamped() -> tuple[tuple[Path, int], ...]:
    """Return every file with its time of change, looked up at most every CHECK_SECONDS."""
    now, where = time.monotonic(), tuple(roots())
    if _looked and now - _looked[0][0] < CHECK_SECONDS and _looked[0][1] == where:
        return _looked[0][2]
    found = tuple((file, file.stat().st_mtime_ns) for file in _files())
    _looked[:] = [(now, where, found)]
    return found


@cache
def _editions(stamped: tuple[tuple[Path, int], ...]) -> tuple[Definition, ...]:
    known: dict[str, IndicatorFile] = {}
    for file, stamp in stamped:
        try:
            found = _read(file, stamp)
        except DeclarationError:  # told by `indicator_problems`, which sets its folder aside
            continue
        if not any(_file_problems(file, found)):
            known.setdefault(found.id, found)
    ordered = sorted(known.values(), key=lambda each: (each.place, each.id))
    return tuple(edition for each in ordered for edition in each.editions)


@cache
def _read(path: Path, _stamp: int) -> IndicatorFile:
    document = Document(path, _name(path))
    value = document.value
    if isinstance(value, dict) and isinstance(value.get("editions"), list):
        named = {"id": value.get("id")}
        value["editions"] = [{**named, **e} if isinstance(e, dict) else e for e in value["editions"]]
    return validated(document, IndicatorFile)
