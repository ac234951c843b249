"""The transparency log: every event of every case, in one append-only RFC 9162 Merkle tree.

Here live the pure core (``core/``: hashes, trees, signatures, draws), the Django app that keeps the log in
PostgreSQL, the witness files and the verifier that needs nothing but a bundle (``offline``).
Here may not live: any knowledge of what an event means, any import from ``loop`` or above, any update or
delete of a logged row. Only ``models``, ``store`` and their neighbours may import Django.
"""
