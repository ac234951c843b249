"""Tables of the log.

The tiles are the log; entries say which event a leaf commits to; heads are what was signed. Rows are added by one
sequencer under one lock, never changed (a partial tile may only grow) and never removed. Only the queue is emptied.
"""

from django.db import models


class Entry(models.Model):
    """Leaf ``index`` of the log commits to this event (or statement)."""

    index = models.BigIntegerField(primary_key=True)
    event_id = models.UUIDField(unique=True)

    class Meta:
        db_table = "ledger_entry"


class Tile(models.Model):
    """Up to 256 hashes of one level of the tree, one after the other (see ``core.tiles``)."""

    pk = models.CompositePrimaryKey("level", "index")
    level = models.SmallIntegerField()
    index = models.BigIntegerField()
    width = models.SmallIntegerField()
    hashes = models.BinaryField()

    class Meta:
        db_table = "ledger_tile"


class SignedHeadRow(models.Model):
    """One signed tree head; ``note`` is the C2SP checkpoint with its signatures."""

    size = models.BigIntegerField()
    root = models.BinaryField()
    signed_at = models.DateTimeField()
    note = models.TextField()

    class Meta:
        db_table = "ledger_head"
        indexes = [models.Index(fields=["size", "id"], name="ledger_head_size")]


class Queued(models.Model):
    """A leaf promised in an acknowledged transaction and not yet in the tree."""

    id = models.BigAutoField(primary_key=True)
    event_id = models.UUIDField(unique=True)
    event_hash = models.BinaryField()

    class Meta:
        db_table = "ledger_queue"


class Held(models.Model):
    """A queued leaf that cannot enter the tree, and why; it stays in the queue (see ``holding``)."""

    event_id = models.UUIDField(primary_key=True)
    reason = models.CharField(max_length=200)
    held_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "ledger_held"


class LogKeyRow(models.Model):
    """A public key the log has signed with; ``vouched`` is the former key's note about it (first: empty)."""

    key_id = models.CharField(max_length=8)
    vkey = models.TextField(unique=True)
    vouched = models.TextField(blank=True, default="")
    added_at = models.DateTimeField()

    class Meta:
        db_table = "ledger_key"


class Statement(models.Model):
    """Something the log itself states, with a leaf of its own: such as the commitment to a draw."""

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=40)
    body = models.JSONField()
    made_at = models.DateTimeField()
    hash = models.BinaryField()

    class Meta:
        db_table = "ledger_statement"
