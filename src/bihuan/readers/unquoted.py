"""CSV in which every line is a record, as Arrow columns: several million cells a second."""

import io

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc
from numpy.typing import NDArray

Unquoted = tuple[dict[str, pa.Array], NDArray[np.int64], list[int]]


def read_unquoted(raw: bytes) -> Unquoted | None:
    """A whole file of UTF-8, comma-separated text without quotes or blank lines; None when it is anything else.

    Args:
        raw: the content.

    Returns:
        Text columns by name; the 1-based line of each row; the lines left out since their width is not the header's.

    Source: RFC 4180, without its quotes.
    """
    text = raw.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip(b"\n")
    if not text or b'"' in text or b"\r" in text or b"\n\n" in text or b"\0" in text:
        return None
    try:
        text.decode("utf-8")
    except UnicodeDecodeError:
        return None
    names = [each.strip() for each in text.split(b"\n", 1)[0].decode().split(",")]
    if len(set(names)) != len(names) or not all(names):
        return None
    if b"\n" not in text:
        return {each: pa.array([], pa.string()) for each in names}, np.zeros(0, dtype=np.int64), []
    wrong: list[int] = []

    def skip(row: pc.InvalidRow) -> str:
        wrong.append(int(row.number))
        return "skip"

    table = pc.read_csv(
        io.BytesIO(text + b"\n"),
        pc.ReadOptions(use_threads=False, column_names=names, skip_rows=1),
        pc.ParseOptions(quote_char=False, invalid_row_handler=skip),
        pc.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
    )
    lines = np.arange(2, 2 + table.num_rows + len(wrong), dtype=np.int64)
    return {each: table[each].combine_chunks() for each in names}, lines[~np.isin(lines, wrong)], wrong
