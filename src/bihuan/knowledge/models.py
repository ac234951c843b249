"""The article: one version of one answer, valid from a day until a day."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from bihuan.registers.pure.ids import new_id


class Article(models.Model):
    """One version of an answer. `key` is the article's lasting name, `id` names this version in events.

    `categories` are codes of the category tree; an article of `heating` also serves `heating.home`.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    district_id = models.CharField(max_length=12)
    key = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=1)
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    body = models.TextField()
    categories = ArrayField(models.CharField(max_length=80), default=list)
    source = models.CharField(max_length=400)
    verified = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    digest = models.CharField(max_length=64)
    search = SearchVectorField()

    class Meta:
        db_table = "knowledge_article"
        constraints = [
            models.UniqueConstraint(fields=["district_id", "key", "version"], name="knowledge_one_version"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="knowledge_dates_in_order",
            ),
        ]
        indexes = [GinIndex(fields=["search"], name="knowledge_search")]

    def __str__(self) -> str:
        return f"{self.key} v{self.version}"
