"""Tables of the watches: incidents with where they stand, their events (append-only), silences, runs.

An incident is one (watch, subject, part, deciding value); at most one of a (watch, subject, part) is open, which the
database guards whoever looks. Source: DESIGN §14 (one incident, one case); docs/adr/0282-watches.md (3).
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from bihuan.registers.pure.ids import new_id


class IncidentRow(models.Model):
    """One incident of a watch.

    `incident`: the value that decided when it opened; `current`: the one that decides now. `case_id`: the case that
    came of it; null for a reminder, and while the case was refused. `ended_at` null: it holds.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    watch = models.CharField(max_length=80)
    programme = models.CharField(max_length=64)
    type = models.CharField(max_length=80)
    subject = models.CharField(max_length=420, db_collation="C")
    part = models.CharField(max_length=240, default="", blank=True, db_collation="C")
    incident = models.CharField(max_length=120, default="", blank=True)
    current = models.CharField(max_length=120, default="", blank=True)
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_how = models.CharField(max_length=12, default="", blank=True)
    case_id = models.UUIDField(null=True)
    refused = models.CharField(max_length=64, default="", blank=True)
    reminded = models.CharField(max_length=80, default="", blank=True)
    facts = models.JSONField()

    class Meta:
        db_table = "watch_incident"
        constraints = [
            models.UniqueConstraint(
                fields=["district_id", "watch", "subject", "part", "incident"], name="watch_incident_once"
            ),
            models.UniqueConstraint(
                fields=["district_id", "watch", "subject", "part"], name="watch_incident_open",
                condition=Q(ended_at__isnull=True),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["case_id"], name="watch_incident_case", condition=Q(case_id__isnull=False)),
            models.Index(fields=["district_id", "type", "subject"], name="watch_incident_subject"),
            models.Index(fields=["district_id", "watch", "opened_at", "id"], name="watch_incident_opened"),
        ]


class WatchEvent(models.Model):
    """What became of an incident: opened, refused, changed, cleared, retracted, returned, reopened; append-only."""

    id = models.BigAutoField(primary_key=True)
    district_id = models.CharField(max_length=12)
    incident_id = models.UUIDField()
    kind = models.CharField(max_length=12)
    at = models.DateTimeField()
    run = models.UUIDField()
    data = models.JSONField(default=dict)

    class Meta:
        db_table = "watch_event"
        indexes = [models.Index(fields=["incident_id", "id"], name="watch_event_incident")]


class RunRow(models.Model):
    """One look: when, what it was asked, what it did, how long it took; append-only, with its leaf in the log."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    at = models.DateTimeField()
    made_at = models.DateTimeField()
    counts = models.JSONField()
    problems = models.JSONField(default=list)
    statement_id = models.UUIDField(null=True)

    class Meta:
        db_table = "watch_run"
        indexes = [models.Index(fields=["district_id", "made_at"], name="watch_run_made")]


class SilenceRow(models.Model):
    """A watch is quiet about a subject (empty: about all) until an instant, for a reason; it can be lifted before."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    watch = models.CharField(max_length=80)
    subject = models.CharField(max_length=420, default="", blank=True, db_collation="C")
    first_at = models.DateTimeField()
    until = models.DateTimeField()
    reason = models.CharField(max_length=400)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.CharField(max_length=80, default="", blank=True)

    class Meta:
        db_table = "watch_silence"
        constraints = [models.CheckConstraint(condition=Q(until__gt=models.F("first_at")), name="watch_silence_ends")]
        indexes = [models.Index(fields=["district_id", "watch", "until"], name="watch_silence_watch")]


class PageRow(models.Model):
    """A published page that some watch keeps an eye on, and how it was found when it was last asked for.

    `gone_since`: the first of the looks in a row at which it was not there; null while it is there or was never asked.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    url = models.CharField(max_length=800, db_collation="C")
    due_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=24, default="", blank=True)
    gone_since = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)

    class Meta:
        db_table = "watch_page"
        constraints = [models.UniqueConstraint(fields=["district_id", "url"], name="watch_page_once")]
        indexes = [models.Index(fields=["district_id", "due_at"], name="watch_page_due")]
