"""The people of a play as the house knows them, so that a letter may name its officer.

Source: docs/topics/play.md, "Acts"; docs/topics/letters.md, "A letter is a file" (every letter names its officer).
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection

from bihuan.registers.models.people import User
from bihuan.simulator.luck import Luck
from bihuan.simulator.model_district import ModelDistrict

_ACTORS = "SELECT DISTINCT left(substr(actor, 6), 36) FROM loop_event WHERE actor LIKE 'user:%%' ORDER BY 1"


def acting_people() -> list[str]:
    """Return the people who have acted in any case, as actors. Source: docs/topics/play.md, "Acts"."""
    with connection.cursor() as cursor:
        cursor.execute(_ACTORS)
        return [f"user:{key}" for (key,) in cursor.fetchall()]


def name_people(code: str, district: ModelDistrict, seed: int, actors: Collection[str]) -> None:
    """Give people who have acted an invented name; nobody can sign in as one of them.

    Args:
        code: Of the district of the transaction. district: Has names. seed: Of the play. actors: Who has acted; who is
            no person is left out.

    Source: docs/topics/play.md, "Acts".
    """
    acting = sorted({UUID(each[5:41]) for each in actors if each.startswith("user:")})
    people = [
        User(
            id=key, district_id=code, username=f"play-{key}", name=district.person_name(Luck(seed, f"name/{key}")),
            demo=True, is_active=False,
        )
        for key in acting
    ]  # fmt: skip
    User.objects.bulk_create(people, ignore_conflicts=True)
