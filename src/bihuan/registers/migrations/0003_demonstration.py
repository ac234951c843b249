"""Accounts of invented people are marked, also those that an earlier version loaded with the published password."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.hashers import check_password
from django.db import migrations, models

PUBLISHED = "bihuan-demo"  # as shipped up to here; what is published later is marked when it is loaded


def mark(apps: Any, _editor: Any) -> None:
    """Only accounts whose password is the published one are known to be invented."""
    users = apps.get_model("registers", "User").objects.exclude(password="")
    found = [user.pk for user in users.only("pk", "password") if check_password(PUBLISHED, user.password)]
    users.filter(pk__in=found).update(demo=True)


class Migration(migrations.Migration):
    """`User.demo`."""

    dependencies = [("registers", "0002_fences")]

    operations = [
        migrations.AddField("user", "demo", models.BooleanField(default=False, db_default=False)),
        migrations.RunPython(mark, migrations.RunPython.noop),
    ]
