"""What an opened box publishes, and how anybody repeats it: every digest, who was set aside, the count. Pure.

An envelope's digest is SHA-256(0x50 ‖ salt ‖ canonical(body)), the log's own commitment to what is private
(`ledger.core.leaf.private_hash`); it stood in the log from the moment of putting in, so nothing can be added, changed
or left out afterwards. Source: docs/topics/boxes.md, "Anybody recounts"; docs/adr/0389-boxes.md.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from bihuan.faults import Fault
from bihuan.ledger.core.leaf import private_hash
from bihuan.ledger.core.merkle import root_of
from bihuan.readers import write_plain

if TYPE_CHECKING:
    from bihuan.methods.declared.running import Outcome


class BoxRefused(Fault):
    """What cannot be put in, opened or believed; `fields["code"]` names the rule."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message, remedy, code=code)
        self.code = code


class OpenedEnvelope(msgspec.Struct, frozen=True):
    """One envelope after the opening.

    Args:
        number: Of the box, in the order of putting in. statement: Id of its leaf in the log. digest, salt: Hex.
        aside: Why it does not count; empty: it does.
    """

    number: str
    statement: str
    voter: str
    channel: str
    put_at: str
    values: dict[str, str]
    salt: str
    digest: str
    aside: str = ""

    def digest_again(self, box: str, lot: str) -> str:
        """Return the digest that follows from what it says. Source: docs/topics/boxes.md, "Anybody recounts"."""
        body = envelope_body(box, lot, self.voter, self.channel, self.put_at, self.values)
        return private_hash(bytes.fromhex(self.salt), body).hex()


class BoxRecord(msgspec.Struct, frozen=True):
    """All of an opened box: `tables` are the count's inputs beside the envelopes, `counted` its answer."""

    box: str
    lot: str
    title: str
    opens: str
    closes: str
    opened_at: str
    envelopes: list[OpenedEnvelope]
    root: str
    method: str
    columns: dict[str, dict[str, str]]
    tables: dict[str, list[dict[str, str]]]
    counted: dict[str, str]
    rejected: int = 0


def envelope_body(
    box: str, lot: str, voter: str, channel: str, put_at: str, values: Mapping[str, str]
) -> dict[str, Any]:
    """Return what an envelope commits to."""
    return {"box": box, "lot": lot, "voter": voter, "channel": channel, "put_at": put_at, "values": dict(values)}


def root_of_digests(digests: Sequence[str]) -> str:
    """Return the Merkle root over digests in the order of the alphabet, hex. Source: RFC 9162 §2.1.1."""
    return root_of([bytes.fromhex(each) for each in sorted(digests)]).hex()


def row_of(envelope: OpenedEnvelope, lot: str) -> dict[str, str]:
    """Return what an opened envelope says, by words and values."""
    said = {
        "number": envelope.number, "lot": lot, "voter": envelope.voter, "channel": envelope.channel,
        "put_on": envelope.put_at[:10], "receipt": envelope.digest, "counted": envelope.aside or "counted",
    }  # fmt: skip
    return said | envelope.values


def counted_again(record: BoxRecord) -> tuple[dict[str, str], int]:
    """Count a record: the method over its tables and the envelopes that are not set aside; the answer and its rejects.

    Source: docs/topics/boxes.md, "Anybody recounts".
    """
    outcome = _outcome(record)
    answer = {
        name: "" if not len(cells) or cells[0] is None else str(cells[0]) for name, cells in outcome.columns.items()
    }
    return answer, len(outcome.rejects)


def sheet_of_record(record: BoxRecord) -> list[dict[str, Any]]:
    """Return every comparison the count rests on, where its method tells them (fact `sheet`); else nothing.

    Source: docs/topics/boxes.md, "Anybody recounts".
    """
    return [dict(line) for line in _outcome(record).facts.get("sheet", ())]


def _outcome(record: BoxRecord) -> Outcome:
    """Run the method of a record over what the record holds."""
    from bihuan.methods.declared.finding import method_named
    from bihuan.methods.declared.running import run_method

    method = method_named(record.method)
    inside = [row_of(each, record.lot) for each in record.envelopes if not each.aside]
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for each in method.inputs:
            columns = record.columns.get(each.name)
            rows = record.tables.get(each.name, [])
            if columns is not None:
                rows = [{column: row[word] for column, word in columns.items()} for row in inside]
            names = list(columns) if columns is not None else list(rows[0]) if rows else []
            names = names or [column.name for column in each.columns]
            paths.append(write_plain(Path(folder) / f"{each.name}.csv", names, rows))
        return run_method(method, paths, {})


def verify_record(record: BoxRecord) -> None:
    """Repeat a record: each digest, the root, no envelope twice, and the count.

    Raises:
        BoxRefused: the first part that does not follow.

    Source: docs/topics/boxes.md, "Anybody recounts".
    """
    for each in record.envelopes:
        if each.digest_again(record.box, record.lot) != each.digest:
            raise BoxRefused("digest", f"{each.number}: 摘要不符 · its digest does not follow from what it says")
    digests = [each.digest for each in record.envelopes]
    if len(set(digests)) != len(digests):
        raise BoxRefused("twice", "同一信封出现两次 · an envelope stands there twice")
    if (root_of_digests(digests) if digests else "") != record.root:
        raise BoxRefused("root", "信封清单的根不符 · the root over all envelopes does not follow")
    counted, rejected = counted_again(record)
    if (counted, rejected) != (record.counted, record.rejected):
        raise BoxRefused("count", f"复算结果不同 · counted again it is {counted}, not {record.counted}")
