"""Which known subject a row of another source is about: by its key, else by an identifier; by name only as a proposal.

Exact rules join; a name never does. Where two rules name different subjects, or an identifier is held by several, the
row is ambiguous and a person decides.
Source: docs/topics/subjects.md, "Who is who"; I. Fellegi, A. Sunter, JASA 64(328), 1969 (agreement of names alone).
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

from django.db import connection

from bihuan.declare.fieldtype import UnparsableText
from bihuan.readers import CsvWriter, open_tables, replace_file
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from bihuan.subjects import fence
from bihuan.subjects.fence import Looker
from bihuan.subjects.loading import Here
from bihuan.subjects.pure.cells import match_columns, written
from bihuan.subjects.pure.types import SubjectType
from bihuan.subjects.statements import PLAIN

Answer = Literal["same", "proposed", "ambiguous", "unknown"]
COLUMNS = ("line", "answer", "key", "rule", "candidates")


class Match(NamedTuple):
    """What was found for a row.

    Args:
        line: Of the file. answer: `same` (an exact rule), `proposed` (one subject of that name), `ambiguous` (several),
            `unknown`. key: The subject; empty when ambiguous or unknown. rule: The field that decided.
        candidates: Every subject that some rule names.
    """

    line: int
    answer: Answer
    key: str
    rule: str
    candidates: tuple[str, ...]


def match_rows(
    kind: SubjectType, rows: Iterable[tuple[int, Mapping[str, str]]], district: str, day: date, looker: Looker
) -> list[Match]:
    """Say for each row which subject of a day it is about; three statements for all of them.

    Args:
        rows: Line, and values by field as the register writes them: the key, identifiers, the name.

    Raises:
        FenceClosed: the type is closed to the looker.

    Source: docs/topics/subjects.md, "Who is who".
    """
    given = list(rows)
    name = kind.title_field if kind.identify and kind.title_field in kind.found_by else ""
    with in_district(district):
        fence.enter(district, kind, looker)
        known = {kind.key: _holders(district, kind, "", _values(given, kind.key), day)}
        for field in kind.identify:
            known[field] = _holders(district, kind, field, _values(given, field), day)
        if name:
            plain = sorted({plain_name(value) for value in _values(given, name)})
            known[name] = _holders(district, kind, f"{name}{PLAIN}", plain, day)
    return [_decide(kind, name, line, values, known) for line, values in given]


def match_file(kind: SubjectType, path: Path, out: Path, day: date, looker: Looker) -> Counter[str]:
    """Match every row of a file and write `line,answer,key,rule,candidates`; how many rows had each answer.

    Raises:
        FileError: nothing can be read.

    Source: docs/topics/subjects.md, "Who is who".
    """
    registers = current_registers()
    counts: Counter[str] = Counter()
    with replace_file(out) as stream:
        writer = CsvWriter(stream, COLUMNS)
        for table in open_tables(path):
            of = match_columns(kind, table.columns).of
            for batch in table.batches():
                rows = list(_read(kind, of, batch.lines, batch.columns, Here(registers)))
                for match in match_rows(kind, rows, registers.district.code, day, looker):
                    counts[match.answer] += 1
                    writer.write((match.line, match.answer, match.key, match.rule, ";".join(match.candidates)))
    return counts


def plain_name(text: str) -> str:
    """A name as it is compared: width, case and spaces do not matter. Source: Unicode Standard Annex #15 (NFKC)."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())[:200]


def _read(
    kind: SubjectType, of: Mapping[str, str], lines: Sequence[int], cells: Mapping[str, Sequence[Any]], names: Here
) -> Iterator[tuple[int, dict[str, str]]]:
    asked = kind.asked
    wanted = [name for name in (kind.key, *kind.identify, kind.title_field) if name in of]
    for place, line in enumerate(lines):
        values: dict[str, str] = {}
        for name in wanted:
            text = written(cells[of[name]][place])
            try:
                values[name] = str(asked[name].kind.parse(text, asked[name], names)) if text else ""
            except UnparsableText:
                values[name] = ""  # an identifier that is none identifies nobody
        yield line, values


def _values(rows: Sequence[tuple[int, Mapping[str, str]]], field: str) -> list[str]:
    return sorted({value for _, values in rows if (value := values.get(field, ""))})


def _holders(
    district: str, kind: SubjectType, field: str, values: Sequence[str], day: date
) -> Mapping[str, Sequence[str]]:
    """Value → the subjects of the day that have it; without a field: that have it as their key."""
    if not values:
        return {}
    given: dict[str, Any] = {"district": district, "type": kind.id, "field": field, "values": list(values), "day": day}
    holds = "v.superseded_at IS NULL AND v.valid_from <= %(day)s AND (v.valid_to IS NULL OR v.valid_to > %(day)s)"
    found = (
        "subject_found f JOIN subject_version v ON v.id = f.version_id WHERE f.district_id = %(district)s "
        "AND f.type = %(type)s AND f.field = %(field)s AND f.value = ANY(%(values)s)"
    )
    own = "subject_version v WHERE v.district_id = %(district)s AND v.type = %(type)s AND v.key = ANY(%(values)s)"
    column, source = ("f.value", found) if field else ("v.key", own)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT {column}, v.key FROM {source} AND {holds}", given)  # noqa: S608 - own names only
        holders: dict[str, list[str]] = defaultdict(list)
        for value, key in cursor.fetchall():
            holders[value].append(key)
    return {value: sorted(keys) for value, keys in holders.items()}


def _decide(
    kind: SubjectType, name: str, line: int, values: Mapping[str, str], known: Mapping[str, Mapping[str, Sequence[str]]]
) -> Match:
    exact = {field: known[field].get(values.get(field, ""), ()) for field in (kind.key, *kind.identify)}
    named = {field: keys for field, keys in exact.items() if keys}
    candidates = tuple(sorted({key for keys in named.values() for key in keys}))
    if len(candidates) == 1:
        return Match(line, "same", candidates[0], next(iter(named)), candidates)
    if candidates:
        return Match(line, "ambiguous", "", ",".join(named), candidates)
    if name and (said := values.get(name)):
        alike = tuple(known[name].get(plain_name(said), ()))
        if len(alike) == 1 and not values.get(kind.key):
            return Match(line, "proposed", alike[0], name, alike)
        if alike:  # another key of that name, or several: nobody is joined by a name
            return Match(line, "ambiguous" if len(alike) > 1 else "unknown", "", name, alike)
    return Match(line, "unknown", "", "", ())
