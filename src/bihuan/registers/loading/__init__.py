"""Bulk loading of registers: all is validated first, what is wrong is rejected with its line, the rest is applied.

One transaction per file; loading the same file again changes nothing. `load_register` takes one table, `load_rows` rows
that were read already, `load_district` a folder. Rows add to and replace what is there; nothing is deleted, a fact ends
by its `valid_to` (the exception: the rows of a user in the file are all their grants).
Not here: parsing of cells (`pure.tables`), reading of files (`pure.sheets`), the command line.
"""

from bihuan.registers.loading.districts import load_district
from bihuan.registers.loading.outcome import LoadOutcome, RegisterReject
from bihuan.registers.loading.reforms import load_reform
from bihuan.registers.loading.tables import load_register, load_rows

__all__ = ["LoadOutcome", "RegisterReject", "load_district", "load_reform", "load_register", "load_rows"]
