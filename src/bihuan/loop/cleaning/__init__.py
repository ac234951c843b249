"""Videos, sounds and PDFs from outside, without what they tell of their maker: position, owner, author, times, remarks.

Here live one small rewriter per kind of file and the bounded process in which they run. They keep what is seen and
heard byte for byte and blank the rest in place; what they do not know they do not keep. Nothing here opens a file,
touches the database or knows a case. What cannot be cleaned is refused with a word (`Uncleanable`).
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bihuan.server.runtime import BARE

CHILD = Path(__file__).with_name("child.py")
SECONDS = 60  # on the wall; the child bounds its own processor time and memory
FAULTS = {3: "broken", 4: "locked", 5: "unclean"}
"""What the child's exit says: cannot be read, is encrypted, holds something that cannot be taken out."""
TRIES = 2
"""A child that ends otherwise (the system was short of memory, it was killed) says nothing of the file: once more."""
KINDS = frozenset({"application/pdf", "video/mp4", "video/quicktime", "video/webm", "audio/mpeg"})


class Uncleanable(ValueError):
    """A file whose traces cannot be removed. `why`: `broken`, `locked` (encrypted) or `unclean`."""

    def __init__(self, why: str) -> None:
        super().__init__(f"file not cleaned: {why}")
        self.why = why


def clean(content: bytes, kind: str) -> bytes:
    """Return the same document, video or sound without metadata, made in a process of its own.

    Args:
        content: the whole file.
        kind: its content type, one of `KINDS`.

    Raises:
        Uncleanable: it is damaged, encrypted, too much work, or holds what cannot be taken out.

    Source: docs/adr/0223 (no trace of the maker leaves the house; made in a process of its own)
    """
    command = [sys.executable, "-I", str(CHILD), kind]
    for _ in range(TRIES):
        try:
            done = subprocess.run(
                command, input=content, capture_output=True, timeout=SECONDS, check=False, env=BARE, cwd="/"
            )
        except subprocess.TimeoutExpired:
            raise Uncleanable("unclean") from None
        if done.returncode == 0 and done.stdout:
            return done.stdout
        if done.returncode in FAULTS:
            break
    raise Uncleanable(FAULTS.get(done.returncode, "broken"))
