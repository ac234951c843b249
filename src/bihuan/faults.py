"""The one base of every failure that a person can mend: a sentence, its remedy, and fields for a program.

What derives from `Fault` may end a command: `bihuan.cli.main` prints it, on every command alike, as one sentence with
its remedy, and with `--json` as one object. Rooms raise their own kinds of it; nobody has to catch and translate them.
"""

from __future__ import annotations

from typing import Any, Self


class Fault(Exception):
    """Something is wrong that a person can mend.

    Args:
        message: What is wrong and where, one sentence.
        remedy: What to do about it; default: the remedy of the kind of fault.
        fields: Values that belong in the answer for a program, such as a file or a line.
    """

    remedy: str = ""

    @classmethod
    def of_traceback(cls, text: str) -> Self:
        """The fault of another process, of which only the text of its traceback is left.

        The message is the last line; the whole text becomes a note, which belongs in a log and not before a person.
        """
        lines = text.strip().splitlines()
        fault = cls(lines[-1] if lines else "another process ended without a word")
        fault.add_note(text)
        return fault

    def __init__(self, message: str = "", remedy: str = "", **fields: Any) -> None:
        super().__init__(message)
        self.remedy = remedy or type(self).remedy
        self.fields = fields

    @property
    def message(self) -> str:
        """What is wrong, one sentence."""
        return str(self)
