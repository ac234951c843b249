"""Notices, what became of them, and who subscribed."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Notice(models.Model):
    """One notice to one recipient. `next_at` is the lease: whoever claims it moves it into the future.

    `source`: what it is about: a `case`, or what stands without one (`watch`: an incident, `order`), with its id in
    `source_id`. `over_at`: since when it asks for nothing any more (the watch has cleared, the order has ended).
    """

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    event_id = models.UUIDField()
    case_id = models.UUIDField(null=True)
    source = models.CharField(max_length=16, default="case", db_default="case")
    source_id = models.UUIDField(null=True)
    programme = models.CharField(max_length=64, default="", db_default="", blank=True)
    number = models.CharField(max_length=32)
    kind = models.CharField(max_length=16)
    port = models.CharField(max_length=8)  # contact (mail or SMS, as the reporter gave) | mail | webhook | in_app
    recipient = models.CharField(
        max_length=64
    )  # report:<id> | user:<id> | account:<id> | unit:<id> | role:<id> | webhook:<id>
    language = models.CharField(max_length=8)
    facts = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    next_at = models.DateTimeField(null=True)  # null: nothing more to do
    attempts = models.SmallIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)
    over_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "notices_notice"
        constraints = [
            models.UniqueConstraint(fields=["event_id", "kind", "recipient"], name="notices_once"),
            models.CheckConstraint(
                condition=models.Q(source="case", case_id__isnull=False)
                | (~models.Q(source="case") & models.Q(source_id__isnull=False)),
                name="notices_about",
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="notices_due", condition=models.Q(next_at__isnull=False)),
            models.Index(fields=["case_id"], name="notices_case"),
            models.Index(fields=["recipient", "created_at"], name="notices_recipient"),
            models.Index(fields=["source_id"], name="notices_source", condition=models.Q(source_id__isnull=False)),
        ]


class Delivery(models.Model):
    """What happened to a notice, once per attempt; append-only."""

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries", db_constraint=False)
    at = models.DateTimeField()
    status = models.CharField(max_length=12)  # delivered | sent | failed | gave_up | no_address
    port = models.CharField(max_length=8)
    detail = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "notices_delivery"


class Position(models.Model):
    """How far in the log notices have been planned."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    index = models.BigIntegerField(default=-1)

    class Meta:
        db_table = "notices_position"


class Webhook(models.Model):
    """Another system that wants to be told, and how. Its signing secret is derived, never stored."""

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    url = models.URLField(max_length=500)
    kinds = ArrayField(models.CharField(max_length=16), default=list)  # empty: every kind
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    turn = models.SmallIntegerField(default=0)  # how often its key was turned
    turned_at = models.DateTimeField(null=True)
    form = models.CharField(max_length=24, default="plain")  # plain | cloudevents-binary | cloudevents-structured

    class Meta:
        db_table = "notices_webhook"
