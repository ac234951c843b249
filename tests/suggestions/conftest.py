"""The model district, loaded once per module that needs the database, and cleared away after it."""

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="module")
def district(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The shipped model district, committed."""
    from django.db import connection

    from bihuan.registers import live
    from tests.shipped import load_shipped

    with django_db_blocker.unblock():
        load_shipped()
        yield "110108"
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE registers_district CASCADE")
        live.forget_snapshots()


@pytest.fixture
def house(district: str, db: None) -> str:
    """A database with the model district, rolled back after the test; nothing waits, no method is remembered."""
    from bihuan.loop import scope
    from bihuan.registers import live
    from bihuan.suggestions import background, methods
    from bihuan.suggestions.models import Awaited

    live.forget_snapshots()
    methods.forget_methods()
    background.forget_window()
    scope.ensure(district)
    Awaited.objects.all().delete()
    return district
