"""Tables of certificates: what was issued, its sealed token, what became of it, keys, status lists.

`documents_certificate` and its steps are append-only and say nothing of a person; a row's id is its leaf in the log.
Tokens are sealed and can be emptied when a case is erased. Source: DESIGN §14; docs/adr/0332-certificates.md.
"""

from __future__ import annotations

from django.db import models

from bihuan.registers.pure.ids import new_id


class CertificateRow(models.Model):
    """One certificate. `digest`: SHA-256 of the signed token without disclosures; `place`: in its status list."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    certificate = models.CharField(max_length=64)
    edition = models.CharField(max_length=16)
    programme = models.CharField(max_length=64)
    occasion = models.CharField(max_length=160)  # what it was issued after; once for each
    case_id = models.UUIDField(null=True)
    subject = models.CharField(max_length=200, default="", blank=True)  # TYPE/KEY of what it is about
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    kid = models.CharField(max_length=64)
    list_id = models.UUIDField()
    place = models.IntegerField()
    digest = models.CharField(max_length=64)
    code_index = models.BinaryField()  # keyed digest of the check code
    actor = models.CharField(max_length=80)

    class Meta:
        db_table = "documents_certificate"
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "certificate", "occasion"], name="documents_certificate_once"
            ),
            models.UniqueConstraint(fields=["list_id", "place"], name="documents_certificate_place"),
        ]
        indexes = [
            models.Index(
                fields=["case_id"], name="documents_certificate_case", condition=models.Q(case_id__isnull=False)
            ),
            models.Index(fields=["district_id", "subject"], name="documents_certificate_of"),
            models.Index(fields=["code_index"], name="documents_certificate_code"),
        ]


class CertificateToken(models.Model):
    """The token with every disclosure, sealed; emptied when erased."""

    certificate_id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    key_id = models.CharField(max_length=32)
    sealed = models.BinaryField(null=True)

    class Meta:
        db_table = "documents_certificate_token"


class CertificateStep(models.Model):
    """What became of a certificate: revoked, suspended, resumed; append-only, its id is its leaf."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    certificate_id = models.UUIDField()
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    reason = models.CharField(max_length=200)

    class Meta:
        db_table = "documents_certificate_step"
        indexes = [models.Index(fields=["certificate_id", "id"], name="documents_certificate_steps")]


class CertificateKey(models.Model):
    """A key that certificates are signed with: public half, private half sealed; `retired_at`: it signs no more."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    kid = models.CharField(max_length=64)
    jwk = models.JSONField()
    key_id = models.CharField(max_length=32)
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "documents_certificate_key"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "kid"], name="documents_certificate_kid"),
            models.UniqueConstraint(
                fields=["district_id"], name="documents_certificate_signs",
                condition=models.Q(retired_at__isnull=True),
            ),
        ]  # fmt: skip


class CertificateList(models.Model):
    """A status list: how many places it has, and how many bits for each."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    size = models.IntegerField()
    bits = models.SmallIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "documents_certificate_list"
