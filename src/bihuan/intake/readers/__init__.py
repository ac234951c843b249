"""Readers: a file (CSV, XLSX, JSON lines, Parquet, plain or inside .gz or .zip) becomes batches of columns.

Every record keeps its line; what cannot be read is a fault with its line, never an exception half-way.
Readers know nothing of what a column means (that is the mapping's business) and touch no database.
Memory stays bounded by the batch, except XLSX, whose format forces a whole sheet into memory.
`open_tables` is the one way in.
"""

from bihuan.intake.readers.open import open_tables
from bihuan.intake.readers.table import Batch, FileTable, Limits

__all__ = ["Batch", "FileTable", "Limits", "open_tables"]
