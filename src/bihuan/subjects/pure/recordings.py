"""How a type says that recordings become rows: the method that makes them, and the registers beside the file. Pure.

Source: docs/topics/subjects.md, "Files that become rows"; docs/adr/0381-files-that-become-rows.md.
"""

from __future__ import annotations

from pydantic import Field

from bihuan.declare.model import Code, Slug, Strict


class MadeBeside(Strict):
    """A register that a method is given beside a file: its type, and for each column the field."""

    type: Slug
    columns: dict[Code, Code] = Field(min_length=1)


class MadeRows(Strict):
    """The method that makes rows of a recording, and the registers it is given beside it."""

    method: Slug
    beside: tuple[MadeBeside, ...] = ()
