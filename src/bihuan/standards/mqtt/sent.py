"""To whom a message went: a file for each message, written before and after each batch.

A line `>CODE` says that a message is about to go to an addressee, `CODE` that the broker has it. After a kill those
with the first line alone are in doubt: they are asked for (their receipts) before anything is repeated.
Source: docs/adr/0349-messages-on-the-wire.md.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class SentLog:
    """The file of one message.

    Args:
        path: Where it is. sent: Addressees of whom the broker has it. doubtful: Those it may have.
    """

    path: Path
    sent: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read what stands there; a line that a crash cut says nothing and is cut off."""
        told = self.path.read_bytes() if self.path.exists() else b""
        whole = told[: told.rfind(b"\n") + 1]
        if whole != told:
            os.truncate(self.path, len(whole))
        for line in whole.decode().splitlines():
            (self.doubtful if line.startswith(">") else self.sent).add(line.removeprefix(">"))
        self.doubtful -= self.sent

    def begin(self, addressees: Iterable[str]) -> None:
        """Say who is about to get it. Source: docs/adr/0349-messages-on-the-wire.md."""
        self._append(f">{each}" for each in addressees)

    def end(self, addressees: Iterable[str]) -> None:
        """Say of whom the broker has it. Source: docs/adr/0349-messages-on-the-wire.md."""
        told = list(addressees)
        self._append(told)
        self.sent |= set(told)
        self.doubtful -= set(told)

    def _append(self, lines: Iterable[str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write("".join(f"{each}\n" for each in lines))
            file.flush()
            os.fdatasync(file.fileno())
