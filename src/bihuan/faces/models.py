"""What the faces remember of their own: presence, shift notes, saved views, interrupted forms. Nothing of a case."""

from __future__ import annotations

from django.db import models

from bihuan.registers.pure.ids import new_id


class DeskLock(models.Model):
    """One operator works on one case; without a heartbeat the lock ends by itself."""

    case_id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    holder = models.CharField(max_length=64)
    taken_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        db_table = "faces_desk_lock"
        indexes = [models.Index(fields=["holder"], name="faces_lock_holder")]


class ShiftNote(models.Model):
    """What one shift tells the next."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    author = models.CharField(max_length=64)
    written_at = models.DateTimeField()
    text = models.CharField(max_length=2000)

    class Meta:
        db_table = "faces_shift_note"
        indexes = [models.Index(fields=["district_id", "-written_at"], name="faces_note_recent")]


class SavedView(models.Model):
    """A filter of the desk's queue that somebody uses again and again."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    owner = models.CharField(max_length=64)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400)

    class Meta:
        db_table = "faces_saved_view"
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="faces_view_once")]


class FormDraft(models.Model):
    """A form that could not be sent yet, sealed; its session alone knows the id. Gone after two hours at most."""

    id = models.UUIDField(primary_key=True)
    sealed = models.BinaryField()
    key_id = models.CharField(max_length=32)
    uploads = models.JSONField(default=list)  # ids of `loop_media` rows that were chosen and belong to no case yet
    until = models.DateTimeField()

    class Meta:
        db_table = "faces_draft"
        indexes = [models.Index(fields=["until"], name="faces_draft_until")]
