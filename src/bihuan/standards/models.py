"""What wires remember: cases that went to another installation, who subscribed to entities."""

from django.db import models


class ForwardRow(models.Model):
    """A case on its way to another installation, and there.

    `state`: waiting, sent, over. `next_at` is the lease: whoever claims it moves it into the future.
    """

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    forward = models.CharField(max_length=64)
    endpoint = models.CharField(max_length=64)
    case_id = models.UUIDField()
    number = models.CharField(max_length=32)
    state = models.CharField(max_length=8, default="waiting")
    remote = models.CharField(max_length=64, default="")
    attempts = models.IntegerField(default=0)
    detail = models.CharField(max_length=200, default="")
    made_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(null=True)  # of the newest update that was heard

    class Meta:
        db_table = "standards_forward"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "forward", "case_id"], name="standards_forward_once")
        ]
        indexes = [
            models.Index(fields=["next_at"], name="standards_forward_due", condition=models.Q(state="waiting")),
            models.Index(fields=["endpoint"], name="standards_forward_open", condition=models.Q(state="sent")),
        ]


class SubscriptionRow(models.Model):
    """A subscription to entities as its owner asked for it; `hook` is the webhook that its notifications go by.

    `mark`: what became known before it has been looked at. `detail`: why nothing is notified, empty while it is.
    """

    id = models.UUIDField(primary_key=True)
    district_id = models.CharField(max_length=12)
    urn = models.CharField(max_length=200)
    owner = models.CharField(max_length=80)
    hook = models.UUIDField()
    wanted = models.JSONField()
    active = models.BooleanField(default=True)
    made_at = models.DateTimeField()
    mark = models.DateTimeField()
    notified_at = models.DateTimeField(null=True)
    detail = models.CharField(max_length=200, default="")

    class Meta:
        db_table = "standards_subscription"
        constraints = [models.UniqueConstraint(fields=["district_id", "urn"], name="standards_subscription_once")]
