"""What log and witness say to each other: the request of C2SP ``tlog-witness``, and the check a witness makes.

A witness remembers the newest head it cosigned and cosigns the next only if a consistency proof shows that the log
has merely grown. Whoever owns the log's database and key can forge a history, but not one that a witness has already
seen differently.
"""

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from bihuan.ledger.core.errors import SignatureError, TreeError
from bihuan.ledger.core.heads import Head, open_head
from bihuan.ledger.core.keys import KeyRing, SigningKey
from bihuan.ledger.core.merkle import EMPTY_ROOT, consistency_holds
from bihuan.ledger.core.notes import Note


@dataclass(frozen=True, slots=True)
class WitnessRequest:
    """Ask a witness to cosign.

    Attributes:
        old: size the log believes the witness saw last.
        proof: consistency proof from ``old`` to the head.
        note: the signed head.
    """

    old: int
    proof: tuple[bytes, ...]
    note: str

    @classmethod
    def parse(cls, source: str) -> Self:
        """Read a request.

        Raises:
            SignatureError: if the form is not that of C2SP ``tlog-witness`` add-checkpoint.
        """
        preamble, separator, note = source.partition("\n\n")
        first, *lines = preamble.split("\n")
        word, _, number = first.partition(" ")
        if not separator or word != "old" or not (number.isascii() and number.isdigit()):
            raise SignatureError("not a witness request: it starts with 'old SIZE', proof lines and an empty line")
        try:
            return cls(int(number), tuple(base64.b64decode(line, validate=True) for line in lines), note)
        except binascii.Error as error:
            raise SignatureError("a proof line of the witness request is not base64; export it again") from error


def request_text(old: int, proof: list[bytes], note: str) -> str:
    """Write a request; see ``WitnessRequest``. Source: C2SP tlog-witness, add-checkpoint."""
    lines = "".join(base64.b64encode(step).decode() + "\n" for step in proof)
    return f"old {old}\n{lines}\n{note}"


def cosign(request: WitnessRequest, seen: Head | None, log: KeyRing, key: SigningKey, at: datetime) -> Note:
    """Check a request and cosign its head.

    Args:
        request: what the log sent.
        seen: the newest head this witness cosigned for the log; None if it never did.
        log: the log's public keys.
        key: the witness's key.
        at: now.

    Returns:
        the head's note with the witness's timestamped cosignature added.

    Raises:
        SignatureError: if the log did not sign the head.
        TreeError: if the head does not extend what the witness saw.

    Source: C2SP tlog-witness; RFC 9162 §2.1.4.2.
    """
    head = open_head(request.note, log).head
    size, root = (0, EMPTY_ROOT) if seen is None else (seen.size, seen.root)
    if seen is not None and seen.origin != head.origin:
        raise TreeError(
            f"this witness file is about {seen.origin}, not {head.origin}; use another folder for another log"
        )
    if head.size < size:
        raise TreeError(
            f"REFUSED: the head has {head.size} leaves, this witness has seen {size}; the log was cut short"
        )
    if request.old != size:
        raise TreeError(
            f"the request starts at size {request.old}, this witness has seen {size}; export it again from {size}"
        )
    if not consistency_holds(size, head.size, root, head.root, request.proof):
        raise TreeError(
            f"REFUSED: the head at size {head.size} does not extend the one this witness cosigned at {size}; "
            "history was rewritten. Keep both heads: together they prove it"
        )
    return Note.parse(request.note).cosigned(key, at)
