"""Bulk loading of registers: all is validated first, what is wrong is rejected with its line, the rest is applied.

One transaction per file; loading the same file again changes nothing. `load` takes one table, `load_district` a folder.
Rows add to and replace what is there; nothing is deleted, a fact ends by its `valid_to` (a user's grants are the
exception: the rows of a user in the file are all their grants).
Not here: parsing of cells (`pure.tables`), reading of files (`pure.sheets`), the command line.
"""

from bihuan.registers.loading.districts import load_district
from bihuan.registers.loading.outcome import Outcome, Reject
from bihuan.registers.loading.reforms import load_reform
from bihuan.registers.loading.tables import load

__all__ = ["Outcome", "Reject", "load", "load_district", "load_reform"]
