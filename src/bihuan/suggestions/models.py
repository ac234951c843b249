"""One row per case and question, and the cases that still wait for theirs."""

from __future__ import annotations

from django.db import models

from bihuan.registers.pure.ids import new_id
from bihuan.suggestions.drafts import Kind, PersonsAnswer, Task


class Suggestion(models.Model):
    """What is suggested for one case in one question.

    `value` is a category or area code, an urgency, the id of a unit or of the parent case, or a place as it stands in
    the text. `reasons` and a place hold words of the reporter: they go when the case's words are erased.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    case_id = models.UUIDField()
    version = models.IntegerField()  # of the case when this row was last compared with its events
    kind = models.CharField(max_length=10, choices=[(v.value, v.value) for v in Kind])
    value = models.CharField(max_length=200)
    confidence = models.FloatField()
    decided = models.BooleanField()  # False: the method abstains, a person decides
    alternatives = models.JSONField(default=list)  # [{"value", "confidence"}], best first, the value itself included
    reasons = models.JSONField(default=list)  # [{"kind", …}], see `drafts`
    model = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    answer = models.CharField(max_length=10, null=True, choices=[(v.value, v.value) for v in PersonsAnswer])
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=64, null=True)
    answer_value = models.CharField(max_length=200, null=True)

    class Meta:
        db_table = "suggestions_suggestion"
        constraints = [models.UniqueConstraint(fields=["case_id", "kind"], name="suggestions_once")]
        indexes = [
            models.Index(fields=["district_id", "created_at"], name="suggestions_created"),
            models.Index(fields=["district_id", "answered_at"], name="suggestions_answered"),
            models.Index(fields=["case_id"], name="suggestions_unanswered", condition=models.Q(answer__isnull=True)),
        ]


class Awaited(models.Model):
    """A case that waits for a job; written by the database in the case's own transaction, gone with its suggestions."""

    pk = models.CompositePrimaryKey("task", "case_id")
    task = models.CharField(max_length=8, choices=[(v.value, v.value) for v in Task])
    case_id = models.UUIDField()
    district_id = models.CharField(max_length=12)

    class Meta:
        db_table = "suggestions_awaited"


class CountedMonth(models.Model):
    """What became of a month's suggestions, as counted at `at`: see `counting.CountedLine`."""

    pk = models.CompositePrimaryKey("district_id", "month")
    district_id = models.CharField(max_length=12)
    month = models.CharField(max_length=7)
    lines = models.JSONField()
    at = models.DateTimeField()

    class Meta:
        db_table = "suggestions_counted"
