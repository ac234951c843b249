"""A column of checked values: every distinct text is parsed once, rows hold its number.

A register of a million rows has few distinct words, days and flags; only they pass through Python.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from bihuan.declare.fieldtype import Asked, FieldType, UnparsableText, Wrong
from bihuan.declare.types import field_type

ZONE = ZoneInfo("Asia/Shanghai")
"""Times without an offset are Beijing time: one zone for the whole country (GB/T 7408.1, local time in China)."""

_EPOCH = date(1970, 1, 1)
_INSTANT = datetime(1970, 1, 1, tzinfo=ZoneInfo("UTC"))
_SECOND, _MICROSECOND = timedelta(seconds=1), timedelta(microseconds=1)


class _Files:
    """What a parser may ask of the world when it reads a file: the zone, and nothing else."""

    zone: tzinfo = ZONE
    now = _INSTANT
    signer = ""

    def unit(self, text: str, /) -> str | None:
        """Codes stand for themselves."""
        return text

    area = case = unit


FILES = _Files()


@dataclass(frozen=True)
class Cells:
    """The values of a column.

    Args:
        codes: int32[n], index into `words`; -1 where there is no value.
        words: Distinct parsed values, as the field type gives them.
        texts: The same as they were written.
    """

    codes: NDArray[np.int32]
    words: tuple[Any, ...]
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Which rows have a value. Source: docs/adr/0265 (columns are coded: each distinct text is parsed once)."""
        known: NDArray[np.bool_] = self.codes >= 0
        return known

    def taken(self, rows: NDArray[Any]) -> Cells:
        """The column of these rows (indexes or a mask) only.

        Source: docs/adr/0265 (columns are coded: each distinct text is parsed once)
        """
        return Cells(self.codes[rows], self.words, self.texts)

    def values(self) -> list[Any]:
        """One parsed value a row, None where there is none.

        Source: docs/adr/0265 (columns are coded: each distinct text is parsed once)
        """
        words = (*self.words, None)
        return [words[code] for code in self.codes.tolist()]

    def text(self) -> list[str]:
        """One text a row as it was written, "" where there is none.

        Source: docs/adr/0265 (columns are coded: each distinct text is parsed once)
        """
        texts = (*self.texts, "")
        return [texts[code] for code in self.codes.tolist()]

    def mapped(self, of: Callable[[Any], Any], missing: Any, dtype: Any) -> NDArray[Any]:
        """One value a row, worked out once for each distinct one.

        Source: docs/adr/0265 (columns are coded: each distinct text is parsed once)
        """
        return np.array([*map(of, self.words), missing], dtype=dtype)[self.codes]

    def floats(self) -> NDArray[np.float64]:
        """Numbers as float64, NaN where there is none.

        Source: docs/adr/0265 (columns are coded: each distinct text is parsed once)
        """
        return self.mapped(float, np.nan, np.float64)

    def whole(self, missing: int = 0) -> NDArray[np.int64]:
        """Whole numbers. Source: docs/adr/0265 (columns are coded: each distinct text is parsed once)."""
        return self.mapped(int, missing, np.int64)

    def scaled(self, digits: int, missing: int = 0) -> NDArray[np.int64]:
        """Decimals times 10**digits, exact: what has more digits is rounded half to even.

        Source: GB/T 8170-2008 (half to even); docs/adr/0265.
        """
        return self.mapped(lambda word: int(Decimal(word).scaleb(digits).to_integral_value()), missing, np.int64)

    def flags(self) -> NDArray[np.int8]:
        """1 for yes, 0 for no, -1 where there is no value.

        Source: docs/adr/0265 (columns are coded: each distinct text is parsed once)
        """
        return self.mapped(int, -1, np.int8)

    def days(self) -> NDArray[np.int64]:
        """Days since 1970-01-01; the smallest int64 where there is none. Source: ISO 8601-1; docs/adr/0265."""
        return self.mapped(lambda word: (date.fromisoformat(word) - _EPOCH).days, NO_DAY, np.int64)

    def seconds(self) -> NDArray[np.int64]:
        """Whole seconds since 1970-01-01T00:00:00Z; the smallest int64 where there is none.

        Source: ISO 8601-1; docs/adr/0265.
        """
        return self.mapped(lambda word: (datetime.fromisoformat(word) - _INSTANT) // _SECOND, NO_DAY, np.int64)


NO_DAY = np.iinfo(np.int64).min


def day_text(day: int) -> str:
    """A day since 1970-01-01 as ISO 8601; "" for none."""
    return "" if day == NO_DAY else (_EPOCH + timedelta(days=int(day))).isoformat()


def second_text(second: int) -> str:
    """A second since 1970-01-01Z as ISO 8601 in Beijing time; "" for none."""
    return "" if second == NO_DAY else (_INSTANT + timedelta(seconds=int(second))).astimezone(ZONE).isoformat()


def parse_cells(column: pa.Array, asked: Asked) -> tuple[Cells, list[tuple[NDArray[np.int64], Wrong]]]:
    """The checked values of a column of text, and for each kind of wrong text the rows that hold it.

    Args:
        column: string[n]; spaces around a value do not count, an empty one is no value.
        asked: The column as declared.

    Source: docs/adr/0265 (columns are coded: each distinct text is parsed once)
    """
    encoded = pc.dictionary_encode(pc.utf8_trim_whitespace(column))
    texts: list[str] = encoded.dictionary.to_pylist()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32)
    kind, kept, faults = field_type(asked.type), [], []
    words: list[Any] = []
    place = np.full(len(texts) + 1, -1, dtype=np.int32)
    for number, text in enumerate(texts):
        if not text:
            continue
        try:
            word = _parsed(kind, text, asked)
        except UnparsableText as error:
            faults.append((np.flatnonzero(codes == number), error.wrong))
            continue
        place[number] = len(words)
        words.append(word)
        kept.append(text)
    return Cells(place[codes], tuple(words), tuple(kept)), faults


def _parsed(kind: FieldType, text: str, asked: Asked) -> Any:
    return kind.parse(text, asked, FILES)


def no_values(size: int) -> Cells:
    """A column that is not there: no row has a value.

    Source: docs/adr/0265 (columns are coded: each distinct text is parsed once)
    """
    return Cells(np.full(size, -1, dtype=np.int32), (), ())


def cells_of(values: Sequence[str]) -> Cells:
    """A column of plain texts, for tests and for methods that call another one."""
    texts = tuple(dict.fromkeys(value for value in values if value))
    place = {text: number for number, text in enumerate(texts)}
    return Cells(np.array([place.get(value, -1) for value in values], dtype=np.int32), texts, texts)
