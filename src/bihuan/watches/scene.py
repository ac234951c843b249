"""What a run of watches sees: one instant, one state of knowledge, each type of subjects read once into Arrow columns.

A kind of rule asks the scene and never a row at a time. `known` None is now; `only` narrows a scene to some subjects
(to explain one, or to ask again whether an earlier ground still stands). Source: docs/adr/0282-watches.md.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, cast

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection
from pyarrow import csv  # the form in which COPY hands columns over

from bihuan.loop.facts import LoopFacts
from bihuan.registers.isolation import in_district
from bihuan.registers.pure.snapshot import Registers
from bihuan.subjects import fence
from bihuan.subjects.asking import known_then
from bihuan.subjects.catalogue import subject_type
from bihuan.subjects.fence import Looker
from bihuan.subjects.pure.types import SubjectType
from bihuan.watches.judging import OfWatch
from bihuan.watches.model import STATE, Fact, Over, Scalar, duration

HEAD = ("key", "valid_from", "recorded_at", "change_id")
NUMBER = pa.decimal128(38, 9)
_STEPS = 40_000
_BLOCK = 64 << 20


@dataclass(frozen=True)
class Scene:
    """One look at everything.

    Args:
        registers: Of the district. at: The instant (aware). known: As known then; None: now.
        programme: For which subjects behind a fence are read.
        needs: Type → fields that the watches of this run read.
        worked: What kinds have worked out of the frames in this look, so that several watches need it once.
        watches: Every declared watch, with what says how right it was.
        facts: What the loop knows, of the same district; None: as it stands now.
        only: Keys to which what is watched is narrowed; None: all. only_type: Type of these subjects.
    """

    registers: Registers
    at: datetime
    known: datetime | None = None
    programme: str = ""
    needs: Mapping[str, set[str]] = field(default_factory=dict)
    watches: tuple[OfWatch, ...] = ()
    facts: LoopFacts | None = None
    only: frozenset[str] | None = None
    only_type: str = ""
    worked: dict[tuple[str, ...], Any] = field(default_factory=dict)
    _frames: dict[tuple[str, str], pa.Table] = field(default_factory=dict)

    @property
    def district(self) -> str:
        """The district's code."""
        return self.registers.district.code

    @property
    def day(self) -> date:
        """The day in the district's zone. Source: docs/topics/registers.md, "Time"."""
        return self.registers.calendar.local_date(self.at)

    def of(self, programme: str) -> Scene:
        """The same look for a programme; what was read stays read."""
        return replace(self, programme=programme)

    def narrowed(self, type_id: str, keys: Iterable[str], at: datetime | None = None) -> Scene:
        """The same look at some subjects alone (of a type, where they are its keys), perhaps at another instant."""
        return replace(self, only=frozenset(keys), only_type=type_id, at=at or self.at, worked={}, _frames={})

    def widened(self) -> Scene:
        """The same look at all subjects, for what one of them can only be told from among the others."""
        return replace(self, only=None, only_type="", worked={}, _frames={})

    # -- time ------------------------------------------------------------------------------------------

    def until(self, within: str) -> date:
        """The last day that lies within a length of time from the scene's day. Source: docs/topics/registers.md."""
        return self._reached(self.day, within)

    def since(self, within: str) -> datetime:
        """The instant from which a length of time has passed until the scene. Source: docs/topics/registers.md."""
        length = duration(within)
        if length.unit == "minutes":
            return self.at - timedelta(minutes=length.amount)
        if length.unit == "hours":
            return self.at - timedelta(hours=length.amount)
        if length.unit == "days":
            return self.at - timedelta(days=length.amount)
        return datetime.combine(self.passed(within), time(), self.registers.calendar.zone)

    def passed(self, after: str | None) -> date:
        """The last day after which a length of time has passed wholly before the scene's day.

        Source: docs/topics/registers.md, "Time" (working days by the calendar).
        """
        if after is None:
            return self.day - timedelta(days=1)
        low, high = self.day - timedelta(days=_STEPS // 10), self.day - timedelta(days=1)
        while low < high:  # the longer ago, the longer passed
            middle = low + (high - low + timedelta(days=1)) / 2
            if self._reached(middle, after) < self.day:
                low = middle
            else:
                high = middle - timedelta(days=1)
        return low

    def _reached(self, day: date, within: str) -> date:
        calendar = self.registers.calendar
        start = datetime.combine(day, time(), calendar.zone)
        due = calendar.due(start, duration(within))
        ends = due.at - timedelta(microseconds=1) if due.duration.due_at == "end_of_day" else due.at
        return calendar.local_date(ends)

    # -- subjects --------------------------------------------------------------------------------------

    def frame(self, type_id: str) -> pa.Table:
        """Every subject of a type that holds on the day: key, days, change and the fields that are needed, as text.

        Raises:
            FenceClosed: the type is closed to the programme.
            UnknownType: no such type is declared.

        Source: docs/adr/0282-watches.md (each type is read once a run).
        """
        kind = subject_type(type_id)
        mine = (type_id, self.programme if kind.fence else "")
        if mine not in self._frames:
            self._frames[mine] = self._read(kind, sorted(self.needs.get(type_id, set()) & set(kind.open_fields)))
        return self._frames[mine]

    def narrow(self, over: Over) -> pa.Table:
        """The subjects of a watch: its type, narrowed by `where`. Raises as `frame`."""
        assert over.subject is not None
        table = self.frame(over.subject)
        if not over.where:
            return table
        mask: Any = None
        for name, wanted in over.where.items():
            column = self.states(over.subject, table) if name == STATE else table[name]
            one = fits(column, wanted)
            mask = one if mask is None else pc.and_(mask, one)
        return table.filter(mask)

    def states(self, type_id: str, table: pa.Table) -> pa.Array:
        """The state of each subject on the day, empty for none. Source: docs/topics/subjects.md, "States"."""
        day, known = self.day.isoformat(), subject_type(type_id).states
        cases: list[Any] = []
        for state in known:
            since = pc.less_equal(table[state.since], day) if state.since else pa.scalar(value=True)
            until = (
                pc.or_kleene(pc.is_null(table[state.until]), pc.less(day, table[state.until])) if state.until else True
            )
            holds = pc.and_kleene(since, until)
            if state.since and state.lasts:
                passed = pc.days_between(pc.cast(table[state.since], pa.date32()), pa.scalar(self.day))
                holds = pc.and_kleene(holds, pc.less_equal(passed, pc.cast(table[state.lasts], pa.int64())))
            cases.append(pc.fill_null(holds, fill_value=False))
        if not cases:
            return pa.array([""] * table.num_rows)
        whole = [
            pa.array([bool(each.as_py())] * table.num_rows, pa.bool_()) if isinstance(each, pa.Scalar) else each
            for each in cases
        ]
        names = pa.StructArray.from_arrays([_flat(each) for each in whole], [state.id for state in known])
        return pc.case_when(names, *[pa.scalar(state.id) for state in known], pa.scalar(""))

    def dates(self, type_id: str, table: pa.Table, name: str) -> pa.ChunkedArray:
        """A field of dates or instants as days in the district's zone. Source: ISO 8601-1:2019."""
        column = table[name]
        if subject_type(type_id).fields[name].type != "instant":
            return pc.cast(column, pa.date32())
        zone = self.registers.calendar.zone.key
        return pc.cast(pc.local_timestamp(pc.cast(column, pa.timestamp("us", zone))), pa.date32())

    def tell(self, type_id: str, table: pa.Table, names: Sequence[str], rows: Sequence[int]) -> list[list[Fact]]:
        """The facts behind rows of a frame: value, who said it, from which day it holds, since when it is known."""
        taken = table.take(pa.array(rows, pa.int64())).select([*HEAD, *names])
        sources = self._sources(set(taken["change_id"].to_pylist()))
        return [
            [
                Fact(f"{type_id}.{name}", row[name], sources.get(row["change_id"], ""), row["valid_from"],
                     row["recorded_at"], row["change_id"])
                for name in names
            ]
            for row in taken.to_pylist()
        ]  # fmt: skip

    def values(self, type_id: str, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Every open value of some subjects, by key; those that do not hold on the day are not there."""
        kind = subject_type(type_id)
        with in_district(self.district), connection.cursor() as cursor:
            fence.enter(self.district, kind, self.looker)
            sql = f"SELECT v.key, v.values FROM subject_version v WHERE {_HOLDS} AND v.key = ANY(%(keys)s) AND "  # noqa: S608
            cursor.execute(sql + known_then(self.known), self._given(kind) | {"keys": list(keys)})
            return {key: _read_values(values) for key, values in cursor.fetchall()}

    @property
    def looker(self) -> Looker:
        """As whom subjects are read: a watch has no role, it reads for its programme."""
        worked = frozenset({self.programme} if self.programme else ())
        return Looker("system:watch", frozenset(), worked, "a declared watch")

    def _read(self, kind: SubjectType, names: Sequence[str]) -> pa.Table:
        columns = "".join(f", v.values->>'{name}'" for name in names)
        sql = f"""COPY (SELECT v.key, v.valid_from, {_RECORDED}, v.change_id {columns} FROM subject_version v
            WHERE {_HOLDS} AND (%(only)s::text[] IS NULL OR v.key = ANY(%(only)s)) AND {known_then(self.known)}
        ) TO STDOUT (FORMAT csv)"""  # noqa: S608 - own names and declared fields only
        given = self._given(kind) | {"only": self._only(kind)}
        with in_district(self.district), connection.cursor() as cursor:
            fence.enter(self.district, kind, self.looker)
            return table_of(cursor, sql, given, [*HEAD, *names])

    def _given(self, kind: SubjectType) -> dict[str, Any]:
        return {"district": self.district, "type": kind.id, "day": self.day, "known": self.known}

    def _only(self, kind: SubjectType) -> list[str] | None:
        return sorted(self.only) if self.only is not None and kind.id == self.only_type else None

    def _sources(self, changes: set[str]) -> dict[str, str]:
        with in_district(self.district), connection.cursor() as cursor:
            cursor.execute("SELECT id::text, source FROM subject_change WHERE id = ANY(%s::uuid[])", [sorted(changes)])
            return dict(cursor.fetchall())


_RECORDED = """to_char(v.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')"""
_HOLDS = (
    "v.district_id = %(district)s AND v.type = %(type)s AND v.valid_from <= %(day)s "
    "AND (v.valid_to IS NULL OR v.valid_to > %(day)s)"
)


def table_of(cursor: Any, sql: str, given: Mapping[str, Any], names: Sequence[str]) -> pa.Table:
    """Read what a COPY gives into Arrow columns of text; an absent value is null."""
    buffer = io.BytesIO()
    with cursor.cursor.copy(sql, given) as copy:
        for block in copy:
            buffer.write(block)
    if not buffer.tell():
        return pa.table({name: pa.array([], pa.string()) for name in names})
    buffer.seek(0)
    return csv.read_csv(
        buffer,
        csv.ReadOptions(column_names=list(names), block_size=_BLOCK),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=True, null_values=[""],
            quoted_strings_can_be_null=False,
        ),
    )  # fmt: skip


def numbers(column: pa.ChunkedArray | pa.Array) -> Any:
    """A column of written numbers, exact. Raises pa.ArrowInvalid for a text that is none."""
    return pc.cast(column, NUMBER)


def empty(column: Any) -> Any:
    """Where nothing is said: no value, or an empty text."""
    return pc.or_(pc.is_null(column), pc.fill_null(pc.equal(column, ""), fill_value=False))


def rows_where(mask: Any) -> list[int]:
    """The places at which a condition is true; what is unknown is not."""
    return cast("list[int]", pc.indices_nonzero(pc.fill_null(mask, fill_value=False)).to_pylist())


def fits(column: Any, wanted: Scalar | list[Scalar] | None) -> Any:
    """Where a column says what is wanted: a value, one of several, `*` anything, None nothing."""
    if wanted is None:
        return empty(column)
    if wanted == "*":
        return pc.invert(empty(column))
    several = wanted if isinstance(wanted, list) else [wanted]
    return pc.is_in(column, value_set=pa.array([_text(each) for each in several], pa.string()))


def _text(value: Scalar) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _flat(column: Any) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _read_values(values: Any) -> dict[str, Any]:
    import msgspec

    found: dict[str, Any] = values if isinstance(values, dict) else msgspec.json.decode(values)
    return found
