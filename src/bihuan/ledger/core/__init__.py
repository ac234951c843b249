"""The pure core of the ledger: bytes in, bytes out.

Here live canonical JSON, event commitments, Merkle trees over tiles, signed notes and heads, receipts and
verifiable draws; each module can be read and checked against its RFC or C2SP page alone.
Here may not live: Django, a database, a clock, a file or the network; times and entropy come in as arguments.
Every error is a ``LedgerError`` that says what is wrong, by which rule, and what to do.
"""
