"""Files in and out 文件: CSV, TSV, XLSX, JSON lines and Parquet, plain or inside .gz or .zip, as rows that know their
line; rejects and CSV out. Pure: no Django, no database, nothing about what a column means.

Rows one by one:      for row in read_rows(path, ("code", "name"), rejects=rejects): row.file, row.line, row.cells
Small and faultless:  read_all_rows(path, needed, comments="#"); read_cells(path) where there may be no header
Columns in batches:   for table in open_tables(path, wanted): for batch in table.batches(): batch.lines, batch.columns
What was not taken:   with Rejects(path) as rejects: rejects.write(row.file, [row_fault(row, "missing", "name")])
                      also `declare.Problem`s; `.csv` or JSON lines: file, line, field, value, code, what, rule, remedy
CSV out:              with replace_file(path) as stream: writer = CsvWriter(stream, columns); writer.write(cells)
                      text that begins like a formula gets an apostrophe
Dates and instants:   parse_moment(cell, form, Zone(ZoneInfo(…))) (`dates`); encodings are found from the content

What cannot be read is a fault with its line, never an exception half-way; a file of which nothing can be read raises
`FileError` with file, rule and remedy. Memory stays bounded by the batch, except XLSX, whose format forces a whole
sheet into memory. Here may not live: what a column means. No other room reads or writes these formats by itself.
"""

from bihuan.readers.faults import FileError, RowFault, file_error
from bihuan.readers.open import open_tables
from bihuan.readers.rejects import Rejects
from bihuan.readers.rows import FileRow, read_all_rows, read_cells, read_rows, row_fault, table_rows
from bihuan.readers.table import Batch, FileTable, Limits
from bihuan.readers.writing import CsvWriter, replace_file, write_plain

__all__ = [
    "Batch",
    "CsvWriter",
    "FileError",
    "FileRow",
    "FileTable",
    "Limits",
    "Rejects",
    "RowFault",
    "file_error",
    "open_tables",
    "read_all_rows",
    "read_cells",
    "read_rows",
    "replace_file",
    "row_fault",
    "table_rows",
    "write_plain",
]
