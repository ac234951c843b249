"""Columns of the room that hold something of a person, and those that do not: the log."""

from bihuan.extend import PlainColumns

PLAIN: tuple[PlainColumns, ...] = (
    PlainColumns("ledger_head", "root note"),
    PlainColumns("ledger_held", "reason"),
    PlainColumns("ledger_key", "key_id vkey vouched"),
    PlainColumns("ledger_queue", "event_hash"),
    PlainColumns("ledger_statement", "kind body hash"),
    PlainColumns("ledger_tile", "hashes"),
)
