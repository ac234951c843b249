"""A witness kept in a folder: on another machine, with another owner, it needs no database and no Django.

The folder holds one cosigned checkpoint per log; losing it means starting to trust anew, so it is written safely.
"""

import os
from datetime import datetime
from fcntl import LOCK_EX, flock
from hashlib import sha256
from pathlib import Path

from bihuan.ledger.core.errors import LedgerError
from bihuan.ledger.core.heads import Head
from bihuan.ledger.core.keys import KeyRing, SigningKey
from bihuan.ledger.core.notes import Note
from bihuan.ledger.core.witnessing import WitnessRequest, cosign
from bihuan.server import log_lines


class FolderWitness:
    """Cosigns heads and remembers the newest.

    Args:
        folder: where the newest cosigned checkpoint of each log is kept; made if absent.
        key: the witness's own key.
    """

    def __init__(self, folder: Path, key: SigningKey) -> None:
        self._folder = folder
        self._key = key

    def cosign(self, source: str, log: KeyRing, at: datetime) -> Note:
        """Check a request (C2SP ``tlog-witness``) against what was seen, remember its head, and cosign it.

        Raises:
            SignatureError: if the request is malformed or not signed by the log.
            TreeError: if the log did not merely grow.
        """
        request = WitnessRequest.parse(source)
        origin = Head.parse(Note.parse(request.note).text).origin
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            flock(lock, LOCK_EX)
            try:
                note = cosign(request, self.seen(origin), log, self._key, at)
            except LedgerError:
                log_lines.log("witness_refused", key=self._key.id)
                raise
            self._remember(origin, note)
        log_lines.log("witness_given", size=Head.parse(note.text).size, key=self._key.id)
        return note

    def seen(self, origin: str) -> Head | None:
        """Return the newest head cosigned for this log, or None.

        Source: C2SP tlog-witness (a witness remembers the newest head).
        """
        path = self._path(origin)
        return read_seen(path)

    def _path(self, origin: str) -> Path:
        return self._folder / f"{sha256(origin.encode()).hexdigest()[:16]}.checkpoint"

    def _remember(self, origin: str, note: Note) -> None:
        path = self._path(origin)
        temporary = path.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as out:
            out.write(str(note))
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)


def read_seen(path: Path) -> Head | None:
    """Return the head of a stored checkpoint, or None if there is no such file.

    Raises:
        LedgerError: if the file is not a checkpoint.

    Source: C2SP tlog-checkpoint.
    """
    if not path.exists():
        return None
    try:
        return Head.parse(Note.parse(path.read_text(encoding="utf-8")).text)
    except (LedgerError, UnicodeDecodeError) as error:
        raise LedgerError(
            f"{path} is not a checkpoint ({error}); restore it from a copy, or remove it to start anew"
        ) from error
