"""Tables of orders, all append-only; each row's id is its leaf in the log. Source: docs/adr/0276-orders.md."""

from __future__ import annotations

from django.db import models

from bihuan.registers.pure.ids import new_id


class OrderRow(models.Model):
    """One order as it was drafted. `texts` by language, `digest` of everything that is signed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    order = models.CharField(max_length=64, db_column="name")
    edition = models.CharField(max_length=16)
    programme = models.CharField(max_length=64)
    lane = models.CharField(max_length=64)
    priority = models.SmallIntegerField()
    key = models.CharField(max_length=120)
    facts = models.JSONField()
    texts = models.JSONField()
    digest = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "documents_order"
        constraints = [models.UniqueConstraint(fields=["district_id", "key"], name="documents_order_once")]
        indexes = [models.Index(fields=["district_id", "lane", "made_at"], name="documents_order_lane")]


class OrderTo(models.Model):
    """One addressee of an order: a unit, a subject, a terminal, by its code."""

    pk = models.CompositePrimaryKey("order_id", "addressee")
    order_id = models.UUIDField()
    addressee = models.CharField(max_length=120)
    district_id = models.CharField(max_length=12)

    class Meta:
        db_table = "documents_order_to"
        indexes = [models.Index(fields=["district_id", "addressee"], name="documents_order_at")]


class OrderEvent(models.Model):
    """What happened to an order, or at one addressee."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    order_id = models.UUIDField()
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)
    addressee = models.CharField(max_length=120, default="", blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "documents_order_event"
        indexes = [models.Index(fields=["order_id", "at", "id"], name="documents_order_course")]
        constraints = [
            models.UniqueConstraint(
                fields=["order_id", "kind", "addressee"], name="documents_order_event_once"
            )  # each step once, each receipt once for each addressee
        ]
