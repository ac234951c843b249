"""Passes that anybody asks for: who asked as a digest, and the draws among them."""

from django.db import migrations, models
from django.db.models import Q

import bihuan.registers.pure.ids
from bihuan.registers.isolation import district_policy
from bihuan.server.roles import append_only

TABLES = ("book_pass_list", "book_pass_draw")
KNOWN = Q(person__isnull=False)


class Migration(migrations.Migration):
    """Two columns, two tables; see docs/adr/0335."""

    dependencies = [("books", "0007_locked_by_name")]
    operations = [
        migrations.AddField("PassRow", "person", models.BinaryField(null=True)),
        migrations.AddField("PassRow", "area", models.CharField(blank=True, db_default="", default="", max_length=12)),
        migrations.AddConstraint(
            "PassRow",
            models.UniqueConstraint(
                condition=KNOWN, fields=("district_id", "book", "kind", "subject", "person"), name="book_pass_person"
            ),
        ),
        migrations.AddIndex(
            "PassRow",
            models.Index(condition=KNOWN, fields=["district_id", "book", "kind", "person"], name="book_pass_of"),
        ),
        migrations.CreateModel(
            name="PassListRow",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=bihuan.registers.pure.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("district_id", models.CharField(max_length=12)),
                ("book", models.CharField(max_length=64)),
                ("kind", models.CharField(max_length=64)),
                ("subject", models.CharField(max_length=120)),
                ("digest", models.BinaryField()),
                ("asked", models.IntegerField()),
                ("offered", models.BigIntegerField()),
                ("source", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=64)),
            ],
            options={
                "db_table": "book_pass_list",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("district_id", "book", "kind", "subject"), name="book_pass_list_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PassDrawRow",
            fields=[
                ("list_id", models.UUIDField(primary_key=True, serialize=False)),
                ("district_id", models.CharField(max_length=12)),
                ("seed", models.CharField(max_length=200)),
                ("at", models.DateTimeField()),
                ("actor", models.CharField(max_length=64)),
            ],
            options={"db_table": "book_pass_draw"},
        ),
        *[district_policy(table) for table in TABLES],
        append_only(*TABLES),
    ]
