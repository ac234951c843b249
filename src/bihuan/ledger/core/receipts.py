"""Receipts: the log's signed promise that an event will be in the tree within a stated delay.

The receipt is given in the acknowledged transaction, before the leaf is in the tree. Whoever holds it can later ask
for an inclusion proof of its leaf; a log that cannot give one after the delay has broken a promise it signed.
"""

import base64
import binascii
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self

from bihuan.ledger.core.canonical import canonical
from bihuan.ledger.core.errors import SignatureError
from bihuan.ledger.core.keys import KeyRing, SigningKey
from bihuan.ledger.core.leaf import write_instant
from bihuan.ledger.core.merkle import require_hash

_CONTEXT = b"bihuan-receipt/v1\n"
"""Stands before the signed bytes, so that no other signature of the log can pass for a receipt."""

_TEXT_FIELDS = ("origin", "case", "report", "leaf", "time", "key_id", "signature")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A signed promise.

    Attributes:
        origin: the log.
        case: the case number a person sees.
        report: the id of the report.
        leaf: hex of the 32-byte leaf hash that will be in the tree.
        time: when the report was accepted, UTC, as in events.
        max_merge_delay: seconds after ``time`` by which the leaf must be in a signed head.
        key_id: which of the log's keys signed.
        signature: base64 of the Ed25519 signature over the canonical JSON of all other fields.
    """

    origin: str
    case: str
    report: str
    leaf: str
    time: str
    max_merge_delay: int
    key_id: str
    signature: str

    @property
    def leaf_hash(self) -> bytes:
        """The promised leaf, 32 bytes."""
        return bytes.fromhex(self.leaf)

    def as_json(self) -> dict[str, Any]:
        """Return the receipt as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, source: Any) -> Self:
        """Read a receipt; members it does not know are refused, since they would not be signed.

        Raises:
            SignatureError: names the member that is missing, unknown or of the wrong type.

        Source: docs/topics/ledger.md, "For residents: a receipt is a promise".
        """
        if not isinstance(source, dict):
            raise SignatureError("a receipt is a JSON object; this is not one")
        expected = {*_TEXT_FIELDS, "max_merge_delay"}
        odd = sorted(set(source) ^ expected)
        if odd:
            raise SignatureError(
                f"a receipt has exactly the members {', '.join(sorted(expected))}; check: {', '.join(odd)}"
            )
        wrong = [name for name in _TEXT_FIELDS if not isinstance(source[name], str)]
        if wrong or type(source["max_merge_delay"]) is not int:
            raise SignatureError(f"receipt member {(wrong or ['max_merge_delay'])[0]} has the wrong type")
        return cls(**source)


def sign_receipt(
    key: SigningKey, *, case: str, report: str, leaf: bytes, at: datetime, max_merge_delay: int
) -> Receipt:
    """Promise that ``leaf`` will be in the log.

    Args:
        key: the log's key; its name is the origin.
        case: the case number shown to the person.
        report: the id of the report.
        leaf: 32-byte leaf hash of the event that acknowledges the report.
        at: when it was accepted.
        max_merge_delay: seconds until it must be in a signed head.

    Source: the signed certificate timestamp of RFC 9162 §4.8 as a model, in the form of docs/topics/ledger.md.
    """
    require_hash("leaf of a receipt", leaf)
    body = {
        "origin": key.public.name,
        "case": case,
        "report": report,
        "leaf": leaf.hex(),
        "time": write_instant(at),
        "max_merge_delay": max_merge_delay,
        "key_id": key.id,
    }
    signature = base64.b64encode(key.sign(_CONTEXT + canonical(body))).decode()
    return Receipt.from_json({**body, "signature": signature})


def verify_receipt(receipt: Receipt, ring: KeyRing) -> None:
    """Check that the log signed this receipt.

    Raises:
        SignatureError: if the key is unknown or of another origin, or the signature does not hold.

    Source: docs/topics/ledger.md, "For residents: a receipt is a promise"; keys: "Keys".
    """
    key = ring.get(receipt.key_id)
    if key.name != receipt.origin:
        raise SignatureError(f"key {key.id} belongs to {key.name}, not to {receipt.origin}; the receipt was altered")
    body = receipt.as_json()
    try:
        signature = base64.b64decode(body.pop("signature"), validate=True)
    except binascii.Error as error:
        raise SignatureError("the receipt's signature is not base64; copy the receipt whole again") from error
    if not key.holds(signature, _CONTEXT + canonical(body)):
        raise SignatureError(
            f"the receipt for case {receipt.case} was altered: its signature by key {key.id} does not hold"
        )
    # The time is that of the report: a receipt given once more is signed by the key of today.
    if why := ring.refuse(key, _moment(receipt.time), reissued=True):
        raise SignatureError(f"the receipt for case {receipt.case} does not count: {why}")


def _moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise SignatureError(f"the receipt's time {text!r} is none; copy the receipt whole again") from error
    if at.tzinfo is None:
        raise SignatureError(f"the receipt's time {text!r} has no zone; copy the receipt whole again")
    return at
