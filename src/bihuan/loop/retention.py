"""The end of retention: identities past their last day are erased, district by district.

A row that cannot be erased, or a district whose own date cannot be told, is set aside; the others go on
(`bihuan.loop.stuck`).
"""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from bihuan.loop import scope, stuck
from bihuan.registers import identity
from bihuan.registers.models import District

LOOP = "retention"


def sweep(batch: int = 1000) -> int:
    """Erase up to `batch` identities of each district whose last day has passed there; returns how many.

    Source: 个人信息保护法第十九条; docs/topics/registers.md, "Identity".
    """
    codes = list(District.objects.order_by("code").values_list("code", flat=True))
    return sum(_sweep(code, batch) for code in codes)


def _sweep(code: str, batch: int) -> int:
    """One district; what is set aside is kept with it. A district as a whole is known by its code."""
    with transaction.atomic(), scope.district(code):
        resting, known = stuck.resting(LOOP)
        due: list[UUID] = []

        def look(_: Sequence[str]) -> int:
            due.extend(identity.past_retention(code, resting - {code}, batch))
            done.append(code)
            return 0

        def erase(some: Sequence[UUID]) -> int:
            ended = identity.end_retention(some)
            done.extend(map(str, ended))
            return len(ended)

        done: list[str] = []
        if code not in resting:
            stuck.each(LOOP, [code], look, lambda district: (district, ""))
        count = stuck.each(LOOP, due, erase, lambda key: (str(key), ""))
        stuck.mended(LOOP, known.intersection(done))
    return count
