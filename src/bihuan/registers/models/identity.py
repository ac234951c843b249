"""Sealed identities of reporters and the log of every look at them.

Both tables are fenced by row-level security (migration 0002): only rows of the transaction's district exist, and an
identity can be read only in a transaction that has logged the access first.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bihuan.registers.models.places import District
from bihuan.registers.pure.ids import new_id


class Identity(models.Model):
    """Who reported, encrypted. After erasure only the fact remains that there was somebody.

    `phone_index` is a keyed hash of the normalised phone number; without the key it can neither be read nor guessed.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    ciphertext = models.BinaryField(null=True)
    key_id = models.CharField(max_length=16)
    phone_index = models.BinaryField(null=True)
    sealed_at = models.DateTimeField()
    retention_until = models.DateField()
    erased_at = models.DateTimeField(null=True)

    class Meta:
        """Found by phone within a district, swept by the end of retention."""

        indexes = [
            models.Index(fields=["district", "phone_index"], name="registers_identity_phone"),
            models.Index(fields=["retention_until"], condition=Q(erased_at=None), name="registers_identity_retention"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ciphertext=None, phone_index=None, erased_at__isnull=False)
                | Q(ciphertext__isnull=False, erased_at=None),
                name="registers_identity_sealed_or_erased",
            )
        ]

    def __str__(self) -> str:
        """The id; there is nothing else to show."""
        return str(self.id)


class IdentityAccess(models.Model):
    """One look at an identity, or one search by phone: who, when, why. Append-only."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district = models.ForeignKey(District, on_delete=models.PROTECT, related_name="+", db_index=False)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, null=True, related_name="+")
    phone_index = models.BinaryField(null=True)
    actor = models.CharField(max_length=80)
    purpose = models.CharField(max_length=200)
    kind = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        """Read by district and time; one of the two keys says what was looked at."""

        indexes = [models.Index(fields=["district", "at"], name="registers_access_at")]
        constraints = [
            models.CheckConstraint(
                condition=Q(identity__isnull=False) | Q(phone_index__isnull=False), name="registers_access_subject"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["lookup", "reveal", "erase", "rotate", "retention"]), name="registers_access_kind"
            ),
            models.CheckConstraint(condition=~Q(purpose=""), name="registers_access_purpose"),
        ]

    def __str__(self) -> str:
        """Who did what."""
        return f"{self.actor} {self.kind}"
