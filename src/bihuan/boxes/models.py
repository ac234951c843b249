"""Tables of the boxes: sealed envelopes, hashed codes, openings with all that is public. Rows are only added."""

from __future__ import annotations

from django.db import models

from bihuan.registers.pure.ids import new_id


class EnvelopeRow(models.Model):
    """One envelope. `sealed`: its values and salt, encrypted; `digest` stands in the log under `statement`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    box = models.CharField(max_length=64)
    lot = models.CharField(max_length=128)
    voter = models.CharField(max_length=128)
    channel = models.CharField(max_length=32)
    put_at = models.DateTimeField()
    digest = models.BinaryField()
    statement = models.UUIDField()
    sealed = models.BinaryField()
    key_id = models.CharField(max_length=16)

    class Meta:
        """Asked for by lot; a digest is there once."""

        db_table = "box_envelope"
        indexes = [models.Index(fields=["district_id", "box", "lot", "put_at"], name="box_envelope_lot")]


class VoterCodeRow(models.Model):
    """A code by which one voter puts in online, as a keyed hash; the newest of a voter is the one that opens."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    box = models.CharField(max_length=64)
    lot = models.CharField(max_length=128)
    voter = models.CharField(max_length=128)
    code_index = models.BinaryField()
    issued_at = models.DateTimeField()

    class Meta:
        """Asked for by lot and voter."""

        db_table = "box_voter_code"
        indexes = [models.Index(fields=["district_id", "box", "lot", "voter"], name="box_voter_code_voter")]


class BoxOpeningRow(models.Model):
    """One opening: `record` is what anybody may take to recount."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    box = models.CharField(max_length=64)
    lot = models.CharField(max_length=128)
    opened_at = models.DateTimeField()
    record = models.BinaryField()

    class Meta:
        """A lot is opened once."""

        db_table = "box_opening"
        constraints = [models.UniqueConstraint(fields=["district_id", "box", "lot"], name="box_opening_once")]
