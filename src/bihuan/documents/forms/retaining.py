"""What forms keep for a time only: drafts, uploads that were never sent, and what was sent when its time is over."""

from __future__ import annotations

from datetime import UTC, datetime

from bihuan.documents.forms import drafts
from bihuan.documents.forms.models import ContentRow
from bihuan.registers.isolation import in_district
from bihuan.registers.live import current_registers
from bihuan.registers.models import District


def end_drafts(batch: int = 500, now: datetime | None = None) -> int:
    """Drop drafts and uploads whose time is over, in every district; how many.

    Source: docs/topics/forms.md, "Save and resume".
    """
    ended = 0
    for code in District.objects.values_list("code", flat=True):
        with in_district(code):
            ended += drafts.sweep(batch, now or datetime.now(UTC))
    return ended


def end_contents(batch: int = 500, now: datetime | None = None) -> int:
    """Drop what was sent and is past the retention of its form; how many. The commitment in the log stays.

    Source: docs/topics/forms.md, "What is kept"; 个人信息保护法 第十九条、第四十七条.
    """
    ended = 0
    for code in District.objects.values_list("code", flat=True):
        today = current_registers(code).calendar.local_date(now or datetime.now(UTC))
        with in_district(code):
            old = list(
                ContentRow.objects.filter(district_id=code, until__lt=today).values_list("pk", flat=True)[:batch]
            )
            ended += ContentRow.objects.filter(pk__in=old).delete()[0]
    return ended
