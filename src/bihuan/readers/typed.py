"""CSV whose columns and types are known because a program wrote it (PostgreSQL's COPY), as Arrow tables."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc

BLOCK = 1 << 24  # bytes read at once


def read_typed(path: Path, columns: Mapping[str, pa.DataType], block: int = BLOCK) -> Iterator[pa.Table]:
    """Yield the rows of a CSV file without a header, in blocks.

    Args:
        path: UTF-8, every value quoted; what stands unquoted and empty is null, a quoted '' is text.
        columns: Name → Arrow type, in the order of the file.
        block: Bytes of a block.

    Raises:
        pyarrow.ArrowInvalid: a value is not of its type.

    Source: PostgreSQL, COPY (FORMAT csv, FORCE_QUOTE *).
    """
    if path.stat().st_size == 0:
        return
    reader = pc.open_csv(
        path,
        read_options=pc.ReadOptions(column_names=list(columns), block_size=block),
        convert_options=pc.ConvertOptions(
            column_types=dict(columns), null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
        ),
    )
    for batch in reader:
        yield pa.Table.from_batches([batch])
